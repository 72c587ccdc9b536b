"""The day of a place: read at once, changed by one at a time, and seen by nobody else."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from assistant.booking.appointments import AppointmentView
from assistant.booking.repair import Repair
from assistant.directory.models import Place
from assistant.errors import NotFound, Refused
from assistant.staff.visits import STATUSES, Change, Stale, Visits
from assistant.storage.database import Database
from assistant.storage.staff_tables import Account, Visit
from assistant.storage.tables import Message, Occupation
from tests.booking.booking_world import ALL_DAY, NOW, make_bookings, make_place, place_finder, request, save
from tests.booking.conftest import database, postgresql_url  # noqa: F401  (fixtures)

HERE, AWAY = make_place("1234"), make_place("5678")
REUNION = make_place("9999", departement="974", hours=ALL_DAY)
PLACES = [HERE, AWAY, REUNION]
AGENTS = 8
WEDNESDAY = date(2026, 11, 25)
MORNING = datetime(2026, 11, 23, 8, 30, 42, tzinfo=UTC)


@pytest.fixture
def visits(database: Database) -> Visits:  # noqa: F811
    save(database, PLACES)
    return Visits(database, place_finder(PLACES))


@pytest.fixture
def book(database: Database) -> Callable[..., AppointmentView]:  # noqa: F811
    """An appointment at a slot: `book("20261125T0800Z", AWAY)`."""
    bookings = make_bookings(database, PLACES)

    def made(start: str, place: Place = HERE) -> AppointmentView:
        return bookings.book(request(f"{place.id}.{start}.30"), bookings.new_key(), NOW)

    return made


@pytest.fixture
def account(database: Database) -> int:  # noqa: F811
    """An agent's."""
    with database.write() as session:
        session.add(row := Account(login="ada", name="Ada", role="agent", active=True, created_at=NOW))
        session.flush()
        return row.id


def anywhere(_place: Place) -> bool:
    return True


def test_a_day_is_that_of_the_place_s_clock(visits: Visits, book: Callable[..., AppointmentView]) -> None:
    """In La Réunion Wednesday begins on Tuesday at eight in the evening, UTC."""
    for start in ("20261124T1915Z", "20261124T2000Z", "20261125T1915Z", "20261125T2000Z"):
        book(start, REUNION)
    assert [view.start.strftime("%H:%M") for view in visits.between(REUNION, WEDNESDAY, WEDNESDAY)] == [
        "00:00",
        "23:15",
    ]
    assert len(visits.between(REUNION, WEDNESDAY, WEDNESDAY + timedelta(days=1))) == 3


def test_a_day_is_by_time_and_of_one_place(visits: Visits, book: Callable[..., AppointmentView]) -> None:
    for start, place in (("20261125T1000Z", HERE), ("20261125T0800Z", HERE), ("20261125T0830Z", AWAY)):
        book(start, place)
    assert [view.start.strftime("%H:%M") for view in visits.between(HERE, WEDNESDAY, WEDNESDAY)] == ["09:00", "11:00"]


def test_a_code_of_another_place_is_absent(visits: Visits, book: Callable[..., AppointmentView]) -> None:
    code, messages = book("20261125T0800Z", AWAY).code, set()
    for asked in (code, "2345-CFH9", "", "\x00", "x" * 500):
        with pytest.raises(NotFound) as refused:
            visits.find(asked, lambda place: place.id == HERE.id)
        messages.add(refused.value.message)
        with pytest.raises(NotFound):
            visits.change(asked, lambda place: place.id == HERE.id, Change("", "absent"), 1, NOW)
    assert len(messages) == 1
    assert visits.find(code, anywhere).status == "expected"


@pytest.mark.parametrize("status", STATUSES)
def test_every_state_is_kept(visits: Visits, account: int, book: Callable[..., AppointmentView], status: str) -> None:
    code = book("20261125T0800Z").code
    assert visits.change(code, anywhere, Change("", status), account, MORNING).status == status
    assert visits.find(code, anywhere).status_label == STATUSES[status]


def test_a_state_of_no_list_is_refused(visits: Visits, account: int, book: Callable[..., AppointmentView]) -> None:
    code = book("20261125T0800Z").code
    with pytest.raises(Refused):
        visits.change(code, anywhere, Change("", "dancing"), account, MORNING)


