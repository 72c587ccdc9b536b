"""When a place is open: its own recurring hours, its closures, its agents' absences, and the slots that are left."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.booking.slots import Slot, counters_at, free_slots, why_not
from assistant.directory.directory import Directory
from assistant.directory.hours import hours_in_words, next_opening, open_now
from assistant.directory.models import Closure, OwnHours, Place, Point
from assistant.directory.timetable import openings, stop_at
from assistant.storage.database import Database
from tests.booking.booking_world import SETTINGS

PARIS = ZoneInfo("Europe/Paris")
EVERY_MORNING = {day: [(9.0, 12.0)] for day in range(7)}
SUNDAY = date(2026, 11, 22)
MONDAY, TUESDAY, THURSDAY = (SUNDAY + timedelta(days=ahead) for ahead in (1, 2, 4))
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DEPOT, TOWN_HALL = Point(47.62, 6.15), Point(47.61, 5.51)
Maker = Callable[..., Place]


def own(rule: str, first_day: date = SUNDAY, start: int = 9, end: int = 12, **more: Any) -> OwnHours:
    """Hours from a day on."""
    return OwnHours(rule, first_day, more.pop("last_day", None), time(start), time(end), **more)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), PARIS)


def open_days(place: Place, first: date, days: int) -> list[str]:
    """The days with an opening, as "2026-12-31"."""
    all_days = (first + timedelta(days=ahead) for ahead in range(days))
    return [day.isoformat() for day in all_days if openings(place, day)]


def hours_of(place: Place, day: date) -> list[str]:
    """The openings of a day, as "09:00-12:00"."""
    return [f"{opening.start:%H:%M}-{opening.end:%H:%M}" for opening in openings(place, day)]


def slots(database: Database, place: Place, first: date, days: int = 1, minutes: int = 30) -> list[Slot]:
    """The free slots of some days, seen three days before them."""
    now = datetime.combine(first - timedelta(days=3), time(), UTC)
    last = first + timedelta(days=days - 1)
    with database.read() as session:
        found = free_slots(session, [place], minutes, now=now, settings=SETTINGS, start=first, end=last)
    return found[place.id]


def starts(database: Database, place: Place, day: date, minutes: int = 30) -> list[str]:
    return [f"{slot.start:%H:%M}" for slot in slots(database, place, day, minutes=minutes)]


@pytest.fixture
def bus(place: Maker) -> Place:
    """Its depot is in Vesoul; on Thursdays it stands in Champlitte, far from there."""
    thursdays = own("FREQ=WEEKLY;BYDAY=TH", stop="place de la Mairie, Champlitte", point=TOWN_HALL)
    return replace(place(), kind="bus", point=DEPOT, own_hours=(thursdays,))


@pytest.mark.parametrize(
    ("departement", "day"),
    [pytest.param("67", date(2026, 12, 26), id="Strasbourg"), pytest.param("974", date(2026, 12, 20), id="La Réunion")],
)
def test_a_holiday_of_one_territory_has_no_slot_there_and_has_some_at_dijon(
    database: Database, place: Maker, departement: str, day: date
) -> None:
    """26 December at Strasbourg, 20 December at Saint-Denis de La Réunion; all receive seven days a week."""
    assert slots(database, place(EVERY_MORNING, departement), day) == []
    assert slots(database, place(EVERY_MORNING, "21"), day)


def test_own_hours_stop_for_holidays_too(database: Database, place: Maker) -> None:
    every_day = replace(place(departement="67"), own_hours=(own("FREQ=DAILY"),))
    assert slots(database, every_day, date(2026, 12, 26)) == []


def test_a_bus_s_thursday_stop_offers_slots_on_thursdays_only(database: Database, bus: Place) -> None:
    """Four weeks, four Thursdays, each slot with the stop's name."""
    found = slots(database, bus, MONDAY, days=28)
    assert {slot.start.date() for slot in found} == {THURSDAY + timedelta(weeks=week) for week in range(4)}
    assert {slot.stop for slot in found} == {"place de la Mairie, Champlitte"}


