"""Last-slot races: fifty clients released together on a slot with one counter, and the same race without the constraint.

    python bench/races.py [--races 1000] [--clients 50] [--control 50]

Ten processes share the clients as threads. Every slot must be sold once, to who was told so, and everybody else refused in
words; the control, whose occupation table has no primary key, must oversell, or the first figure proves nothing.
Writes its section of docs/bench-booking.md. PostgreSQL is TEST_POSTGRESQL, a database of its own made and dropped.
"""

import argparse
import multiprocessing
import os
import re
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection
from typing import Any

import psycopg
from sqlalchemy import select

from assistant.booking.appointments import Bookings, SlotTaken
from assistant.directory.models import Place
from assistant.settings import PROJECT
from assistant.storage.database import Database
from assistant.storage.tables import Appointment
from tests.booking.booking_world import ALL_DAY, NOW, make_bookings, make_place, request, save, without_constraint

SERVER = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
PAGE = PROJECT / "docs" / "bench-booking.md"
TITLE = """# Les rendez-vous à l'épreuve

Écrit par `bench/races.py`, `bench/kills.py` et `bench/growth.py` : aucun chiffre n'est tapé à la main.
"""
SECTIONS = {
    "races": "La course au dernier créneau",
    "kills": "Processus tués et base arrêtée net",
    "growth": "La base qui grossit",
}
PROCESSES, PATIENCE = 10, 300
BATCH = 25
"""Races between two lines of progress."""
A_PLACE = 1000
"""Slots raced for at one place."""
Outcome = tuple[str, str, str]
"""(slot, `booked` `taken` or `failed`, code or message)."""


@dataclass(frozen=True)
class Tally:
    """What came of some races; `oversold` and `unsold` count slots in the database, `unheard` differences with the answers."""

    kind: str
    constraint: bool
    races: int
    clients: int
    sold_once: int
    oversold: int
    unsold: int
    unheard: int
    refused: int
    failures: list[str]
    seconds: float

    @property
    def right(self) -> bool:
        """Sold once each and no error; without the constraint, oversold."""
        if not self.constraint:
            return self.oversold > 0
        refused = self.races * (self.clients - 1)
        return (self.sold_once, self.unheard, self.refused, self.failures) == (self.races, 0, refused, [])


def kinds() -> list[str]:
    """SQLite, and PostgreSQL where it answers; says so where it does not."""
    try:
        psycopg.connect(f"{SERVER}/postgres", connect_timeout=3).close()
    except psycopg.OperationalError as error:
        print(f"PostgreSQL NOT MEASURED: nothing answers at {SERVER} ({type(error).__name__})", flush=True)
        return ["SQLite"]
    return ["SQLite", "PostgreSQL"]


@contextmanager
def throwaway(kind: str) -> Iterator[str]:
    """The URL of an empty migrated database, dropped afterwards."""
    if kind == "SQLite":
        with tempfile.TemporaryDirectory() as folder:
            yield migrated(f"sqlite:///{folder}/bench.sqlite")
        return
    name = f"bench_booking_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield migrated(f"{SERVER}/{name}")
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def migrated(url: str) -> str:
    """The same URL, its schema up to date."""
    database = Database(url)
    database.migrate()
    database.close()
    return url


def racing_process(threads: int, barrier: Any, orders: Connection) -> None:
    """Some clients in one process: answers each order (url, places, slots) with their outcomes, until told None."""
    while order := orders.recv():
        url, places, slots = order
        database = Database(url)
        bookings = make_bookings(database, places)
        with ThreadPoolExecutor(threads) as pool:
            clients = [pool.submit(race, bookings, slots, barrier) for _ in range(threads)]
            orders.send([outcome for client in clients for outcome in client.result()])
        database.close()


def race(bookings: Bookings, slots: list[str], barrier: Any) -> list[Outcome]:
    """Ask for each slot at the same instant as all the others."""
    return [ask(bookings, slot, barrier) for slot in slots]


def ask(bookings: Bookings, slot: str, barrier: Any) -> Outcome:
    """What came of one client's try; any trouble is an outcome, to be counted."""
    wish, key = request(slot), bookings.new_key()
    barrier.wait(PATIENCE)
    try:
        return slot, "booked", bookings.book(wish, key, NOW).code
    except SlotTaken as taken:
        return slot, "taken", taken.message
    except Exception as error:
        return slot, "failed", repr(error)


