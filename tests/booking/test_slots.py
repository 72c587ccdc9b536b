"""What can be booked, when, in whose time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from assistant.booking.slots import Slot, free_slots, units_of, why_not
from assistant.directory.models import CLOSED, OwnHours, Place
from assistant.errors import NotFound, Refused
from assistant.storage.database import Database
from tests.booking.booking_world import (
    ALL_DAY,
    LURE,
    MORNING,
    NOW,
    SETTINGS,
    WEEKDAYS,
    make_bookings,
    make_place,
    place_finder,
    request,
    save,
)

MONDAY = date(2026, 11, 23)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'slots.sqlite'}")
    made.migrate()
    yield made
    made.close()


def starts(
    database: Database, place: Place, minutes: int, day: date, now: datetime = NOW, until: date | None = None
) -> list[str]:
    """Local starts of a day, as "09:00"."""
    with database.read() as session:
        found = free_slots(session, [place], minutes, now=now, settings=SETTINGS, start=day, end=until or day)
    return [slot.start.strftime("%H:%M") for slot in found[place.id]]


def test_an_opening_is_cut_from_its_start_and_a_slot_ends_inside_it(sqlite: Database) -> None:
    """Thirty minutes, or twenty and forty rounded up to the unit of fifteen; the last one ends by noon."""
    assert starts(sqlite, LURE, 30, MONDAY) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
    assert starts(sqlite, LURE, 20, MONDAY) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
    assert starts(sqlite, LURE, 40, MONDAY) == ["09:00", "09:45", "10:30", "11:15"]
    assert starts(sqlite, LURE, 180, MONDAY) == ["09:00"]
    assert starts(sqlite, LURE, 181, MONDAY) == []


def test_each_opening_of_a_day_has_its_own_grid(sqlite: Database) -> None:
    """No slot across lunch; an opening off the quarter begins at the next one."""
    place = make_place(hours=(((time(9), time(10)), (time(13, 40), time(15))), *CLOSED[1:]))
    assert starts(sqlite, place, 30, MONDAY) == ["09:00", "09:30", "13:45", "14:15"]


def test_a_place_without_appointments_has_no_slot(sqlite: Database) -> None:
    """Two thirds of the network receives without."""
    assert starts(sqlite, make_place(takes_appointments=False), 30, MONDAY) == []


def test_nothing_before_the_lead_time_nor_past_the_horizon(sqlite: Database) -> None:
    """Two hours before, sixty days after; both in the place's time."""
    at_eight = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert starts(sqlite, LURE, 30, MONDAY, now=at_eight) == ["10:00", "10:30", "11:00", "11:30"]
    last = (NOW + timedelta(days=60)).date()
    with sqlite.read() as session:
        found = free_slots(session, [LURE], 30, now=NOW, settings=SETTINGS)[LURE.id]
    assert found[0].start.date() == MONDAY
    assert found[-1].start <= NOW + timedelta(days=60) and found[-1].start.date() == last
    assert starts(sqlite, LURE, 30, last + timedelta(days=1), until=last + timedelta(days=30)) == []


@pytest.mark.parametrize(
    ("departement", "day", "open_"),
    [
        ("70", date(2026, 12, 25), False),
        ("70", date(2026, 12, 26), True),
        ("67", date(2026, 12, 26), False),
        ("68", date(2026, 12, 26), False),
        ("57", date(2026, 12, 26), False),
        ("974", date(2026, 12, 20), False),
        ("70", date(2026, 12, 20), True),
        ("70", date(2027, 1, 1), False),
    ],
)
def test_public_holidays_of_the_departement_are_closed(
    sqlite: Database, departement: str, day: date, open_: bool
) -> None:
    """26 December in Alsace-Moselle, 20 December in La Réunion; hours here are of seven days a week."""
    place = make_place(departement=departement, hours=(MORNING,) * 7)
    assert bool(starts(sqlite, place, 30, day)) is open_


