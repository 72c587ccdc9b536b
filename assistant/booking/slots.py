"""Bookable start times: the openings of a place cut in equal steps, less what its counters have sold."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from math import ceil, floor
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, String, cast, extract, func, or_, select
from sqlalchemy.orm import Session

from assistant.directory.models import Place
from assistant.directory.timetable import Opening, absent, openings, stop_at
from assistant.errors import Refused
from assistant.settings import Settings
from assistant.storage.tables import Occupation

MAX_MINUTES = 480
_ID = re.compile(r"(?P<place>.{1,40})\.(?P<start>\d{8}T\d{4})Z\.(?P<minutes>\d{1,3})", re.ASCII)
Sold = Mapping[int, frozenset[int]]
"""Counter → units taken at one place, in epoch seconds: whole numbers are found many times faster than dates with a zone."""
NOTHING: frozenset[int] = frozenset()
GRID = 946_684_800
"""The epoch seconds of 2000-01-01 UTC, from which time is cut in units."""


@dataclass(frozen=True)
class Slot:
    """A start time at a place; both ends are aware, in the place's zone."""

    place_id: str
    start: datetime
    end: datetime
    stop: str | None = None
    """Where a bus stands then."""

    @classmethod
    def at(cls, place: Place, start: datetime, minutes: int) -> "Slot":
        """The slot of `minutes` that starts at an aware instant."""
        zone, instant = ZoneInfo(place.timezone), start.astimezone(UTC)
        end = instant + timedelta(minutes=minutes)
        return cls(place.id, instant.astimezone(zone), end.astimezone(zone), stop_at(place, instant))

    @property
    def id(self) -> str:
        """It says everything, and needs no table."""
        return f"{self.place_id}.{self.start.astimezone(UTC):%Y%m%dT%H%M}Z.{self.minutes}"

    @classmethod
    def parse(cls, identity: str, places: Callable[[str], Place]) -> "Slot":
        """The slot of an id, bookable or not. Raises Refused, or what `places` raises for an unknown place."""
        found = _ID.fullmatch(identity)
        if not found or not 0 < int(found["minutes"]) <= MAX_MINUTES:
            raise _unreadable()
        try:
            start = datetime.strptime(found["start"], "%Y%m%dT%H%M").replace(tzinfo=UTC)
            return cls.at(places(found["place"]), start, int(found["minutes"]))
        except (ValueError, OverflowError) as error:
            raise _unreadable() from error

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.end.astimezone(UTC) - self.start.astimezone(UTC)).total_seconds()) // 60


def free_slots(
    session: Session,
    places: Sequence[Place],
    minutes: int,
    *,
    now: datetime,
    settings: Settings,
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    limit_per_place: int | None = None,
    hold: str | None = None,
) -> dict[str, list[Slot]]:
    """The free slots of each place in order, by its id; one query for all. A day given as `end` is included.

    A place that takes no appointments has none. A moment without zone is in the place's. What the hold `hold` keeps is
    free for who asks.
    """
    _check_minutes(minutes)
    windows = {place.id: _window(place, now, settings, start, end) for place in places}
    sold = _sold(session, places, windows, now, settings, hold)
    return {
        place.id: list(
            islice(_free(place, minutes, windows[place.id], sold.get(place.id, {}), settings), limit_per_place)
        )
        for place in places
    }


