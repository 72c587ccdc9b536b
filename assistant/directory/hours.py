"""When a place is open next, and its hours in French words."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from assistant.directory.models import Interval, Place
from assistant.directory.recurrence import days_in_words
from assistant.directory.timetable import Opening, openings

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
LOOK_AHEAD_DAYS, LOOK_FAR_AHEAD_DAYS = 30, 92
"""A weekly timetable with no opening in a month has none; a bus comes by months, and some places shut for a summer."""


def next_opening(place: Place, now: datetime) -> Opening | None:
    """The opening under way, or else the first to come; None where no hours are known. `now` is aware."""
    return next((opening for opening in _from_today(place, now) if opening.end > now), None)


def open_now(place: Place, now: datetime) -> bool:
    """Whether somebody receives at this moment. `now` is aware."""
    opening = next_opening(place, now)
    return opening is not None and opening.start <= now


def hours_in_words(place: Place) -> str:
    """The week in French, equal days together: "du lundi au jeudi 9 h – 12 h, vendredi 9 h – 11 h"."""
    if place.own_hours:
        return ", ".join(_own_in_words(place))
    days: dict[tuple[Interval, ...], list[int]] = {}
    for day, intervals in enumerate(place.hours):
        if intervals:
            days.setdefault(intervals, []).append(day)
    if not days:
        return "horaires non communiqués"
    return ", ".join(f"{_days_in_words(group)} {_intervals_in_words(hours)}" for hours, group in days.items())


def opening_in_words(opening: Opening, now: datetime) -> str:
    """ "aujourd'hui de 14 h à 17 h", "jeudi 26 novembre de 9 h à 12 h", and, where it is under way, until when."""
    if opening.start <= now < opening.end:
        words = f"aujourd'hui jusqu'à {time_in_words(opening.end.time())}"
    else:
        day = day_in_words(opening.start.date(), now.astimezone(opening.start.tzinfo).date())
        words = f"{day} de {time_in_words(opening.start.time())} à {time_in_words(opening.end.time())}"
    return f"{words} ({opening.stop})" if opening.stop else words


def day_in_words(day: date, today: date) -> str:
    """ "aujourd'hui", "demain", "jeudi 26 novembre"; with the year where it is more than ten months away."""
    near = {0: "aujourd'hui", 1: "demain"}.get((day - today).days)
    if near:
        return near
    number = "1er" if day.day == 1 else str(day.day)
    year = f" {day.year}" if abs((day - today).days) > 300 else ""
    return f"{DAYS[day.weekday()]} {number} {MONTHS[day.month - 1]}{year}"


def time_in_words(moment: time) -> str:
    """ "9 h", "14 h 30"."""
    return f"{moment.hour} h {moment.minute:02}" if moment.minute else f"{moment.hour} h"


def _from_today(place: Place, now: datetime) -> Iterator[Opening]:
    today = now.astimezone(ZoneInfo(place.timezone)).date()
    days = LOOK_FAR_AHEAD_DAYS if place.own_hours or place.closures else LOOK_AHEAD_DAYS
    for ahead in range(days):
        yield from openings(place, today + timedelta(days=ahead))


def _own_in_words(place: Place) -> Iterator[str]:
    """One piece a recurrence: "un jeudi sur deux 9 h – 12 h (place de la Mairie, sans rendez-vous)"."""
    for hours in place.own_hours:
        told = [hours.stop or "", "sans rendez-vous" if hours.purpose == "walk_in" else ""]
        aside = ", ".join(filter(None, told))
        words = f"{days_in_words(hours.rule)} {_intervals_in_words(((hours.start, hours.end),))}"
        yield f"{words} ({aside})" if aside else words


def _days_in_words(group: list[int]) -> str:
    parts: list[str] = []
    for run in _runs(group):
        if len(run) > 2:
            parts.append(f"du {DAYS[run[0]]} au {DAYS[run[-1]]}")
        else:
            parts += [DAYS[day] for day in run]
    return " et ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _runs(group: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for day in group:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _intervals_in_words(intervals: tuple[Interval, ...]) -> str:
    return " et ".join(f"{time_in_words(start)} – {time_in_words(end)}" for start, end in intervals)