@pytest.mark.parametrize(
    ("departement", "utc"),
    [("70", "0800"), ("974", "0500"), ("971", "1300"), ("973", "1200"), ("976", "0600"), ("987", "1900")],
)
def test_nine_o_clock_is_the_place_s_own(sqlite: Database, departement: str, utc: str) -> None:
    """The id is in UTC, the start in the zone of the place."""
    place = make_place("77", departement=departement)
    with sqlite.read() as session:
        first = free_slots(
            session, [place], 30, now=NOW, settings=SETTINGS, start=date(2026, 11, 26), end=date(2026, 11, 26)
        )["77"][0]
    assert first.id == f"77.20261126T{utc}Z.30"
    assert first.start.isoformat()[:16] == "2026-11-26T09:00" and first.start.tzinfo == ZoneInfo(place.timezone)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2027, 3, 28), 22.75), (date(2027, 3, 27), 23.75), (date(2027, 10, 31), 24.75)]
)
def test_the_days_the_clocks_change_lose_or_gain_an_hour(sqlite: Database, day: date, hours: float) -> None:
    """Slots last as long as on other days, follow one another, and never start at an hour that does not exist."""
    place = make_place(hours=ALL_DAY)
    now = datetime.combine(day - timedelta(days=2), time(12), tzinfo=UTC)
    with sqlite.read() as session:
        found = free_slots(session, [place], 15, now=now, settings=SETTINGS, start=day, end=day)[place.id]
    instants = [slot.start.astimezone(UTC) for slot in found]
    assert len(found) == hours * 4
    assert {b - a for a, b in pairwise(instants)} == {timedelta(minutes=15)}
    assert all(slot.end.astimezone(UTC) - slot.start.astimezone(UTC) == timedelta(minutes=15) for slot in found)
    if day == date(2027, 3, 28):
        assert not any(slot.start.hour == 2 for slot in found)


def test_a_slot_needs_one_counter_free_from_end_to_end(sqlite: Database) -> None:
    """Two counters each free for one half are none for the whole."""
    place = make_place(capacity=2)
    save(sqlite, [place])
    bookings = make_bookings(sqlite, [place])
    for clock in ("0800", "0815"):
        bookings.book(request(f"1234.20261123T{clock}Z.15"), bookings.new_key(), NOW)
    assert starts(sqlite, place, 30, MONDAY)[0] == "09:00"
    for clock in ("0800",):
        bookings.book(request(f"1234.20261123T{clock}Z.15"), bookings.new_key(), NOW)
    # counter 0: 9 h, 9 h 15; counter 1: 9 h: half an hour from 9 h fits nowhere, a quarter from 9 h 15 does
    assert starts(sqlite, place, 30, MONDAY)[0] == "09:30"
    assert starts(sqlite, place, 15, MONDAY)[0] == "09:15"


def test_each_counter_of_an_opening_counts(sqlite: Database) -> None:
    """Where a place's own hours have more counters than it has on other days, all of them must be taken."""
    place = make_place(own_hours=(OwnHours("FREQ=WEEKLY", MONDAY, None, time(9), time(10), counters=3),))
    save(sqlite, [place])
    bookings = make_bookings(sqlite, [place])
    for left in (["09:00", "09:30"], ["09:00", "09:30"], ["09:30"]):
        bookings.book(request("1234.20261123T0800Z.30"), bookings.new_key(), NOW)
        assert starts(sqlite, place, 30, MONDAY) == left


def test_the_slots_of_many_places_take_one_query(sqlite: Database) -> None:
    """However many the places and days."""
    places = [make_place(str(number)) for number in range(5)]
    said: list[str] = []
    event.listen(sqlite.engine, "before_cursor_execute", lambda c, cu, statement, *rest: said.append(statement))
    with sqlite.read() as session:
        found = free_slots(session, places, 30, now=NOW, settings=SETTINGS)
    assert all(len(found[place.id]) > 100 for place in places)
    assert len([statement for statement in said if statement.startswith("SELECT")]) == 1


