"""Free slots and bookings over the whole directory as the base grows, against naive versions in the same run.

    python bench/growth.py [--scales 1,10,100] [--communes 200] [--bookings 2000]

Scale 1 is 17,000 appointments in the next thirty days, 10 is 170,000 there; what goes beyond lies in five years past.
Measured: the slots of the ten nearest bookable places for thirty days, around random communes; bookings a second by twenty
processes that have booked a little before, each person with a number of their own. Naive: one query a slot, cutting not counted
(as bench/slots.py); and one lock on the table, then a check, then the insert, by the same processes. The directory is that of ../shared/data, else the sample. Writes its section of docs/bench-booking.md and its plot.
"""

import argparse
import cProfile
import io
import json
import multiprocessing
import pstats
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from races import PAGE, kinds, throwaway, write_section
from slots import is_free
from sqlalchemy import func, insert, select, text

from assistant.booking.appointments import Bookings
from assistant.booking.codes import new_code
from assistant.booking.retries import with_retries
from assistant.booking.slots import Slot, free_slots, units_of
from assistant.directory.directory import Directory
from assistant.directory.importer import ensure_sample, import_communes, import_directory
from assistant.directory.models import Place
from assistant.settings import PROJECT
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Base, Commune, IdempotencyKey, Occupation
from tests.booking.booking_world import NOW, SETTINGS, place_finder, request

DATA = PROJECT.parent / "shared" / "data"
PLOT = PAGE.with_suffix(".svg")
AT_ONE, MINUTES, DAYS, PAST_WEEKS = 17_000, 30, 30, 260
WORKERS, WARMING, NAIVE_COMMUNES, PROFILED = 20, 10, 5, 20
TARGET_MS, TARGET_RATE = 30, 300
CHUNK, PATIENCE = 20_000, 600
Taken = tuple[Place, datetime]
"""A place and the UTC start of an appointment of MINUTES."""
T = TypeVar("T")


@dataclass
class Measure:
    """One database at one scale; times in ms, rates in bookings a second."""

    kind: str
    appointments: int
    median: float = 0.0
    ninth_decile: float = 0.0
    naive: float = 0.0
    same_communes: float = 0.0
    """Ours over the communes of `naive`, the median as it is."""
    rate: float = 0.0
    naive_rate: float = 0.0
    errors: list[str] = field(default_factory=list)