@pytest.mark.parametrize("touched", [False, True], ids=["untouched", "touched before"])
def test_of_agents_who_change_a_visit_at_once_one_wins(
    visits: Visits, account: int, book: Callable[..., AppointmentView], touched: bool
) -> None:
    """The others are told; no change is written over another."""
    code, barrier = book("20261125T0800Z").code, Barrier(AGENTS)
    seen = visits.change(code, anywhere, Change(""), account, MORNING).seen if touched else ""

    def write(number: int) -> str | None:
        barrier.wait(30)
        change = Change(seen, note=f"agent {number}")
        try:
            return visits.change(code, anywhere, change, account, MORNING + timedelta(seconds=1 + number)).note
        except Stale:
            return None

    with ThreadPoolExecutor(AGENTS) as pool:
        written = [note for note in pool.map(write, range(AGENTS)) if note]
    assert written == [visits.find(code, anywhere).note]


def test_the_one_who_reads_again_may_change(visits: Visits, account: int, book: Callable[..., AppointmentView]) -> None:
    code = book("20261125T0800Z").code
    first = visits.change(code, anywhere, Change("", "arrived", ["identite"], "à l'heure"), account, MORNING)
    with pytest.raises(Stale):
        visits.change(code, anywhere, Change("", "absent"), account, MORNING)
    later = MORNING + timedelta(minutes=5)
    then = visits.change(code, anywhere, Change(first.seen, "in_progress"), account, later)
    assert (then.status, then.documents, then.note) == ("in_progress", {"identite"}, "à l'heure")


def test_who_comes_without_appointment_takes_no_slot_and_is_told_nothing(
    visits: Visits,
    account: int,
    database: Database,  # noqa: F811
) -> None:
    """Not even where the place is shut at that moment: there is nothing to repair."""
    bookings = make_bookings(database, [HERE])
    free = [slot.id for slot in bookings.slots(HERE, 30, MORNING)]
    code = visits.walk_in(HERE, ["a/b"], 30, account, MORNING)
    view = visits.find(code, anywhere)
    assert (view.walk_in, view.status, view.channel, view.name) == (True, "arrived", "counter", "")
    assert view.start == MORNING.replace(second=0)
    assert [slot.id for slot in bookings.slots(HERE, 30, MORNING)] == free
    with database.read() as session:
        assert session.scalars(select(Occupation)).all() == session.scalars(select(Message)).all() == []
        assert session.scalars(select(Visit.arrived_at)).all() == [MORNING]
    never_open = make_place("1234", hours=((),) * 7)
    shut = Repair(make_bookings(database, [never_open]).desk, lambda: pytest.fail("nobody is to be moved"))
    assert shut.stranded(HERE.id, MORNING) == []


@pytest.mark.parametrize("procedures", [[], ["a/b"] * 6])
def test_who_comes_without_appointment_comes_for_one_to_five_procedures(visits: Visits, procedures: list[str]) -> None:
    with pytest.raises(Refused):
        visits.walk_in(HERE, procedures, 30, 1, MORNING)


def test_a_version_changes_with_all_that_a_console_shows(
    visits: Visits,
    account: int,
    book: Callable[..., AppointmentView],
    database: Database,  # noqa: F811
) -> None:
    """And with nothing that happens elsewhere."""
    bookings, seen = make_bookings(database, [HERE, AWAY]), [""]

    def moved_on() -> bool:
        seen.append(visits.versions([HERE.id], MORNING).get(HERE.id, ""))
        return seen[-1] != seen[-2]

    assert not moved_on()
    code = book("20261125T0800Z").code
    assert moved_on()
    visits.change(code, anywhere, Change("", "arrived"), account, MORNING)
    assert moved_on()
    bookings.move(code, "Dupré", f"{HERE.id}.20261126T0800Z.30", MORNING)
    assert moved_on()
    visits.walk_in(HERE, ["a/b"], 30, account, MORNING)
    assert moved_on()
    book("20261125T0800Z", AWAY)
    assert not moved_on()
    bookings.move(code, "Dupré", f"{AWAY.id}.20261126T0800Z.30", MORNING + timedelta(minutes=1))
    assert moved_on()
    bookings.cancel(code, "Dupré", MORNING + timedelta(minutes=2))
    assert not moved_on()
    assert set(visits.versions([HERE.id, AWAY.id, "nowhere"], MORNING)) == {HERE.id, AWAY.id}
