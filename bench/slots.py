"""Slots of the five nearest bookable places over thirty days: one query for all, against one query a slot.

    python bench/slots.py [FRANCE_SERVICES.CSV COMMUNES.CSV]

Both ways give the same slots, on the same database, in the same run: the ratio holds on any machine.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistant.booking.appointments import BookingRequest, Bookings
from assistant.booking.slots import Slot, free_slots, units_of
from assistant.directory.directory import Directory
from assistant.directory.importer import import_communes, import_directory
from assistant.directory.models import Place
from assistant.settings import PROJECT, Settings
from assistant.storage.database import Database
from assistant.storage.tables import Occupation

DATA = PROJECT.parent / "shared" / "data"
MINUTES, DAYS, SOLD, RUNS = 30, 30, 0.1, 10
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SETTINGS = Settings()
END = NOW + timedelta(days=DAYS)


def national(folder: str, directory: str, communes: str) -> tuple[Database, Directory]:
    """The real directory in a database of its own."""
    database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
    database.migrate()
    import_communes(database, communes)
    import_directory(database, directory)
    return database, Directory.load(database)


def sell_some(database: Database, directory: Directory, places: Sequence[Place]) -> int:
    """Book one slot in ten; how many."""
    bookings, chance, sold = Bookings(database, directory.place, SETTINGS), random.Random(1), 0
    for place in places:
        for slot in bookings.slots(place, MINUTES, NOW, end=END):
            if chance.random() < SOLD:
                bookings.book(
                    BookingRequest(slot=slot.id, procedures=("a/b",), name="Exemple"), bookings.new_key(), NOW
                )
                sold += 1
    return sold


def one_query(session: Session, places: Sequence[Place]) -> dict[str, list[Slot]]:
    """What the assistant does, cutting the openings included."""
    return free_slots(session, places, MINUTES, now=NOW, settings=SETTINGS, end=END)


def query_a_slot(session: Session, places: Sequence[Place], grid: dict[str, list[Slot]]) -> dict[str, list[Slot]]:
    """The same from the grid of slots already cut: only asking whether each is free, one after another."""
    return {place.id: [slot for slot in grid[place.id] if is_free(session, place, slot)] for place in places}


def is_free(session: Session, place: Place, slot: Slot) -> bool:
    """Whether a counter is left, asked of the database."""
    taken = select(func.count(Occupation.counter.distinct())).where(
        Occupation.place_id == place.id, Occupation.unit.in_(units_of(slot, SETTINGS))
    )
    return (session.scalar(taken) or 0) < (place.capacity or SETTINGS.default_capacity)


def median_ms(work: Callable[[], object]) -> float:
    """The median of some runs, in milliseconds."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def main(directory_file: str, communes_file: str) -> None:
    """Measure both ways and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        database, directory = national(folder, directory_file, communes_file)
        lure = directory.search("Lure 70200").matches[0].commune
        places = [nearby.place for nearby in directory.nearest(lure, 5, takes_appointments=True)]
        with database.read() as session:
            grid = one_query(session, places)
        sold = sell_some(database, directory, places)
        with database.read() as session:
            free = one_query(session, places)
            assert free == query_a_slot(session, places, grid), "the two ways differ"
            fast = median_ms(lambda: one_query(session, places))
            slow = median_ms(lambda: query_a_slot(session, places, grid))
        database.close()
    print(f"{len(places)} places, {DAYS} days: {sum(map(len, grid.values()))} slots, {sold} sold")
    print(f"one query {fast:.1f} ms, a query a slot {slow:.1f} ms: {slow / fast:.1f} times faster")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*(given or [str(DATA / "france_services.csv"), str(DATA / "communes.csv")]))