class World:
    """A directory in a database, and the appointments to fill it with, in an order drawn once."""

    def __init__(self, database: Database, scales: list[int]):
        self.database, self._chance = database, random.Random(20261122)
        self.directory = import_all(database)
        self.places = [place for place in self.directory.places() if place.takes_appointments and place.has_hours]
        soon, late = self._grid()
        self._chance.shuffle(soon)
        self._chance.shuffle(late)
        self._late = iter(late)
        # nearly full is no use to anybody: a third of the next month stays free
        to_come = min(10 * AT_ONE, len(soon) * 2 // 3)
        past = max(scales) * AT_ONE - to_come
        self._order = iter([*soon[:to_come], *(self._past(soon, past) if past > 0 else [])])
        self.appointments = 0

    def _grid(self) -> tuple[list[Taken], list[Taken]]:
        """Every slot of the next thirty days; and those after, which stay free for the bookings to measure."""
        border = NOW + timedelta(days=DAYS + 1)
        with self.database.read() as session:
            free = free_slots(session, self.places, MINUTES, now=NOW, settings=SETTINGS)
        every = [(place, slot.start.astimezone(UTC)) for place in self.places for slot in free[place.id]]
        return [taken for taken in every if taken[1] < border], [taken for taken in every if taken[1] >= border]

    def _past(self, soon: list[Taken], wanted: int) -> Iterator[Taken]:
        """As many of the first week's slots in each week past: the hours of a place are taken to be what they are."""
        first = NOW + timedelta(days=7)
        week = [taken for taken in soon if taken[1] < first]
        each = -(-wanted // PAST_WEEKS)
        for weeks in range(1, PAST_WEEKS + 1):
            for place, start in self._chance.sample(week, min(each, len(week))):
                yield place, start - timedelta(weeks=weeks)

    def grow(self, scale: int) -> None:
        """Bulk-insert up to `scale` times AT_ONE appointments, each with its units and its key."""
        with self.database.read() as session:
            # the measures book too
            ids = count((session.scalar(select(func.max(Appointment.id))) or 0) + 1)
        while chunk := list(islice(self._order, min(CHUNK, max(0, scale * AT_ONE - self.appointments)))):
            bulk_insert(self.database, *rows(chunk, ids))
            self.appointments += len(chunk)
            print(f"  {self.appointments} appointments", flush=True)
        if self.database.engine.dialect.name == "postgresql":
            with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                # what autovacuum does in a base that grew by itself
                connection.execute(text("VACUUM ANALYZE"))

    def free_later(self, number: int) -> list[Taken]:
        """Slots past the thirty days, given once each."""
        return list(islice(self._late, number))

    def neighbourhoods(self, number: int) -> list[list[Place]]:
        """The ten nearest bookable places of random communes, the same at every scale."""
        with self.database.read() as session:
            codes = session.scalars(
                select(Commune.code).where(Commune.parent_code.is_(None)).order_by(Commune.code)
            ).all()
        drawn = random.Random(7).sample(codes, min(number, len(codes)))
        nearest = [self.directory.nearest(self.directory.commune(code), 10, takes_appointments=True) for code in drawn]
        return [[nearby.place for nearby in found] for found in nearest]


def import_all(database: Database) -> Directory:
    """The national directory where it is there, else the sample."""
    if (DATA / "communes.csv").exists():
        import_communes(database, str(DATA / "communes.csv"))
        import_directory(database, str(DATA / "france_services.csv"))
    else:
        ensure_sample(database)
    return Directory.load(database)


def rows(
    chunk: list[Taken], ids: Iterator[int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Appointments, keys and occupations of some taken slots; one counter each."""
    appointments, keys, occupations = [], [], []
    length = timedelta(minutes=MINUTES)
    for (place, start), identity in zip(chunk, ids, strict=False):
        appointments.append(appointment_row(identity, place, start, length))
        # scattered like real keys and codes, and never the same: the factor is odd
        key = f"{identity * 2654435761 % 2**32:08x}"
        keys.append({"key": key, "body_hash": key * 8, "appointment_id": identity, "created_at": NOW})
        slot = Slot(place.id, start, start + length)
        occupations += [
            {"place_id": place.id, "counter": 0, "unit": unit, "appointment_id": identity}
            for unit in units_of(slot, SETTINGS)
        ]
    return appointments, keys, occupations


def appointment_row(identity: int, place: Place, start: datetime, length: timedelta) -> dict[str, Any]:
    """A booked appointment."""
    return {
        "id": identity,
        "code": f"#{identity * 2654435761 % 2**32:08x}",
        "place_id": place.id,
        "counter": 0,
        "start": start,
        "end": start + length,
        "status": "booked",
        "procedures": ["interieur/permis_perte_vol"],
        "situation": {},
        "name": "Jean Dupré",
        "phone": "+33639980001",
        "reminders": False,
        "created_at": start - timedelta(days=10),
        "updated_at": start - timedelta(days=10),
    }


def bulk_insert(
    database: Database,
    appointments: list[dict[str, Any]],
    keys: list[dict[str, Any]],
    occupations: list[dict[str, Any]],
) -> None:
    """All rows in one transaction: COPY on PostgreSQL, which is ten times as fast."""
    tables: list[tuple[type[Base], list[dict[str, Any]]]] = [
        (Appointment, appointments),
        (IdempotencyKey, keys),
        (Occupation, occupations),
    ]
    with database.write() as session:
        for table, given in tables:
            if database.engine.dialect.name == "sqlite":
                session.execute(insert(table), given)
                continue
            columns = ", ".join(f'"{name}"' for name in given[0])
            raw: Any = session.connection().connection.cursor()
            with raw.copy(f"COPY {table.__tablename__} ({columns}) FROM STDIN") as copy:
                for row in given:
                    copy.write_row([json.dumps(v) if isinstance(v, list | dict) else v for v in row.values()])
        if database.engine.dialect.name == "postgresql":
            session.execute(
                text("SELECT setval(pg_get_serial_sequence('appointment', 'id'), max(id)) FROM appointment")
            )


def near_slots(database: Database, places: Sequence[Place]) -> dict[str, list[Slot]]:
    """What a person waits for: one session, the slots of some places over thirty days."""
    with database.read() as session:
        return free_slots(session, places, MINUTES, now=NOW, settings=SETTINGS, end=NOW + timedelta(days=DAYS))


def naive_slots(database: Database, grid: dict[str, list[Slot]], places: Sequence[Place]) -> dict[str, list[Slot]]:
    """The same by one query a slot, over slots cut beforehand."""
    with database.read() as session:
        return {place.id: [slot for slot in grid[place.id] if is_free(session, place, slot)] for place in places}


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds, and what it gives."""
    began = time.perf_counter()
    given = work()
    return (time.perf_counter() - began) * 1000, given


def measure_slots(world: World, around: list[list[Place]], grid: dict[str, list[Slot]], found: Measure) -> None:
    """Ours around every commune, naive around a few of them, which must agree."""
    near_slots(world.database, around[0])
    times = [timed(lambda places=places: near_slots(world.database, places))[0] for places in around]  # type: ignore[misc]
    found.median, found.ninth_decile = statistics.median(times), statistics.quantiles(times, n=10)[-1]
    few = around[:NAIVE_COMMUNES]
    naive = []
    for places in few:
        taken, slots = timed(lambda places=places: naive_slots(world.database, grid, places))  # type: ignore[misc]
        assert slots == near_slots(world.database, places), "the two ways differ"
        naive.append(taken)
    found.naive, found.same_communes = statistics.median(naive), statistics.median(times[: len(few)])


def booking_process(barrier: Any, orders: Connection) -> None:
    """Answers each order (url, taken, naive) with (first instant, last instant, failed meanwhile, errors), until told None.

    The first WARMING of the slots are not timed: a process that serves has connected and prepared its statements long ago.
    """
    while order := orders.recv():
        url, taken, naive = order
        database = Database(url)
        bookings = Bookings(database, place_finder({place.id: place for place, _ in taken}.values()), SETTINGS)
        errors = book_all(bookings, taken[:WARMING], naive)
        barrier.wait(PATIENCE)
        began = time.monotonic()
        late = book_all(bookings, taken[WARMING:], naive)
        orders.send((began, time.monotonic(), len(late), errors + late))
        database.close()


def book_all(bookings: Bookings, taken: list[Taken], naive: bool) -> list[str]:
    """Book one after another; what failed."""
    errors = []
    for place, start in taken:
        slot, phone = Slot.at(place, start, MINUTES), f"06 39 98 {random.randrange(10_000):04}"
        try:
            if naive:
                with_retries(partial(book_naively, bookings.desk.database, place, slot))
            else:
                bookings.book(request(slot.id, phone=phone), bookings.new_key(), NOW)
        except Exception as error:
            errors.append(repr(error)[:200])
    return errors


def book_naively(database: Database, place: Place, slot: Slot) -> None:
    """One lock for everybody, then look, then insert: right, and one at a time."""
    with database.write() as session:
        if database.engine.dialect.name == "postgresql":
            session.execute(text("LOCK TABLE occupation IN EXCLUSIVE MODE"))
        if not is_free(session, place, slot):
            raise RuntimeError("taken")
        row = appointment_row(0, place, slot.start, slot.end - slot.start) | {"code": new_code()}
        del row["id"]
        identity = session.scalar(insert(Appointment).returning(Appointment.id), row)
        key = {"key": row["code"], "body_hash": "0" * 64, "appointment_id": identity, "created_at": NOW}
        session.execute(insert(IdempotencyKey), key)
        units = [
            {"place_id": place.id, "counter": 0, "unit": unit, "appointment_id": identity}
            for unit in units_of(slot, SETTINGS)
        ]
        session.execute(insert(Occupation), units)


@contextmanager
def bookers() -> Iterator[list[Connection]]:
    """Twenty processes that book, forked from one that has imported everything and opened nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["__main__", "tests.booking.booking_world"])
    barrier, pipes = context.Barrier(WORKERS), [context.Pipe() for _ in range(WORKERS)]
    processes = [context.Process(target=booking_process, args=(barrier, theirs), daemon=True) for _, theirs in pipes]
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


def rate(pipes: list[Connection], world: World, bookings: int, naive: bool, errors: list[str]) -> float:
    """Bookings a second, from the first start to the last end; only those that succeeded count."""
    each = bookings // WORKERS + WARMING
    taken = world.free_later(each * WORKERS)
    url = world.database.engine.url.render_as_string(hide_password=False)
    for number, pipe in enumerate(pipes):
        pipe.send((url, taken[number * each : (number + 1) * each], naive))
    told: list[tuple[float, float, int, list[str]]] = []
    for pipe in pipes:
        assert pipe.poll(PATIENCE), "a booker does not answer"
        told.append(pipe.recv())
    errors += [error for *_, some in told for error in some]
    booked = bookings - sum(failed for _, _, failed, _ in told)
    return booked / (max(end for _, end, _, _ in told) - min(began for began, *_ in told))


def profile(work: Callable[[], object]) -> str:
    """The functions that take the most time of their own, as cProfile tells."""
    profiler = cProfile.Profile()
    profiler.runcall(work)
    out = io.StringIO()
    pstats.Stats(profiler, stream=out).sort_stats("tottime").print_stats(14)
    told = out.getvalue().replace(str(PROJECT) + "/", "")
    kept = [
        line.rstrip() for line in told.splitlines() if line.strip() and "Ordered by" not in line and "List" not in line
    ]
    return "\n".join(re.sub(r"\S*site-packages/|\S*/lib/python3\.11/", "", line) for line in kept)


def profiles(world: World, around: list[list[Place]]) -> str:
    """What dominates free slots and bookings, in two blocks."""
    bookings = Bookings(world.database, world.directory.place, SETTINGS)
    wishes = [request(Slot.at(place, start, MINUTES).id) for place, start in world.free_later(100)]
    slots = profile(lambda: [near_slots(world.database, places) for places in around[:PROFILED]])
    books = profile(lambda: [bookings.book(wish, bookings.new_key(), NOW) for wish in wishes])
    told = f"Créneaux libres autour de {PROFILED} communes (le profileur alourdit) :\n\n```\n{slots}\n```"
    return f"{told}\n\n{len(wishes)} réservations :\n\n```\n{books}\n```"


def measure(
    kind: str, pipes: list[Connection], scales: list[int], communes: int, bookings: int
) -> tuple[list[Measure], str]:
    """One database at each scale, and the profile at the last."""
    with throwaway(kind) as url:
        world, measures = World(Database(url), scales), []
        around = world.neighbourhoods(communes)
        near = {place.id: place for places in around[:NAIVE_COMMUNES] for place in places}
        grid = near_slots(world.database, list(near.values()))
        for scale in scales:
            world.grow(scale)
            found = Measure(kind, world.appointments)
            measure_slots(world, around, grid, found)
            found.rate = rate(pipes, world, bookings, False, found.errors)
            found.naive_rate = rate(pipes, world, bookings, True, found.errors)
            measures.append(found)
            print(table([found]).splitlines()[-1], flush=True)
        told = f"{len(world.directory.places())} lieux, {len(world.places)} sur rendez-vous"
        sample = " (**l'échantillon, faute d'annuaire national**)" if world.directory.is_sample else ""
        detail = f"### {kind}\n\n{told}{sample}.\n\n{profiles(world, around)}"
        world.database.close()
        return measures, detail


def table(measures: list[Measure]) -> str:
    """The measures as a Markdown table, in French."""
    lines = [
        f"| base | rendez-vous | créneaux, médiane | 9e décile | requête par créneau | rapport | réservations/s, {WORKERS} processus | verrou unique, {WORKERS} processus | rapport | erreurs |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {m.kind} | {m.appointments} | {m.median:.1f} ms | {m.ninth_decile:.1f} ms | {m.naive:.0f} ms "
        f"| {m.naive / m.same_communes:.0f} × | {m.rate:.0f} | {m.naive_rate:.0f} | {m.rate / m.naive_rate:.1f} × | {len(m.errors)} |"
        for m in measures
    ]
    return "\n".join(lines)


def plot(measures: list[Measure]) -> None:
    """Time of the slots and rate of bookings by the number of appointments, with the targets."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    pyplot.rcParams.update({"svg.hashsalt": "bench-booking", "font.size": 9})
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for kind in dict.fromkeys(m.kind for m in measures):
        mine = [m for m in measures if m.kind == kind]
        numbers = [m.appointments for m in mine]
        left.plot(numbers, [m.median for m in mine], "o-", label=f"{kind}, une requête")
        left.plot(numbers, [m.naive for m in mine], "x:", label=f"{kind}, une requête par créneau")
        right.plot(numbers, [m.rate for m in mine], "o-", label=kind)
        right.plot(numbers, [m.naive_rate for m in mine], "x:", label=f"{kind}, verrou unique")
    left.axhline(TARGET_MS, color="grey", linestyle="--", label=f"but : {TARGET_MS} ms")
    right.axhline(TARGET_RATE, color="grey", linestyle="--", label=f"but : {TARGET_RATE}/s (PostgreSQL)")
    left.set(title="Créneaux de 10 lieux sur 30 jours", xlabel="rendez-vous en base", ylabel="ms", yscale="log")
    right.set(title="Réservations, 20 processus", xlabel="rendez-vous en base", ylabel="par seconde", ylim=(0, None))
    for axes in (left, right):
        axes.set_xscale("log")
        axes.legend(fontsize=7)
    figure.savefig(PLOT, metadata={"Date": None})
    pyplot.close(figure)


def verdict(measures: list[Measure]) -> str:
    """Whether the targets are met, the worst measure of each against it."""
    slowest = max(measures, key=lambda m: m.median)
    told = [
        f"Créneaux : {slowest.median:.1f} ms au pire ({slowest.kind}), but {TARGET_MS} ms : {_met(slowest.median < TARGET_MS)}."
    ]
    served = [m for m in measures if m.kind == "PostgreSQL"]
    if served:
        least = min(m.rate for m in served)
        told.append(
            f"Réservations (PostgreSQL) : {least:.0f}/s au pire, but {TARGET_RATE}/s : {_met(least >= TARGET_RATE)}."
        )
    else:
        told.append("**PostgreSQL n'a pas été mesuré : il ne répond pas.**")
    return " ".join(told)


def _met(reached: bool) -> str:
    return "atteint" if reached else "**non atteint**"


def main() -> int:
    """Measure each database at each scale; 1 where a booking failed: a missed target is told, not an error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scales", type=lambda given: sorted(map(int, given.split(","))), default=[1, 10, 100])
    parser.add_argument("--communes", type=int, default=200)
    parser.add_argument("--bookings", type=int, default=2000, help=f"a multiple of {WORKERS}")
    given = parser.parse_args()
    if given.bookings < WORKERS or given.bookings % WORKERS or given.communes < 2:
        parser.error(f"--bookings must be a multiple of {WORKERS}, --communes 2 or more")
    measures: list[Measure] = []
    details = []
    with bookers() as pipes:
        for kind in kinds():
            print(f"{kind}: importing the directory", flush=True)
            found, detail = measure(kind, pipes, given.scales, given.communes, given.bookings)
            measures += found
            details.append(detail)
    plot(measures)
    shown = f"![Créneaux et réservations selon le nombre de rendez-vous]({PLOT.name})"
    write_section("growth", "\n\n".join([table(measures), verdict(measures), shown, *details]))
    print("\n".join([table(measures), verdict(measures), *details]))
    for error in dict.fromkeys(error for m in measures for error in m.errors):
        print(f"  {error}")
    return any(m.errors for m in measures)


if __name__ == "__main__":
    sys.exit(main())
