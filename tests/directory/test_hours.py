"""Opening hours, public holidays and their French words."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from assistant.directory.holidays import is_holiday
from assistant.directory.hours import hours_in_words, next_opening, open_now, opening_in_words
from assistant.directory.timetable import openings

PARIS = ZoneInfo("Europe/Paris")
MORNINGS = {day: [(9, 12)] for day in range(5)}
HOLIDAYS = [
    (date(2026, 4, 3), "67", True),  # Good Friday
    (date(2026, 4, 3), "70", False),
    (date(2026, 12, 26), "67", True),
    (date(2026, 12, 26), "57", True),
    (date(2026, 12, 26), "68", True),
    (date(2026, 12, 26), "88", False),
    (date(2026, 12, 20), "974", True),
    (date(2026, 12, 20), "70", False),
    (date(2026, 5, 27), "971", True),
    (date(2026, 5, 22), "972", True),
    (date(2026, 6, 10), "973", True),
    (date(2026, 4, 27), "976", True),
    (date(2026, 4, 27), "972", False),
]


@pytest.mark.parametrize(("day", "departement", "expected"), HOLIDAYS)
def test_each_territory_has_its_own_public_holidays(day: date, departement: str, expected: bool) -> None:
    assert is_holiday(day, departement) is expected


@pytest.mark.parametrize("departement", ["70", "67", "2A", "971", "972", "973", "974", "976", "978", "988"])
def test_easter_monday_is_a_holiday_everywhere(departement: str) -> None:
    assert is_holiday(date(2026, 4, 6), departement)
    assert not is_holiday(date(2026, 4, 7), departement)


def test_a_place_is_closed_on_a_public_holiday(place) -> None:
    assert openings(place(MORNINGS, "70"), date(2026, 12, 24))
    assert openings(place(MORNINGS, "70"), date(2026, 12, 25)) == []


def test_good_friday_closes_strasbourg_and_not_vesoul(place) -> None:
    assert openings(place(MORNINGS, "67"), date(2026, 4, 3)) == []
    assert len(openings(place(MORNINGS, "70"), date(2026, 4, 3))) == 1


def test_openings_stand_in_the_zone_of_the_place(place) -> None:
    (opening,) = openings(place(MORNINGS, "974"), date(2026, 11, 23))
    assert opening.start.isoformat() == "2026-11-23T09:00:00+04:00"


def test_openings_follow_the_change_to_summer_time(place) -> None:
    lure = place({5: [(9, 12)], 1: [(9, 12)]})
    (before,), (after,) = (openings(lure, day) for day in (date(2027, 3, 27), date(2027, 3, 30)))
    assert before.start.utcoffset() == timedelta(hours=1)
    assert after.start.utcoffset() == timedelta(hours=2)


def test_the_next_opening_is_the_one_under_way_then_the_one_to_come(place) -> None:
    lure = place({0: [(9, 12), (14, 17)]})
    morning, lunch = datetime(2026, 11, 23, 10, tzinfo=PARIS), datetime(2026, 11, 23, 13, tzinfo=PARIS)
    assert next_opening(lure, morning).end.hour == 12
    assert next_opening(lure, lunch).start.hour == 14
    assert open_now(lure, morning)
    assert not open_now(lure, lunch)


def test_the_next_opening_skips_the_holiday(place) -> None:
    fridays = place({4: [(9, 12)]})
    assert next_opening(fridays, datetime(2026, 12, 24, 8, tzinfo=PARIS)).start.date() == date(2027, 1, 8)


def test_today_is_the_day_of_the_place_not_of_the_server(place) -> None:
    sunday_evening_utc = datetime(2026, 11, 22, 22, tzinfo=UTC)
    reunion = place({0: [(1, 12)]}, "974")
    assert open_now(reunion, sunday_evening_utc)


def test_a_place_without_hours_has_no_opening(place) -> None:
    assert next_opening(place(), datetime(2026, 11, 23, tzinfo=PARIS)) is None
    assert not place().has_hours
    assert hours_in_words(place()) == "horaires non communiqués"


def test_equal_days_are_said_together(place) -> None:
    week = {0: [(9, 12), (14, 17)], 1: [(9, 12)], 2: [(9, 12)], 3: [(9, 12)], 4: [(9, 12), (14, 16.5)]}
    assert hours_in_words(place(week)) == (
        "lundi 9 h – 12 h et 14 h – 17 h, du mardi au jeudi 9 h – 12 h, vendredi 9 h – 12 h et 14 h – 16 h 30"
    )


def test_equal_days_apart_are_listed(place) -> None:
    week = {0: [(9, 12)], 2: [(9, 12)], 4: [(9, 12)]}
    assert hours_in_words(place(week)) == "lundi, mercredi et vendredi 9 h – 12 h"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 11, 26, 8, tzinfo=PARIS), "aujourd'hui de 9 h à 12 h 30"),
        (datetime(2026, 11, 26, 9, tzinfo=PARIS), "aujourd'hui jusqu'à 12 h 30"),
        (datetime(2026, 11, 25, 23, tzinfo=PARIS), "demain de 9 h à 12 h 30"),
        (datetime(2026, 11, 23, 8, tzinfo=PARIS), "jeudi 26 novembre de 9 h à 12 h 30"),
    ],
)
def test_an_opening_is_said_as_people_say_it(place, now: datetime, words: str) -> None:
    assert opening_in_words(next_opening(place({3: [(9, 12.5)]}), now), now) == words


def test_the_first_of_the_month_is_said_premier(place) -> None:
    now = datetime(2026, 11, 26, 8, tzinfo=PARIS)
    assert opening_in_words(next_opening(place({1: [(9, 12)]}), now), now) == "mardi 1er décembre de 9 h à 12 h"
