"""Bookable start times: the openings of a place cut in equal steps, less what its counters have sold."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.directory.hours import openings
from assistant.directory.models import Place
from assistant.errors import Refused
from assistant.settings import Settings
from assistant.storage.tables import Occupation

MAX_MINUTES = 480
_ID = re.compile(r"(?P<place>.{1,40})\.(?P<start>\d{8}T\d{4})Z\.(?P<minutes>\d{1,3})", re.ASCII)
Sold = Mapping[tuple[str, datetime], set[int]]
"""(place, unit) → counters taken; units are UTC."""


@dataclass(frozen=True)
class Slot:
    """A start time at a place; both ends are aware, in the place's zone."""

    id: str
    place_id: str
    start: datetime
    end: datetime

    @classmethod
    def at(cls, place: Place, start: datetime, minutes: int) -> "Slot":
        """The slot of `minutes` that starts at an aware instant; its id says everything and needs no table."""
        zone, instant = ZoneInfo(place.timezone), start.astimezone(UTC)
        end = instant + timedelta(minutes=minutes)
        identity = f"{place.id}.{instant:%Y%m%dT%H%M}Z.{minutes}"
        return cls(identity, place.id, instant.astimezone(zone), end.astimezone(zone))

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
) -> dict[str, list[Slot]]:
    """The free slots of each place in order, by its id; one query for all. A day given as `end` is included.

    A place that takes no appointments has none. A moment without zone is in the place's.
    """
    _check_minutes(minutes)
    windows = {place.id: _window(place, now, settings, start, end) for place in places}
    sold = _sold(session, windows)
    return {
        place.id: list(islice(_free(place, minutes, windows[place.id], sold, settings), limit_per_place))
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
    if not _is_on_grid(slot, place, settings):
        return "Ce créneau est en dehors des heures de rendez-vous. Choisissez-en un autre."
    return None


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


def _sold(session: Session, windows: Mapping[str, tuple[datetime, datetime]]) -> Sold:
    sold: dict[tuple[str, datetime], set[int]] = {}
    if not windows:
        return sold
    first = min(earliest for earliest, _ in windows.values())
    # a slot that starts at the last moment goes on past it
    last = max(latest for _, latest in windows.values()) + timedelta(minutes=MAX_MINUTES)
    query = select(Occupation.place_id, Occupation.unit, Occupation.counter).where(
        Occupation.place_id.in_(windows), Occupation.unit > first - timedelta(days=1), Occupation.unit < last
    )
    for place, unit, counter in session.execute(query):
        sold.setdefault((place, unit), set()).add(counter)
    return sold


def _free(
    place: Place, minutes: int, window: tuple[datetime, datetime], sold: Sold, settings: Settings
) -> Iterator[Slot]:
    capacity = place.capacity or settings.default_capacity
    for start in _starts(place, minutes, window, settings):
        slot = Slot.at(place, start, minutes)
        taken = _taken(sold, place.id, units_of(slot, settings))
        if len([counter for counter in taken if counter < capacity]) < capacity:
            yield slot


def _taken(sold: Sold, place: str, units: Iterable[datetime]) -> set[int]:
    # one counter serves a whole appointment: two half-free counters are none
    return set().union(*(sold.get((place, unit), ()) for unit in units))


def _starts(place: Place, minutes: int, window: tuple[datetime, datetime], settings: Settings) -> Iterator[datetime]:
    """UTC starts inside the window, each with `minutes` left before its opening ends."""
    if not place.takes_appointments:
        return
    unit = timedelta(minutes=settings.slot_unit_minutes)
    step, length = -(-timedelta(minutes=minutes) // unit) * unit, timedelta(minutes=minutes)
    for opens, closes in _openings(place, window):
        start = _ceil(opens, unit)
        while start + length <= closes and start <= window[1]:
            if start >= window[0]:
                yield start
            start += step


def _openings(place: Place, window: tuple[datetime, datetime]) -> Iterator[tuple[datetime, datetime]]:
    """UTC openings of the local days of the window: in UTC a step lasts as long on the days the clocks change."""
    zone = ZoneInfo(place.timezone)
    day, last = window[0].astimezone(zone).date(), window[1].astimezone(zone).date()
    while day <= last:
        for opening in openings(place, day):
            yield opening.start.astimezone(UTC), opening.end.astimezone(UTC)
        day += timedelta(days=1)


def _is_on_grid(slot: Slot, place: Place, settings: Settings) -> bool:
    start, end = slot.start.astimezone(UTC), slot.end.astimezone(UTC)
    if start != _floor(start, timedelta(minutes=settings.slot_unit_minutes)):
        return False
    return any(opens <= start and end <= closes for opens, closes in _openings(place, (start, start)))


def _floor(moment: datetime, unit: timedelta) -> datetime:
    moment = moment.astimezone(UTC)
    return moment - (moment - datetime(2000, 1, 1, tzinfo=UTC)) % unit


def _ceil(moment: datetime, unit: timedelta) -> datetime:
    floor = _floor(moment, unit)
    return floor if floor == moment.astimezone(UTC) else floor + unit
