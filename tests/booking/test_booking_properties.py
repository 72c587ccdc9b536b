"""Whatever people do in whatever order, occupation is what the active appointments need, and never above capacity."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from assistant.booking.appointments import Bookings, SlotTaken
from assistant.booking.occupation import Row
from assistant.booking.slots import Slot, units_of
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, IdempotencyKey, Occupation
from tests.booking.booking_world import LURE, NOW, SETTINGS, make_bookings, make_place, place_finder, request, save

PLACES = [LURE, make_place("2", capacity=2)]
slots = st.builds(
    lambda place, quarter, minutes: f"{place}.20261126T{8 + quarter // 4:02}{quarter % 4 * 15:02}Z.{minutes}",
    st.sampled_from([place.id for place in PLACES]),
    st.integers(0, 7),
    st.sampled_from([15, 20, 30, 45, 60]),
)
deeds = st.one_of(
    st.tuples(st.just("book"), slots, st.just(0)),
    st.tuples(st.just("move"), slots, st.integers(0, 5)),
    st.tuples(st.just("cancel"), st.just(""), st.integers(0, 5)),
)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('properties') / 'test.sqlite'}")
    made.migrate()
    save(made, PLACES)
    yield made
    made.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(deeds, min_size=3, max_size=25))
def test_occupation_is_what_active_appointments_need(sqlite: Database, plan: list[tuple[str, str, int]]) -> None:
    """Checked after every deed; a slot is refused exactly where no counter is free from end to end."""
    with sqlite.write() as session:
        for table in (Occupation, IdempotencyKey, Appointment):
            session.execute(delete(table))
    bookings = make_bookings(sqlite, PLACES)
    codes: list[str] = []
    for deed, slot, which in plan:
        act(sqlite, bookings, codes, deed, slot, which)
        occupied = {(place, counter, unit) for place, counter, unit, _ in rows(sqlite)}
        assert occupied == needed(sqlite)
        assert all(counter < (2 if place == "2" else 1) for place, counter, _ in occupied)


def act(database: Database, bookings: Bookings, codes: list[str], deed: str, slot: str, which: int) -> None:
    """Do one deed; taken or not must be what the rows before it say."""
    code = codes[which % len(codes)] if codes else None
    if deed == "cancel" and code:
        bookings.cancel(code, "Dupré", NOW)
    elif deed == "book":
        assert_as_foreseen(has_room(database, slot, None), lambda: codes.append(book(bookings, slot)))
    elif deed == "move" and code and bookings.find(code, "Dupré").status == "booked":
        assert_as_foreseen(has_room(database, slot, code), lambda: bookings.move(code, "Dupré", slot, NOW))


def book(bookings: Bookings, slot: str) -> str:
    return bookings.book(request(slot), bookings.new_key(), NOW).code


def assert_as_foreseen(room: bool, deed) -> None:  # type: ignore[no-untyped-def]
    try:
        deed()
    except SlotTaken:
        assert not room, "refused where a counter was free"
    else:
        assert room, "sold where no counter was free"


def has_room(database: Database, identity: str, code: str | None) -> bool:
    """Whether one counter has all the units of the slot free, or taken by that appointment itself."""
    slot = Slot.parse(identity, place_finder(PLACES))
    others = {(place, counter, unit) for place, counter, unit, owner in rows(database) if owner != code}
    wanted = units_of(slot, SETTINGS)
    return any(
        not {(slot.place_id, counter, unit) for unit in wanted} & others
        for counter in range(2 if slot.place_id == "2" else 1)
    )


def rows(database: Database) -> list[tuple[str, int, datetime, str]]:
    query = select(Occupation.place_id, Occupation.counter, Occupation.unit, Appointment.code)
    with database.read() as session:
        return list(session.execute(query.join(Appointment, Appointment.id == Occupation.appointment_id)).tuples())


def needed(database: Database) -> set[Row]:
    """The units of every booked appointment at its counter."""
    with database.read() as session:
        booked = session.scalars(select(Appointment).where(Appointment.status == "booked")).all()
    return {
        (a.place_id, a.counter, unit) for a in booked for unit in units_of(Slot(a.place_id, a.start, a.end), SETTINGS)
    }