def units_of(slot: Slot, settings: Settings) -> list[datetime]:
    """The time units a slot touches, UTC, in order: the same instants whatever the opening it was cut from."""
    unit = timedelta(minutes=settings.slot_unit_minutes)
    first, end = _floor(slot.start, unit), slot.end.astimezone(UTC)
    return [first + unit * index for index in range(-((first - end) // unit))]


def why_not(slot: Slot, place: Place, now: datetime, settings: Settings) -> str | None:
    """Why this slot cannot be booked at `now`, in French; None where only somebody else can be in the way."""
    if not place.takes_appointments:
        return f"{place.name} reçoit sans rendez-vous : venez aux heures d'ouverture."
    earliest, latest = _bounds(now, settings)
    if slot.start < now:
        return "Ce créneau est déjà passé. Choisissez-en un autre."
    if slot.start < earliest:
        return "Ce créneau est trop proche pour être réservé. Choisissez-en un plus tard."
    if slot.start > latest:
        return f"Les rendez-vous se prennent au plus {settings.horizon_days} jours à l'avance. Choisissez une date plus proche."
    closed = _closed(slot, place)
    if closed:
        return closed
    if not counters_at(slot, place, settings):
        return "Ce créneau est en dehors des heures de rendez-vous. Choisissez-en un autre."
    return None


def counters_at(slot: Slot, place: Place, settings: Settings) -> list[int]:
    """The counters that receive with appointment from end to end of a slot, taken or not; none outside openings."""
    start, end = slot.start.astimezone(UTC), slot.end.astimezone(UTC)
    if start != _floor(start, timedelta(minutes=settings.slot_unit_minutes)):
        return []
    for opening in _openings(place, (start, start)):
        if opening.start <= slot.start and slot.end <= opening.end:
            every = range(opening.counters or place.capacity or settings.default_capacity)
            return _present(place, every, start, end)
    return []


def _present(place: Place, counters: Sequence[int], start: datetime, end: datetime) -> list[int]:
    away = absent(place, start, end)
    return [counter for counter in counters if counter not in away]


def _closed(slot: Slot, place: Place) -> str | None:
    shut = (c for c in place.closures if c.counter is None and c.start < slot.end and slot.start < c.end)
    closure = next(shut, None)
    if closure is None:
        return None
    why = f" ({closure.reason})" if closure.reason else ""
    return f"Le lieu est fermé à ce moment{why}. Choisissez un autre créneau."


def _unreadable() -> Refused:
    return Refused("Ce créneau n'est pas reconnu. Demandez de nouveau les créneaux et choisissez-en un.")


def _check_minutes(minutes: int) -> None:
    if not 0 < minutes <= MAX_MINUTES:
        raise Refused(f"La durée d'un rendez-vous va de 1 à {MAX_MINUTES} minutes.")


def _bounds(now: datetime, settings: Settings) -> tuple[datetime, datetime]:
    return now + timedelta(minutes=settings.lead_time_minutes), now + timedelta(days=settings.horizon_days)


def _window(
    place: Place, now: datetime, settings: Settings, start: date | datetime | None, end: date | datetime | None
) -> tuple[datetime, datetime]:
    """First and last start allowed, UTC."""
    earliest, latest = (bound.astimezone(UTC) for bound in _bounds(now, settings))
    zone = ZoneInfo(place.timezone)
    if start is not None:
        earliest = max(earliest, _instant(start, zone, time.min))
    if end is not None:
        latest = min(latest, _instant(end, zone, time.max))
    return earliest, latest


def _instant(moment: date | datetime, zone: ZoneInfo, of_day: time) -> datetime:
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, of_day)
    if local.tzinfo is None:
        # the first and last days of the calendar have no UTC in some zones, and nobody books there
        local = max(datetime(2000, 1, 1), min(local, datetime(2900, 1, 1))).replace(tzinfo=zone)
    return local.astimezone(UTC)


def _sold(
    session: Session,
    places: Sequence[Place],
    windows: Mapping[str, tuple[datetime, datetime]],
    now: datetime,
    settings: Settings,
    hold: str | None,
) -> dict[str, dict[int, frozenset[int]]]:
    """One row a counter, its units in one text: a row a unit costs more to read than all the rest."""
    sold: dict[str, dict[int, frozenset[int]]] = {}
    if not windows:
        return sold
    first = min(earliest for earliest, _ in windows.values())
    # a slot that starts at the last moment goes on past it
    last = max(latest for _, latest in windows.values()) + timedelta(minutes=MAX_MINUTES)
    unit = cast(cast(extract("epoch", Occupation.unit), BigInteger), String)
    query = (
        select(Occupation.place_id, Occupation.counter, func.aggregate_strings(unit, ","))
        .where(
            Occupation.place_id.in_(windows),
            # said although it is all of them: only so does the primary key lead to the days asked for
            Occupation.counter.in_(range(max(_most_counters(place, settings) for place in places))),
            Occupation.unit > first - timedelta(days=1),
            Occupation.unit < last,
            or_(Occupation.expires_at.is_(None), Occupation.expires_at > now),
        )
        .group_by(Occupation.place_id, Occupation.counter)
    )
    if hold:
        query = query.where(or_(Occupation.hold_id.is_(None), Occupation.hold_id != hold))
    for place, counter, units in session.execute(query):
        sold.setdefault(place, {})[counter] = frozenset(map(int, units.split(",")))
    return sold


def _most_counters(place: Place, settings: Settings) -> int:
    return max([place.capacity or settings.default_capacity, *(hours.counters or 0 for hours in place.own_hours)])


def _free(
    place: Place, minutes: int, window: tuple[datetime, datetime], sold: Sold, settings: Settings
) -> Iterator[Slot]:
    if not place.takes_appointments:
        return
    length, unit = minutes * 60, settings.slot_unit_minutes * 60
    for opening in _openings(place, window):
        zone = opening.start.tzinfo
        every = range(opening.counters or place.capacity or settings.default_capacity)
        for first in _starts(opening, length, unit, window):
            start, end = datetime.fromtimestamp(first, zone), datetime.fromtimestamp(first + length, zone)
            counters = _present(place, every, start, end) if place.closures else every
            units = range(first, first + length, unit)
            # one counter serves a whole appointment: two half-free counters are none
            if any(sold.get(counter, NOTHING).isdisjoint(units) for counter in counters):
                yield Slot(place.id, start, end, opening.stop)


def _starts(opening: Opening, length: int, unit: int, window: tuple[datetime, datetime]) -> Iterator[int]:
    """Starts inside the window, each with `length` left before the opening ends; all in (epoch) seconds.

    Where the clocks change, a step on the wall is no step in time; in seconds it always is.
    """
    start, step = ceil((opening.start.timestamp() - GRID) / unit) * unit + GRID, -(-length // unit) * unit
    last = floor(min(opening.end.timestamp() - length, window[1].timestamp()))
    before = max(0, ceil((window[0].timestamp() - start) / step))
    yield from range(start + before * step, last + 1, step)


def _openings(place: Place, window: tuple[datetime, datetime]) -> Iterator[Opening]:
    """The openings with appointments of the local days of the window."""
    zone = ZoneInfo(place.timezone)
    day, last = window[0].astimezone(zone).date(), window[1].astimezone(zone).date()
    while day <= last:
        yield from (opening for opening in openings(place, day) if opening.purpose != "walk_in")
        day += timedelta(days=1)


def _floor(moment: datetime, unit: timedelta) -> datetime:
    moment = moment.astimezone(UTC)
    return moment - (moment - datetime.fromtimestamp(GRID, UTC)) % unit