def test_a_bus_is_found_at_its_stop_and_not_at_its_depot(bus: Place, place: Maker) -> None:
    """Nearer Champlitte than a place on the way there, though its depot is farther."""
    on_the_way = replace(place(EVERY_MORNING), id="2", point=Point(47.615, 5.8))
    first, second = Directory([on_the_way, bus], []).nearest(TOWN_HALL)
    assert (first.place, first.stop, round(first.distance_km)) == (bus, "place de la Mairie, Champlitte", 0)
    assert (second.place, second.stop) == (on_the_way, None)


def test_a_bus_stands_nowhere_outside_its_hours(bus: Place) -> None:
    assert stop_at(bus, at(THURSDAY, 9)) == "place de la Mairie, Champlitte"
    assert stop_at(bus, at(THURSDAY, 12)) is None
    assert stop_at(bus, at(MONDAY, 9)) is None


def test_hours_that_overlap_are_told_and_sold_once(place: Maker) -> None:
    """Every Tuesday morning, and the fourth Tuesday from eleven on: the second begins where the first ends."""
    first = date(2037, 1, 6)
    every = own("FREQ=WEEKLY;BYDAY=TU", first, 9, 12)
    fourth, inside = own("FREQ=MONTHLY;BYDAY=4TU", first, 11, 14), own("FREQ=MONTHLY;BYDAY=4TU", first, 10, 11)
    found = openings(replace(place(), own_hours=(fourth, every, inside)), date(2037, 11, 24))
    assert [(o.start.hour, o.end.hour) for o in found] == [(9, 12), (12, 14)]


def test_hours_without_appointment_may_be_at_the_same_time_as_those_with(place: Maker) -> None:
    """At two counters: neither shortens the other, and each still begins where its own like ends."""
    first = date(2037, 1, 6)
    kept = [own("FREQ=WEEKLY;BYDAY=TU", first, *hours, purpose="walk_in") for hours in ((9, 12), (11, 13))]
    booked = own("FREQ=WEEKLY;BYDAY=TU", first, 10, 12, purpose="appointments")
    found = openings(replace(place(), own_hours=(*kept, booked)), date(2037, 11, 24))
    assert [(o.start.hour, o.end.hour, o.purpose) for o in found] == [
        (9, 12, "walk_in"), (10, 12, "appointments"), (12, 13, "walk_in"),
    ]  # fmt: skip


def test_weeks_alternate_from_the_first_day_on_and_over_the_year_s_end(place: Maker) -> None:
    """2026 has an ISO week 53: by parity of week numbers, 31 December and 7 January would be both odd."""
    alternate = replace(place(), own_hours=(own("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", date(2026, 12, 3)),))
    assert date(2026, 12, 31).isocalendar().week == 53
    assert open_days(alternate, SUNDAY, 70) == ["2026-12-03", "2026-12-17", "2026-12-31", "2027-01-14", "2027-01-28"]


def test_two_alternating_recurrences_share_the_weeks(place: Maker) -> None:
    one = own("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", THURSDAY, stop="Gy")
    other = own("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", THURSDAY + timedelta(weeks=1), stop="Pesmes")
    both = replace(place(), own_hours=(one, other))
    found = [openings(both, THURSDAY + timedelta(weeks=week)) for week in range(4)]
    assert [[opening.stop for opening in day] for day in found] == [["Gy"], ["Pesmes"], ["Gy"], ["Pesmes"]]


def test_first_and_third_tuesdays(place: Maker) -> None:
    """December 2026 begins on a Tuesday; January's first Tuesday is the 5th."""
    tuesdays = replace(place(), own_hours=(own("FREQ=MONTHLY;BYDAY=1TU,3TU"),))
    assert open_days(tuesdays, SUNDAY, 62) == ["2026-12-01", "2026-12-15", "2027-01-05", "2027-01-19"]