@contextmanager
def racers(clients: int) -> Iterator[list[Connection]]:
    """The clients, in processes started once; `clients` is a multiple of the processes."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(clients)
    pipes = [context.Pipe() for _ in range(PROCESSES)]
    processes = [
        context.Process(target=racing_process, args=(clients // PROCESSES, barrier, theirs), daemon=True)
        for _, theirs in pipes
    ]
    for process in processes:
        process.start()
    try:
        yield [ours for ours, _ in pipes]
        for ours, _ in pipes:
            ours.send(None)
        for process in processes:
            process.join(20)
    finally:
        for process in processes:
            process.kill()


def run_races(pipes: list[Connection], clients: int, kind: str, races: int, constraint: bool) -> Tally:
    """Race for `races` slots in a database of their own."""
    with throwaway(kind) as url:
        database = Database(url)
        places = [make_place(f"race-{i}", hours=ALL_DAY, capacity=1) for i in range(-(-races // A_PLACE))]
        save(database, places)
        slots = slots_of(database, places)[:races]
        assert len(slots) == races
        if not constraint:
            without_constraint(database)
        outcomes, began = [], time.perf_counter()
        for done in range(0, races, BATCH):
            outcomes += run_batch(pipes, url, places, slots[done : done + BATCH])
            said = f"{kind}{'' if constraint else ' without the constraint'}"
            print(f"  {said}: {min(done + BATCH, races)}/{races} races", flush=True)
        assert len(outcomes) == races * clients, "a client was lost"
        found = tally(database, kind, constraint, clients, slots, outcomes, time.perf_counter() - began)
        database.close()
        return found


def slots_of(database: Database, places: list[Place]) -> list[str]:
    """Slots of 30 minutes, up to A_PLACE a place."""
    bookings = make_bookings(database, places)
    return [slot.id for place in places for slot in bookings.slots(place, 30, NOW)[:A_PLACE]]


def run_batch(pipes: list[Connection], url: str, places: list[Place], slots: list[str]) -> list[Outcome]:
    """Every outcome of every client over these slots."""
    for pipe in pipes:
        pipe.send((url, places, slots))
    outcomes: list[Outcome] = []
    for pipe in pipes:
        assert pipe.poll(PATIENCE), "a racing process does not answer"
        outcomes += pipe.recv()
    return outcomes


def tally(
    database: Database,
    kind: str,
    constraint: bool,
    clients: int,
    slots: list[str],
    outcomes: list[Outcome],
    seconds: float,
) -> Tally:
    """Count what the database says was sold and what the clients were told."""
    with database.read() as session:
        rows = session.execute(select(Appointment.place_id, Appointment.start, Appointment.code)).tuples().all()
    sold = Counter(f"{place}.{start:%Y%m%dT%H%M}Z.30" for place, start, _ in rows)
    heard = {(slot, code) for slot, outcome, code in outcomes if outcome == "booked"}
    kept = {(f"{place}.{start:%Y%m%dT%H%M}Z.30", code) for place, start, code in rows}
    return Tally(
        kind=kind,
        constraint=constraint,
        races=len(slots),
        clients=clients,
        sold_once=sum(sold[slot] == 1 for slot in slots),
        oversold=sum(sold[slot] > 1 for slot in slots),
        unsold=sum(sold[slot] == 0 for slot in slots),
        unheard=len(heard ^ kept),
        refused=sum(outcome == "taken" for _, outcome, _ in outcomes),
        failures=[message for _, outcome, message in outcomes if outcome == "failed"],
        seconds=seconds,
    )


def table(tallies: list[Tally]) -> str:
    """The tallies as a Markdown table, in French."""
    lines = [
        "| base | clé primaire | courses | clients | vendu une fois | survendu | invendu | réponse ≠ base | refus | erreurs | durée |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {t.kind} | {'oui' if t.constraint else 'non (témoin)'} | {t.races} | {t.clients} | {t.sold_once} | {t.oversold} "
        f"| {t.unsold} | {t.unheard} | {t.refused} | {len(t.failures)} | {t.seconds:.0f} s |"
        for t in tallies
    ]
    return "\n".join(lines)


def write_section(name: str, text: str) -> None:
    """Replace one section of the page, each script its own; the page is made where there is none."""
    title = TITLE
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else title
    body = f"## {SECTIONS[name]}\n\n{conditions()}\n\n{text.strip()}\n"
    kept = dict(re.findall(r"<!-- (\w+) -->\n(.*?)<!-- /\1 -->", page, re.S)) | {name: body}
    parts = [f"<!-- {section} -->\n{kept[section]}<!-- /{section} -->\n" for section in SECTIONS if section in kept]
    PAGE.write_text("\n".join([title, *parts]), encoding="utf-8")


def conditions() -> str:
    """When, with which command, on what machine and how busy it was."""
    command = " ".join(["python", f"bench/{os.path.basename(sys.argv[0])}", *sys.argv[1:]])  # noqa: PTH119
    load = os.getloadavg()[2]
    return f"`{command}`, le {date.today()}, {os.cpu_count()} cœurs, charge moyenne sur 15 minutes {load:.1f}."


def main() -> int:
    """Race on each database, with the constraint then without; 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=50, help=f"a multiple of {PROCESSES}")
    parser.add_argument("--control", type=int, default=50, help="races without the constraint")
    given = parser.parse_args()
    if given.clients % PROCESSES:
        parser.error(f"--clients must be a multiple of {PROCESSES}")
    measured = kinds()
    with racers(given.clients) as pipes:
        tallies = [run_races(pipes, given.clients, kind, given.races, True) for kind in measured]
        tallies += [run_races(pipes, given.clients, kind, given.control, False) for kind in measured]
    missing = "" if "PostgreSQL" in measured else "\n\n**PostgreSQL n'a pas été mesuré : il ne répond pas.**"
    write_section("races", table(tallies) + missing)
    print(table(tallies))
    for failure, times in Counter(f for t in tallies for f in t.failures).most_common(5):
        print(f"  {times} × {failure}")
    wrong = [t for t in tallies if not t.right]
    print("WRONG: " + ", ".join(t.kind for t in wrong) if wrong else "as it must be")
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main())
