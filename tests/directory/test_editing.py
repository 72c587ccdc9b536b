"""Changing a timetable: what is refused, what everybody sees after it, and bookings made at the same time."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from assistant.app import Services
from assistant.booking.appointments import Bookings, SlotRefused
from assistant.booking.desk import Desk
from assistant.directory.directory import Directory
from assistant.directory.editing import MOST_COUNTERS, MOST_HOURS, TimetableEditor
from assistant.directory.models import Closure, OwnHours, Place
from assistant.directory.timetable import openings
from assistant.errors import NotFound, Refused
from assistant.settings import Settings
from assistant.storage import tables
from assistant.storage.database import Database
from tests.booking.booking_world import LURE, SETTINGS, make_place, request, save
from tests.booking.conftest import database, postgresql_url  # noqa: F401  both databases

NOW = datetime(2037, 11, 22, 9, tzinfo=UTC)
"""A Sunday, far ahead: by the real clock, a directory does not read closures that are over."""
TUESDAY = datetime(2037, 11, 24, 8, tzinfo=UTC)
"""Nine o'clock at Lure."""
MORNING = Closure(TUESDAY, TUESDAY + timedelta(hours=3), reason="panne de chauffage")
SLOT = f"{LURE.id}.20371124T0800Z.30"
THURSDAYS = OwnHours("FREQ=WEEKLY;BYDAY=TH", date(2037, 11, 1), None, time(14), time(17))
BOOKERS = 20
PATIENCE = 60
T = TypeVar("T")


@pytest.fixture(autouse=True)
def two_places(database: Database) -> None:  # noqa: F811
    """Lure and Gray, every weekday morning."""
    save(database, [LURE, make_place("2", name="France services de Gray")])
    with database.write() as session:
        for row in session.scalars(select(tables.Place)):
            row.hours = {str(day): [["09:00", "12:00"]] for day in range(5)}


@pytest.fixture
def elsewhere(database: Database) -> Iterator[Database]:  # noqa: F811
    """The same database as another process opens it."""
    other = Database(database.engine.url.render_as_string(hide_password=False))
    yield other
    other.close()


@pytest.fixture
def editor(elsewhere: Database) -> TimetableEditor:
    return TimetableEditor(elsewhere)


def lure(database: Database) -> Place:  # noqa: F811
    return Directory.load(database).place(LURE.id)


def hours_of(place: Place, day: date) -> list[str]:
    return [f"{opening.start:%H:%M}-{opening.end:%H:%M}" for opening in openings(place, day)]


def bookings_of(database: Database) -> Bookings:  # noqa: F811
    """Bookings whose places are read anew each time, as `Services` does when they have changed."""
    return Bookings(database, lambda identity: Directory.load(database).place(identity), SETTINGS)


def booked(database: Database) -> set[str]:  # noqa: F811
    with database.read() as session:
        return set(session.scalars(select(tables.Appointment.code)))


def test_own_hours_replace_the_directory_s_and_removing_them_gives_these_back(
    database: Database,  # noqa: F811
    editor: TimetableEditor,
) -> None:
    tuesday, thursday = date(2037, 11, 24), date(2037, 11, 26)
    editor.set_hours(LURE.id, [THURSDAYS], NOW)
    assert [hours_of(lure(database), day) for day in (tuesday, thursday)] == [[], ["14:00-17:00"]]
    editor.set_hours(LURE.id, [], NOW)
    assert [hours_of(lure(database), day) for day in (tuesday, thursday)] == [["09:00-12:00"]] * 2


def test_own_hours_decide_whether_a_place_takes_appointments(database: Database, editor: TimetableEditor) -> None:  # noqa: F811
    editor.set_hours(LURE.id, [replace(THURSDAYS, purpose="walk_in")], NOW)
    assert not lure(database).takes_appointments
    editor.set_hours(LURE.id, [replace(THURSDAYS, purpose="walk_in"), THURSDAYS], NOW)
    assert lure(database).takes_appointments


def test_what_was_set_is_read_back_as_it_was_given(database: Database, editor: TimetableEditor) -> None:  # noqa: F811
    hours = replace(THURSDAYS, last_day=date(2038, 1, 1), counters=2, stop="place de la Mairie", point=LURE.point)
    editor.set_hours(LURE.id, [hours], NOW)
    closure = replace(MORNING, reason="panne\u00a0: le chauffage")
    editor.close(LURE.id, closure, NOW)
    editor.set_capacity(LURE.id, 3, NOW)
    place = lure(database)
    assert (place.own_hours, place.closures, place.capacity) == ((hours,), (closure,), 3)


