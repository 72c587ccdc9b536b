"""Twenty processes want the last slot. The same race without the constraint shows what it is for."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection

import pytest
from sqlalchemy import func, select

from assistant.directory.models import Place
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Occupation
from tests.booking.booking_world import (
    LURE,
    NOW,
    make_bookings,
    make_place,
    racer,
    save,
    with_constraint,
    without_constraint,
)

RACERS = 20
PATIENCE = 150
Outcome = tuple[str, str, str, list[str]]


@pytest.fixture(scope="module")
def racers() -> Iterator[list[Connection]]:
    """Twenty processes, started once: their imports take longer than all the races."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(RACERS)
    pipes = [context.Pipe() for _ in range(RACERS)]
    processes = [
        context.Process(target=racer, args=(runner, barrier, theirs)) for runner, (_, theirs) in enumerate(pipes)
    ]
    for process in processes:
        process.start()
    yield [ours for ours, _ in pipes]
    for ours, _ in pipes:
        ours.send(None)
    for process in processes:
        process.join(20)
        process.kill()


def run_race(racers: list[Connection], database: Database, place: Place, slots: list[str]) -> list[Outcome]:
    """Every outcome of every racer, over all slots in turn."""
    url = database.engine.url.render_as_string(hide_password=False)
    for connection in racers:
        connection.send((url, place, slots))
    outcomes: list[Outcome] = []
    for connection in racers:
        assert connection.poll(PATIENCE), "a racer does not answer"
        outcomes += connection.recv()
    assert len(outcomes) == RACERS * len(slots)
    return outcomes


def some_slots(database: Database, place: Place, count: int) -> list[str]:
    return [slot.id for slot in make_bookings(database, [place]).slots(place, 30, NOW)[:count]]


def test_a_slot_is_sold_once_to_twenty_racing_citizens(racers: list[Connection], database: Database) -> None:
    """One wins; nineteen are told in French and offered the next slots, all of them free."""
    save(database, [LURE])
    slots = some_slots(database, LURE, 5)
    outcomes = run_race(racers, database, LURE, slots)
    told = Counter((slot, kind) for slot, kind, _, _ in outcomes)
    assert told == Counter({**{(s, "booked"): 1 for s in slots}, **{(s, "taken"): RACERS - 1 for s in slots}})
    for slot, _, message, offered in (outcome for outcome in outcomes if outcome[1] == "taken"):
        assert message.startswith("Ce créneau vient d'être pris") and "Le plus proche encore libre : " in message
        assert len(offered) == 3 and slot not in offered
    with database.read() as session:
        assert session.scalar(select(func.count(Appointment.id))) == len(slots)
        assert session.scalar(select(func.count(Occupation.unit))) == 2 * len(slots)


def test_two_counters_are_sold_twice_and_no_more(racers: list[Connection], database: Database) -> None:
    """Where a place has two counters, two of the twenty win, at one counter each."""
    place = make_place(capacity=2)
    save(database, [place])
    slots = some_slots(database, place, 3)
    outcomes = run_race(racers, database, place, slots)
    assert Counter(slot for slot, kind, _, _ in outcomes if kind == "booked") == dict.fromkeys(slots, 2)
    assert all(kind in ("booked", "taken") for _, kind, _, _ in outcomes)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Occupation)) == 3 * 2 * 2


def test_without_the_constraint_the_race_oversells(racers: list[Connection], database: Database) -> None:
    """The negative control: the primary key dropped, the same race sells slots several times."""
    save(database, [LURE])
    slots = some_slots(database, LURE, 3)
    without_constraint(database)
    try:
        outcomes = run_race(racers, database, LURE, slots)
    finally:
        with_constraint(database)
    sold = Counter(slot for slot, kind, _, _ in outcomes if kind == "booked")
    assert max(sold.values()) > 1