def test_own_hours_begin_on_their_first_day_and_end_on_their_last(place: Maker) -> None:
    week = own("FREQ=DAILY", MONDAY, last_day=TUESDAY)
    assert open_days(replace(place(), own_hours=(week,)), SUNDAY, 7) == ["2026-11-23", "2026-11-24"]


def test_own_hours_replace_the_directory_s(place: Maker) -> None:
    """Closed on the days they do not name."""
    thursdays = replace(place(EVERY_MORNING), own_hours=(own("FREQ=WEEKLY;BYDAY=TH", start=14, end=17),))
    assert hours_of(thursdays, THURSDAY) == ["14:00-17:00"]
    assert hours_of(thursdays, MONDAY) == []


@pytest.mark.parametrize(("day", "utc"), [(date(2026, 10, 25), "08:00"), (date(2027, 3, 28), "07:00")])
def test_nine_o_clock_is_nine_o_clock_on_the_days_the_clocks_change(
    database: Database, place: Maker, day: date, utc: str
) -> None:
    """The evening before, it was the other hour in UTC."""
    sundays = replace(place(), own_hours=(own("FREQ=WEEKLY;BYDAY=SU", date(2026, 10, 4)),))
    first = slots(database, sundays, day)[0]
    assert f"{first.start:%H:%M}" == "09:00"
    assert f"{first.start.astimezone(UTC):%H:%M}" == utc


def test_the_hour_that_comes_twice_is_reopened_once(database: Database, place: Maker) -> None:
    """Shut until half past two, the second time: the slots start there, and last what they say."""
    day, reopening = date(2026, 10, 25), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    night = replace(place({6: [(0, 6)]}), closures=(Closure(reopening - timedelta(hours=5), reopening),))
    found = [slot.start.astimezone(UTC) for slot in slots(database, night, day, minutes=15)]
    assert found[0] == reopening
    assert {other - one for one, other in pairwise(found)} == {timedelta(minutes=15)}


def test_a_closure_of_half_a_day_cuts_the_openings(database: Database, place: Maker) -> None:
    """What is left before and after it is open, and no slot runs into it."""
    shut = Closure(at(MONDAY, 10, 40), at(MONDAY, 15), reason="formation")
    lure = replace(place({0: [(9, 12), (14, 17)]}), closures=(shut,))
    assert hours_of(lure, MONDAY) == ["09:00-10:40", "15:00-17:00"]
    assert starts(database, lure, MONDAY) == ["09:00", "09:30", "10:00", "15:00", "15:30", "16:00", "16:30"]


def test_a_closure_inside_an_opening_leaves_both_ends(place: Maker) -> None:
    lure = replace(place({0: [(9, 12)]}), closures=(Closure(at(MONDAY, 10), at(MONDAY, 11)),))
    assert hours_of(lure, MONDAY) == ["09:00-10:00", "11:00-12:00"]


def test_a_closure_of_days_shuts_them_all_and_no_other(place: Maker) -> None:
    lure = replace(place(EVERY_MORNING), closures=(Closure(at(TUESDAY, 0), at(THURSDAY, 0)),))
    assert open_days(lure, MONDAY, 4) == ["2026-11-23", "2026-11-26"]


def test_a_slot_in_a_closure_is_refused_with_its_reason(place: Maker) -> None:
    lure = replace(place(EVERY_MORNING), closures=(Closure(at(MONDAY, 0), at(TUESDAY, 0), reason="formation"),))
    why = why_not(Slot.at(lure, at(MONDAY, 9), 30), lure, NOW, SETTINGS)
    assert why is not None and "fermé à ce moment (formation)" in why