def test_a_closure_is_undone_by_its_id_and_twice_is_as_once(database: Database, editor: TimetableEditor) -> None:  # noqa: F811
    closure = editor.close(LURE.id, MORNING, NOW)
    for _ in range(2):
        editor.reopen(LURE.id, closure, NOW)
    assert lure(database).closures == ()


def test_another_place_s_closure_is_not_undone(database: Database, editor: TimetableEditor) -> None:  # noqa: F811
    closure = editor.close(LURE.id, MORNING, NOW)
    editor.reopen("2", closure, NOW)
    assert lure(database).closures == (MORNING,)


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "FREQ=SECONDLY"},
        {"rule": "FREQ=WEEKLY;BYDAY=" + ",".join(["TH"] * 100)},
        {"end": time(14)},
        {"last_day": date(2037, 10, 31)},
        {"purpose": "sieste"},
        {"counters": 0},
        {"counters": MOST_COUNTERS + 1},
        {"stop": "x" * 301},
        {"stop": "place\x00"},
    ],
    ids=lambda change: str(change)[:40],
)
def test_hours_that_make_no_sense_are_refused_and_change_nothing(
    database: Database,  # noqa: F811
    editor: TimetableEditor,
    change: dict[str, Any],
) -> None:
    """Even where one of two is right."""
    with pytest.raises(Refused):
        editor.set_hours(LURE.id, [THURSDAYS, replace(THURSDAYS, **change)], NOW)
    assert lure(database).own_hours == () and lure(database).timetable == 0


@pytest.mark.parametrize(
    "closure",
    [
        Closure(MORNING.end, MORNING.start),
        Closure(MORNING.start, MORNING.start),
        Closure(MORNING.start.replace(tzinfo=None), MORNING.end.replace(tzinfo=None)),
        replace(MORNING, reason="x" * 201),
        replace(MORNING, reason="panne\x00"),
        replace(MORNING, counter=-1),
        replace(MORNING, counter=MOST_COUNTERS),
    ],
    ids=lambda closure: f"{closure.reason[:9]!r}-{closure.counter}",
)
def test_closures_that_make_no_sense_are_refused(
    database: Database,  # noqa: F811
    editor: TimetableEditor,
    closure: Closure,
) -> None:
    with pytest.raises(Refused):
        editor.close(LURE.id, closure, NOW)
    assert lure(database).timetable == 0


def test_too_many_hours_or_counters_are_refused(editor: TimetableEditor) -> None:
    with pytest.raises(Refused):
        editor.set_hours(LURE.id, [THURSDAYS] * (MOST_HOURS + 1), NOW)
    for counters in (0, MOST_COUNTERS + 1):
        with pytest.raises(Refused):
            editor.set_capacity(LURE.id, counters, NOW)


def test_an_unknown_place_has_no_timetable(editor: TimetableEditor) -> None:
    with pytest.raises(NotFound):
        editor.close("9999", MORNING, NOW)


def test_an_edit_from_elsewhere_is_seen_and_only_timetables_are_read_again(
    database: Database,  # noqa: F811
    tmp_path: Path,
) -> None:
    """The communes are the very same objects: reading them takes longer than the rest together."""
    services = Services.open(Settings(state_dir=tmp_path, database_url=database.url))  # type: ignore[call-arg]
    try:
        before = services.directory
        assert services.directory is before
        commune = before.search("Lure").certain
        other = Database(database.url)
        TimetableEditor(other).close(LURE.id, MORNING, NOW)
        other.close()
        after = services.directory
        assert (before.place(LURE.id).closures, after.place(LURE.id).closures) == ((), (MORNING,))
        assert commune is not None and after.commune(commune.code) is before.commune(commune.code)
    finally:
        services.close()


@pytest.mark.parametrize("table", ["timetable_change", "place", "opening", "closure"])
def test_a_directory_read_during_an_edit_is_whole_or_known_to_be_old(
    database: Database,  # noqa: F811
    editor: TimetableEditor,
    table: str,
) -> None:
    """The edit comes between two of its queries: a place never has the new number without what it stands for."""
    after_reading(database, table, lambda: editor.close(LURE.id, MORNING, NOW))
    directory = Directory.load(database)
    place, now = directory.place(LURE.id), lure(database)
    assert now.closures == (MORNING,)
    assert place.closures == now.closures or place.timetable != now.timetable
    assert place == now or directory.version != Directory.version_of(database)


@pytest.mark.parametrize("table", ["timetable_change", "place", "opening", "closure"])
def test_timetables_read_again_during_an_edit_are_whole_or_known_to_be_old(
    database: Database,  # noqa: F811
    editor: TimetableEditor,
    table: str,
) -> None:
    old = Directory.load(database)
    after_reading(database, table, lambda: editor.close(LURE.id, MORNING, NOW))
    directory = old.with_new_timetables(database)
    place, now = directory.place(LURE.id), lure(database)
    assert place.closures == now.closures or place.timetable != now.timetable
    assert place == now or directory.version != Directory.version_of(database)


