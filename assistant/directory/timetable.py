"""The days a place is open: its own recurring hours where it set any, else its hours in the directory, less its closures."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from assistant.directory.holidays import is_holiday
from assistant.directory.models import Closure, OwnHours, Place, Purpose
from assistant.directory.recurrence import WEEKDAYS
from assistant.errors import Refused

BY_DAY = re.compile(r"(-?[1-4])?(MO|TU|WE|TH|FR|SA|SU)")
LONGEST_RULE = 200
"""Letters the database keeps."""


@dataclass(frozen=True)
class Opening:
    """One opening; both ends are aware, in the place's zone."""

    start: datetime
    end: datetime
    purpose: Purpose = "both"
    counters: int | None = None
    """Counters that take appointments; None is the place's capacity."""
    stop: str | None = None
    """Where a bus stands."""


def openings(place: Place, day: date) -> list[Opening]:
    """The openings of that local day, in order; none on a public holiday, and nothing inside a closure."""
    planned = _planned(place, day)
    if not planned or is_holiday(day, place.departement):
        return []
    shut = [closure for closure in place.closures if closure.counter is None]
    return _less(planned, shut) if shut else planned


def stop_at(place: Place, moment: datetime) -> str | None:
    """Where a bus stands at an aware moment, closed or not; None where the place does not move."""
    if not place.own_hours:
        return None
    local = moment.astimezone(ZoneInfo(place.timezone))
    return next((o.stop for o in _planned(place, local.date()) if o.start <= local < o.end), None)


def absent(place: Place, start: datetime, end: datetime) -> set[int]:
    """The counters nobody is at, at some moment between two aware instants."""
    return {c.counter for c in place.closures if c.counter is not None and c.start < end and start < c.end}


def check_rule(rule: str, first_day: date) -> None:
    """Refuse a recurrence that is not one of weekdays: others may fall on no day at all, which takes seconds to see."""
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    right = (
        len(rule) <= LONGEST_RULE
        and first_day.year >= 2000
        and set(parts) <= {"FREQ", "INTERVAL", "BYDAY", "WKST"}
        and parts.get("FREQ") in ("DAILY", "WEEKLY", "MONTHLY")
        and re.fullmatch(r"[1-9]\d?", parts.get("INTERVAL", "1"), re.ASCII)
        and all(BY_DAY.fullmatch(day) for day in parts.get("BYDAY", "MO").split(","))
        # dateutil reads what comes after a space as one more rule
        and parts.get("WKST", "MO") in WEEKDAYS
        # every seventh day from a Tuesday is never a Monday
        and not (parts["FREQ"] == "DAILY" and {"INTERVAL", "BYDAY"} <= set(parts))
    )
    if not right:
        raise _unreadable()
    try:
        rrulestr(rule, dtstart=datetime.combine(first_day, time()))
    except (ValueError, TypeError) as error:
        raise _unreadable() from error


def _unreadable() -> Refused:
    return Refused(
        "Cette répétition n'est pas comprise. Exemple : « FREQ=WEEKLY;INTERVAL=2;BYDAY=TH », un jeudi sur deux."
    )


def _planned(place: Place, day: date) -> list[Opening]:
    zone = ZoneInfo(place.timezone)

    def opening(start: time, end: time, **more: object) -> Opening:
        return Opening(datetime.combine(day, start, zone), datetime.combine(day, end, zone), **more)  # type: ignore[arg-type]

    if not place.own_hours:
        return [opening(start, end) for start, end in place.hours[day.weekday()]]
    own = [hours for hours in place.own_hours if _falls_on(hours, day)]
    found = [opening(h.start, h.end, purpose=h.purpose, counters=h.counters, stop=h.stop) for h in own]
    return _apart(sorted(found, key=lambda o: (o.start, o.end)))


def _apart(planned: list[Opening]) -> list[Opening]:
    """Of two that overlap ("every Tuesday", "the fourth Tuesday"), the second begins where the first ends.

    Hours kept for who comes without and hours with appointment may be at the same time, at different counters.
    """
    apart: list[Opening] = []
    for opening in planned:
        ends = [other.end for other in apart if {other.purpose, opening.purpose} != {"walk_in", "appointments"}]
        start = max([opening.start, *ends])
        if start < opening.end:
            apart.append(replace(opening, start=start))
    return apart


def _falls_on(hours: OwnHours, day: date) -> bool:
    if day < hours.first_day or (hours.last_day is not None and day > hours.last_day):
        return False
    return day in _days(hours.rule, hours.first_day, day.year, day.month)


@lru_cache(maxsize=8192)
def _days(rule: str, first_day: date, year: int, month: int) -> frozenset[date]:
    """The days of a month that the recurrence falls on."""
    first = datetime(year, month, 1)
    last = datetime(year + month // 12, month % 12 + 1, 1) - timedelta(seconds=1)
    read = rrulestr(rule, dtstart=datetime.combine(first_day, time()))
    return frozenset(moment.date() for moment in read.between(first, last, inc=True))


def _less(planned: Iterable[Opening], closures: list[Closure]) -> list[Opening]:
    left = list(planned)
    for closure in closures:
        left = [piece for opening in left for piece in _outside(opening, closure)]
    return left


def _outside(opening: Opening, closure: Closure) -> Iterator[Opening]:
    zone = opening.start.tzinfo
    if closure.end <= opening.start or opening.end <= closure.start:
        yield opening
        return
    if opening.start < closure.start:
        yield replace(opening, end=closure.start.astimezone(zone))
    if closure.end < opening.end:
        yield replace(opening, start=closure.end.astimezone(zone))