def test_walk_in_hours_are_open_and_give_no_slot(database: Database, place: Maker) -> None:
    """Mornings by appointment, afternoons for who comes without."""
    morning, afternoon = own("FREQ=DAILY"), own("FREQ=DAILY", start=14, end=16, purpose="walk_in")
    lure = replace(place(), own_hours=(morning, afternoon))
    assert open_now(lure, at(MONDAY, 15))
    assert starts(database, lure, MONDAY)[-1] == "11:30"
    assert why_not(Slot.at(lure, at(MONDAY, 14), 30), lure, NOW, SETTINGS)


def test_an_absence_takes_one_counter_of_two(place: Maker) -> None:
    """Only while it lasts; a slot that touches it is touched whole."""
    absence = Closure(at(MONDAY, 10), at(MONDAY, 11), counter=0)
    lure = replace(place(EVERY_MORNING), capacity=2, closures=(absence,))
    counters = {f"{h}:{m:02}": counters_at(Slot.at(lure, at(MONDAY, h, m), 30), lure, SETTINGS) for h in (9, 10, 11) for m in (0, 45)}  # fmt: skip
    assert counters == {"9:00": [0, 1], "9:45": [1], "10:00": [1], "10:45": [1], "11:00": [0, 1], "11:45": []}


def test_an_absence_leaves_the_place_open_even_without_counter(database: Database, place: Maker) -> None:
    """Its only counter away: no slot, and people may still walk in."""
    lure = replace(place(EVERY_MORNING), capacity=1, closures=(Closure(at(MONDAY, 9), at(MONDAY, 10), counter=0),))
    assert starts(database, lure, MONDAY)[0] == "10:00"
    assert open_now(lure, at(MONDAY, 9, 30))


def test_an_opening_may_have_more_counters_than_its_place(place: Maker) -> None:
    """And another opening fewer: what it says holds."""
    many, few = own("FREQ=WEEKLY;BYDAY=MO", counters=3), own("FREQ=WEEKLY;BYDAY=TU", counters=1)
    lure = replace(place(), capacity=2, own_hours=(many, few, own("FREQ=WEEKLY;BYDAY=TH")))
    found = [counters_at(Slot.at(lure, at(day, 9), 30), lure, SETTINGS) for day in (MONDAY, TUESDAY, THURSDAY)]
    assert found == [[0, 1, 2], [0], [0, 1]]


def test_own_hours_are_said_with_their_stop_and_purpose(place: Maker) -> None:
    said = replace(
        place(),
        own_hours=(
            own("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", stop="place de la Mairie"),
            own("FREQ=MONTHLY;BYDAY=1TU,3TU", start=14, end=16, purpose="walk_in", stop="salle des fêtes"),
            own("FREQ=WEEKLY;BYDAY=SA", purpose="appointments"),
        ),
    )
    assert hours_in_words(said) == (
        "un jeudi sur deux 9 h – 12 h (place de la Mairie), "
        "1er et 3e mardi du mois 14 h – 16 h (salle des fêtes, sans rendez-vous), "
        "samedi 9 h – 12 h"
    )
    assert said.has_hours


def test_a_place_is_not_open_during_a_closure_and_opens_after_it(place: Maker) -> None:
    lure = replace(place(EVERY_MORNING), closures=(Closure(at(MONDAY, 10), at(TUESDAY, 10)),))
    assert open_now(lure, at(MONDAY, 9, 59))
    assert not open_now(lure, at(MONDAY, 10))
    assert next_opening(lure, at(MONDAY, 10)).start == at(TUESDAY, 10)
    assert open_now(lure, at(TUESDAY, 10))


def test_the_next_opening_is_found_after_a_closure_of_two_months(place: Maker) -> None:
    summer = Closure(at(MONDAY, 0), at(MONDAY + timedelta(days=60), 0))
    opening = next_opening(replace(place(EVERY_MORNING), closures=(summer,)), at(MONDAY, 9))
    assert opening is not None and opening.start.date() == MONDAY + timedelta(days=60)