def test_the_limit_counts_for_each_place(sqlite: Database) -> None:
    """The first ones of each."""
    places = [make_place("1"), make_place("2"), make_place("3", takes_appointments=False)]
    with sqlite.read() as session:
        found = free_slots(session, places, 30, now=NOW, settings=SETTINGS, limit_per_place=2)
        none = free_slots(session, [], 30, now=NOW, settings=SETTINGS)
    assert {identity: len(slots) for identity, slots in found.items()} == {"1": 2, "2": 2, "3": 0}
    assert none == {}


def test_days_are_the_place_s_and_moments_are_instants(sqlite: Database) -> None:
    """A day given as the end is included; a moment without zone is the place's."""
    assert len(starts(sqlite, LURE, 30, MONDAY, until=date(2026, 11, 24))) == 12
    with sqlite.read() as session:
        found = free_slots(
            session,
            [LURE],
            30,
            now=NOW,
            settings=SETTINGS,
            start=datetime(2026, 11, 23, 10, 15),
            end=datetime(2026, 11, 23, 9, 45, tzinfo=UTC),
        )
    assert [slot.start.strftime("%H:%M") for slot in found["1234"]] == ["10:30"]


def test_an_id_says_everything() -> None:
    """Parsed again, it is the same slot."""
    slot = Slot.at(LURE, datetime(2026, 11, 26, 8, tzinfo=UTC), 30)
    assert slot.id == "1234.20261126T0800Z.30"
    assert Slot.parse(slot.id, place_finder([LURE])) == slot
    assert slot.minutes == 30 and slot.start.hour == 9
    assert [unit.isoformat() for unit in units_of(slot, SETTINGS)] == [
        "2026-11-26T08:00:00+00:00",
        "2026-11-26T08:15:00+00:00",
    ]


MALFORMED = [
    "",
    "1234",
    "1234.2026",
    "1234.20261126T0800.30",
    "1234.20261126T0800Z.",
    "1234.20261126T0800Z.0",
    "1234.20261126T0800Z.481",
    "1234.20261126T0800Z.-5",
    "1234.20261326T0800Z.30",
    "1234.20261126T2500Z.30",
    "1234.99991231T2359Z.30",
    "w.00010101T0000Z.30",
    "1234.00000101T0000Z.30",
    "1234.20261126T0800Z.30\n",
    "1234.٢٠٢٦١١٢٦T0800Z.30",
    ".20261126T0800Z.30",
    "x" * 5000,
]


@pytest.mark.parametrize("identity", MALFORMED)
def test_a_malformed_id_is_refused_in_french(identity: str) -> None:
    """Whatever the browser sends."""
    with pytest.raises(Refused, match="Ce créneau n'est pas reconnu"):
        Slot.parse(
            identity, place_finder([LURE, make_place("w", departement="987"), make_place("e", departement="988")])
        )


def test_a_slot_of_an_unknown_place_is_not_found() -> None:
    """The place's own message says so."""
    with pytest.raises(NotFound):
        Slot.parse("9999.20261126T0800Z.30", place_finder([LURE]))


@pytest.mark.parametrize(
    ("place", "identity", "why"),
    [
        (LURE, "1234.20261126T0800Z.30", None),
        (LURE, "1234.20261126T0815Z.30", None),
        (LURE, "1234.20261126T0810Z.30", "en dehors"),
        (LURE, "1234.20261126T1045Z.30", "en dehors"),
        (LURE, "1234.20261126T0700Z.30", "en dehors"),
        (LURE, "1234.20261129T0800Z.30", "en dehors"),
        (LURE, "1234.20261225T0800Z.30", "en dehors"),
        (LURE, "1234.20261120T0800Z.30", "déjà passé"),
        (LURE, "1234.20261122T1000Z.30", "trop proche"),
        (LURE, "1234.20270301T0800Z.30", "60 jours"),
        (make_place(takes_appointments=False, hours=WEEKDAYS), "1234.20261126T0800Z.30", "sans rendez-vous"),
    ],
)
def test_why_a_slot_is_not_for_booking(place: Place, identity: str, why: str | None) -> None:
    """In words that say what to do."""
    said = why_not(Slot.parse(identity, place_finder([place])), place, NOW, SETTINGS)
    assert said is None if why is None else why in (said or "")
