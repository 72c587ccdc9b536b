"""Killing booking processes at random moments: what was acknowledged is there, once, and can be asked for again."""

import multiprocessing
import random
import signal
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from assistant.booking.slots import Slot, units_of
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, IdempotencyKey, Occupation
from tests.booking.booking_world import (
    ALL_DAY,
    NOW,
    SETTINGS,
    book_until_killed,
    make_bookings,
    make_place,
    place_finder,
    request,
    save,
)

BOOKERS, ROUNDS, EACH = 5, 3, 400
STARTED_WITHIN = 90
PLACE = make_place(hours=ALL_DAY, capacity=2)


def run_and_kill(url: str, plans: list[list[tuple[str, str]]], logs: list[Path], chance: random.Random) -> None:
    """Start a booker for each plan, and kill each one at a moment of its own."""
    context = multiprocessing.get_context("forkserver")
    # imported once, in a process that never opened a database: the bookers start at once
    context.set_forkserver_preload(["__main__", "tests.booking.booking_world"])
    # together: who began alone would have booked its whole plan before the last one is there
    go = context.Barrier(len(plans))
    bookers = [
        context.Process(target=book_until_killed, args=(url, PLACE, plan, str(log), go))
        for plan, log in zip(plans, logs, strict=True)
    ]
    for booker in bookers:
        booker.start()
    _kill_each(bookers, logs, chance)
    for booker in bookers:
        booker.join(20)
        assert booker.exitcode == -signal.SIGKILL, "it had finished before it was killed: give it more to do"


def _kill_each(bookers: list[Any], logs: list[Path], chance: random.Random) -> None:
    """Each within a third of a second of its first answer: the database may serve one of them long before another."""
    patience, dies_at = time.monotonic() + STARTED_WITHIN, dict[int, float]()
    while len(dies_at) < len(bookers) or any(booker.is_alive() for booker in bookers):
        assert time.monotonic() < patience, "the bookers do not start"
        for number, (booker, log) in enumerate(zip(bookers, logs, strict=True)):
            if number not in dies_at and log.exists() and "ok " in log.read_text():
                dies_at[number] = time.monotonic() + chance.uniform(0.005, 0.3)
            if dies_at.get(number, patience) <= time.monotonic() and booker.is_alive():
                booker.kill()
        time.sleep(0.005)


def read_log(log: Path) -> tuple[dict[str, str], dict[str, str]]:
    """(key → slot tried, key → code acknowledged)."""
    lines = [line.split() for line in log.read_text().splitlines()]
    tried = {words[1]: words[2] for words in lines if words[0] == "try"}
    return tried, {words[1]: words[3] for words in lines if words[0] == "ok"}


def test_a_killed_booker_loses_nothing_acknowledged_and_books_nothing_twice(database: Database, tmp_path: Path) -> None:
    """Fifteen kill -9: each acknowledged one is there; the same key asked again gives it, or books it at last."""
    save(database, [PLACE])
    bookings, chance = make_bookings(database, [PLACE]), random.Random(20261122)
    slots = [slot.id for slot in bookings.slots(PLACE, 15, NOW)]
    url = database.engine.url.render_as_string(hide_password=False)
    tried: dict[str, str] = {}
    heard: dict[str, str] = {}
    for turn in range(ROUNDS):
        first = turn * (BOOKERS + 1) // 2 * EACH
        # two bookers a slot, as there are counters: they meet at the same units
        plans = [
            [(f"{turn}-{b}-{s}", s) for s in slots[first + b // 2 * EACH : first + (b // 2 + 1) * EACH]]
            for b in range(BOOKERS)
        ]
        logs = [tmp_path / f"{turn}-{booker}.log" for booker in range(BOOKERS)]
        run_and_kill(url, plans, logs, chance)
        for log in logs:
            attempts, answers = read_log(log)
            tried |= attempts
            heard |= answers
    assert len(heard) >= BOOKERS * ROUNDS
    assert_nothing_lost(database, tried, heard)
    again = {key: bookings.book(request(slot), key, NOW).code for key, slot in tried.items()}
    assert {key: again[key] for key in heard} == heard
    assert_nothing_lost(database, tried, again)
    with database.read() as session:
        assert len(session.scalars(select(Appointment.id)).all()) == len(tried)


def assert_nothing_lost(database: Database, tried: dict[str, str], heard: dict[str, str]) -> None:
    """Every answer heard has its appointment at its slot; each appointment has one key and its own units, no more."""
    with database.read() as session:
        appointments = {a.id: a for a in session.scalars(select(Appointment))}
        keys = dict(session.execute(select(IdempotencyKey.key, IdempotencyKey.appointment_id)).tuples().all())
        rows = session.execute(select(Occupation.appointment_id, Occupation.counter, Occupation.unit)).all()
    assert sorted(keys.values()) == sorted(appointments)
    assert {key: appointments[keys[key]].code for key in heard} == heard
    expected = set()
    for key, identity in keys.items():
        slot, appointment = Slot.parse(tried[key], place_finder([PLACE])), appointments[identity]
        assert appointment.start == slot.start
        expected |= {(identity, appointment.counter, unit) for unit in units_of(slot, SETTINGS)}
    assert sorted(tuple(row) for row in rows) == sorted(expected)