def after_reading(database: Database, table: str, work: Callable[[], object]) -> None:  # noqa: F811
    """Do the work once, right after the next query of a table."""
    done: list[object] = []

    def run(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not done and statement.startswith("SELECT") and f"FROM {table}" in statement:
            done.append(None)
            work()

    event.listen(database.engine, "after_cursor_execute", run)


def test_two_edits_that_end_in_the_other_order_are_both_seen(database: Database, editor: TimetableEditor) -> None:  # noqa: F811
    """PostgreSQL numbers changes when they begin; the first one may be the last to end."""
    if database.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with database.write() as session:
        session.add(tables.TimetableChange(place_id=LURE.id, what="closure", changed_at=NOW))
        session.flush()
        editor.close("2", MORNING, NOW)
        between = Directory.version_of(database)
    assert Directory.version_of(database) != between


def close_before_writing(desk: Desk, editor: TimetableEditor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the place that was read and the first write, somebody closes it."""
    write, closed = desk.write, []

    def closing_first(work: Callable[[Session], T]) -> T:
        if not closed:
            closed.append(editor.close(LURE.id, MORNING, NOW))
        return write(work)

    monkeypatch.setattr(desk, "write", closing_first)


def test_a_place_closed_between_reading_and_writing_is_not_booked(
    database: Database,  # noqa: F811
    editor: TimetableEditor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reason is told, and what is offered instead is not in the closure."""
    bookings = bookings_of(database)
    close_before_writing(bookings.desk, editor, monkeypatch)
    with pytest.raises(SlotRefused, match="panne de chauffage") as refused:
        bookings.book(request(SLOT), "key", NOW)
    assert refused.value.next_slots and all(slot.start >= MORNING.end for slot in refused.value.next_slots)
    assert booked(database) == set()


def test_without_the_check_of_timetables_it_is_booked_in_the_closure(
    database: Database,  # noqa: F811
    editor: TimetableEditor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: added as the place was read, whatever has changed since."""

    def unchecked(_bookings: Bookings, session: Session, appointment: tables.Appointment, _place: Place) -> None:
        session.add(appointment)
        session.flush()

    monkeypatch.setattr(Bookings, "_add", unchecked)
    bookings = bookings_of(database)
    close_before_writing(bookings.desk, editor, monkeypatch)
    code = bookings.book(request(SLOT), "key", NOW).code
    assert booked(database) == {code}
    assert lure(database).closures == (MORNING,)


def test_a_place_closed_while_twenty_people_book_sells_nothing_after_it(
    database: Database,  # noqa: F811
    elsewhere: Database,
    editor: TimetableEditor,
) -> None:
    """What is sold in the end is what was sold when the closure was committed; who came later was refused."""
    editor.set_capacity(LURE.id, MOST_COUNTERS, NOW)
    bookings, sold_at_closing = bookings_of(database), count_at_commit(elsewhere)
    some_sold, closed = threading.Semaphore(0), threading.Event()

    def book_all(seed: int) -> tuple[set[str], int]:
        quarters = random.Random(seed).sample(range(12), 12)
        mine, refused = set(), 0
        for quarter in [*quarters, None]:
            if quarter is None:
                assert closed.wait(PATIENCE)
            try:
                mine.add(bookings.book(request(slot_at(quarter or 0)), bookings.new_key(), NOW).code)
                some_sold.release()
            except SlotRefused:
                refused += 1
        return mine, refused

    def close() -> None:
        try:
            for _ in range(BOOKERS):
                assert some_sold.acquire(timeout=PATIENCE)
            editor.close(LURE.id, MORNING, NOW)
        finally:
            closed.set()

    with ThreadPoolExecutor(BOOKERS + 1) as pool:
        closing, booking = pool.submit(close), [pool.submit(book_all, seed) for seed in range(BOOKERS)]
        closing.result()
        outcomes = [each.result() for each in booking]
    acknowledged = set().union(*(mine for mine, _ in outcomes))
    assert all(refused for _, refused in outcomes)
    assert len(acknowledged) >= BOOKERS
    assert booked(database) == acknowledged
    assert sold_at_closing == [len(acknowledged)]


def slot_at(quarter: int) -> str:
    return f"{LURE.id}.{TUESDAY + timedelta(minutes=15 * quarter):%Y%m%dT%H%M}Z.15"


def count_at_commit(database: Database) -> list[int]:  # noqa: F811
    """At each commit of this database's connections, how many appointments there are, as they see it."""
    counts: list[int] = []
    event.listen(
        database.engine,
        "commit",
        lambda connection: counts.append(connection.scalar(text("SELECT count(*) FROM appointment"))),
    )
    return counts
