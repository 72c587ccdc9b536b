"""Where to go: the order of places that minimises the day on which a person is received, and why, in French words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from assistant.booking.slots import Slot
from assistant.directory.hours import (
    LOOK_AHEAD_DAYS,
    LOOK_FAR_AHEAD_DAYS,
    day_in_words,
    opening_in_words,
    time_in_words,
)
from assistant.directory.models import NearbyPlace, Place
from assistant.directory.text import plain
from assistant.directory.timetable import Opening, openings

DETOUR_KM = 15.0
"""Some twenty minutes of country road: worth days of waiting; further, who has no car would not get there at all."""
MIN_LEFT = timedelta(minutes=30)
"""Less of an opening leaves no time for a request, the wait included."""
EVENING = time(17, 30)
SATURDAY = 5

UNKNOWN_HOURS = "horaires non communiqués"
NO_SLOT, NO_OPENING = "aucun rendez-vous libre", "aucune ouverture prévue"
TO_BE_ASKED = {UNKNOWN_HOURS, NO_SLOT, NO_OPENING}
"""A call says more than these do."""

_ACCESS = re.compile(
    r"\b(?P<denied>non |pas d |pas |sans |aucun |in)?(?:accessib\w*|acces) (?:a |aux |pour |pour les |en )?"
    r"(?:personnes )?(?:pmr|fauteuils?|a mobilite reduite|handicapees|en situation de handicap)\b"
)
"""In plain words. "Accessible" alone is said of bus lines, seasons and telephones."""
_IN_DOUBT = re.compile(
    r"\b(?:non|pas|ni|sans|aucun|peu|difficil\w*|sauf|hors|partiel\w*|bientot|prochain\w*|travaux)\b"
)


@dataclass(frozen=True)
class Wishes:
    """What the person asks for; by default, nothing."""

    appointment: bool | None = None
    """True, with appointment only; False, without only; None, either."""
    saturday: bool = False
    evening: bool = False
    """From 17 h 30 on. Who ticks Saturday too wants either: 3 places of 2,845 open on a Saturday evening."""
    wheelchair: bool = False


@dataclass(frozen=True)
class Ranked:
    """A place in its rank, with the first moment somebody is received there as wished."""

    nearby: NearbyPlace
    """The place; of a bus, the stop to go to."""
    slots: tuple[Slot, ...]
    """The free ones that meet the wishes, in order."""
    resolved_on: date | None
    """In the place's zone; None where nothing is known that meets the wishes."""
    resolved_at: datetime | None
    """Aware, in the place's zone: the slot's start, the opening's, or `now` where it is under way."""
    with_appointment: bool
    reason: str
    """French, to be read aloud: "à 3 km, demain à 10 h"."""


@dataclass(frozen=True)
class _Site:
    """A place, or one stop of a bus, and the first way to be received there."""

    nearby: NearbyPlace
    slots: tuple[Slot, ...]
    way: Slot | Opening | None
    today: date

    @property
    def place(self) -> Place:
        return self.nearby.place

    @property
    def km(self) -> float:
        return self.nearby.distance_km

    @property
    def day(self) -> date | None:
        return self.way.start.date() if self.way else None


def rank(
    nearby: Sequence[NearbyPlace],
    free: Mapping[str, Sequence[Slot]],
    now: datetime,
    wishes: Wishes = Wishes(),
) -> list[Ranked]:
    """Every place of `nearby` once: within reach by day then distance, further by distance, then where nothing is known.

    `free` has the free slots by place id: all of them where Saturday, evening or the stop of a bus counts, else the
    first will do. A place that takes appointments and has none there is full. `now` is aware.
    """
    if not nearby:
        return []
    sites = [_site(near, free.get(near.place.id, ()), now, wishes) for near in nearby]
    reach = _reach_km(sites)
    best: dict[str, _Site] = {}
    for site in sorted(sites, key=lambda site: _key(site, reach, wishes)):
        best.setdefault(site.place.id, site)
    first, *others = best.values()
    nearest = min(sites, key=lambda site: (site.km, site.day or date.max, site.place.id))
    return [_ranked(first, now, wishes, nearest), *(_ranked(site, now, wishes) for site in others)]


def accessible(place: Place) -> bool | None:
    """Whether a wheelchair gets in, where the place says so; None where it does not.

    The directory has no column for it, and of its 830 comments (2024-08-01) one says "Accessible PMR".
    """
    told = {_told(plain(sentence)) for sentence in re.split(r"[.;!?\n]", place.comment)} - {"nothing"}
    return {"yes": True, "no": False}.get(told.pop()) if len(told) == 1 else None


def _told(sentence: str) -> Literal["yes", "no", "doubt", "nothing"]:
    found = _ACCESS.search(sentence)
    if not found:
        return "nothing"
    if found["denied"]:
        return "no"
    return "doubt" if _IN_DOUBT.search(sentence) else "yes"


def _site(near: NearbyPlace, free: Sequence[Slot], now: datetime, wishes: Wishes) -> _Site:
    today = now.astimezone(ZoneInfo(near.place.timezone)).date()
    if wishes.wheelchair and accessible(near.place) is False:
        return _Site(near, (), None, today)
    slots = () if wishes.appointment is False else tuple(_wished_slots(near, free, now, wishes))
    walk_in = None if wishes.appointment else _walk_in(near, now, wishes)
    # the same day, the slot: nobody is turned away who has one
    ways = [way for way in (*slots[:1], walk_in) if way]
    return _Site(near, slots, min(ways, key=lambda way: way.start.date(), default=None), today)


def _wished_slots(near: NearbyPlace, free: Sequence[Slot], now: datetime, wishes: Wishes) -> Iterator[Slot]:
    for slot in sorted(free, key=lambda slot: slot.start):
        on_saturday = wishes.saturday and slot.start.weekday() == SATURDAY
        in_the_evening = wishes.evening and slot.start.time() >= EVENING
        wished = on_saturday or in_the_evening or not (wishes.saturday or wishes.evening)
        if wished and slot.start >= now and near.stop in (None, slot.stop):
            yield slot


def _walk_in(near: NearbyPlace, now: datetime, wishes: Wishes) -> Opening | None:
    """What is left of the first opening where one comes without appointment, as wished."""
    for opening in _openings_from(near.place, now):
        left = _wished_part(opening, wishes)
        if left and _receives_without(near, opening):
            left = replace(left, start=max(left.start, now.astimezone(left.start.tzinfo)))
            if left.end.astimezone(UTC) - left.start.astimezone(UTC) >= MIN_LEFT:
                return left
    return None


def _openings_from(place: Place, now: datetime) -> Iterator[Opening]:
    """As `hours.next_opening` looks for them; it gives one of two that overlap, and the other may be the walk-in one."""
    today = now.astimezone(ZoneInfo(place.timezone)).date()
    days = LOOK_FAR_AHEAD_DAYS if place.own_hours or place.closures else LOOK_AHEAD_DAYS
    for ahead in range(days):
        yield from openings(place, today + timedelta(days=ahead))


def _receives_without(near: NearbyPlace, opening: Opening) -> bool:
    if near.stop not in (None, opening.stop):
        return False
    # nothing says that who takes appointments also receives without, save hours set apart for it
    return opening.purpose == "walk_in" or (opening.purpose == "both" and not near.place.takes_appointments)


def _wished_part(opening: Opening, wishes: Wishes) -> Opening | None:
    if wishes.saturday and opening.start.weekday() == SATURDAY:
        return opening
    if wishes.evening:
        evening = datetime.combine(opening.start.date(), EVENING, opening.start.tzinfo)
        return replace(opening, start=max(opening.start, evening))
    return None if wishes.saturday else opening


def _reach_km(sites: Sequence[_Site]) -> float:
    nearest = min(site.km for site in sites)
    return max(nearest + DETOUR_KM, min((site.km for site in sites if site.way), default=nearest))


def _key(site: _Site, reach: float, wishes: Wishes) -> tuple[int, int, date, bool, float, str, str]:
    # distances from a vast commune's centre say little of its own places: they come first, as Directory.nearest has them
    elsewhere = not site.nearby.same_commune
    within = not elsewhere or site.km <= reach
    access = {True: 0, None: 1, False: 2}[accessible(site.place)] if wishes.wheelchair else 0
    day = site.day if site.day and within else date.max
    return _group(site, within), access, day, elsewhere, site.km, site.place.id, site.nearby.stop or ""


def _group(site: _Site, within: bool) -> int:
    if site.day:
        return 0 if within else 1
    return 2 if site.place.has_hours else 3


def _ranked(site: _Site, now: datetime, wishes: Wishes, nearest: _Site | None = None) -> Ranked:
    return Ranked(
        nearby=site.nearby,
        slots=site.slots,
        resolved_on=site.day,
        resolved_at=site.way.start if site.way else None,
        with_appointment=isinstance(site.way, Slot),
        reason=_reason(site, nearest, now, wishes),
    )


def _reason(site: _Site, nearest: _Site | None, now: datetime, wishes: Wishes) -> str:
    known = accessible(site.place) if wishes.wheelchair else False
    access = {True: ["accessible en fauteuil"], None: ["accès en fauteuil non précisé"], False: []}[known]
    words = " ; ".join([_detour(site, nearest, now, wishes) or _plainly(site, now, wishes), *access])
    to_be_asked = known is None or (site.way is None and _nothing(site.place, wishes) in TO_BE_ASKED)
    return f"{words} : téléphonez" if to_be_asked and site.place.phone else words


def _detour(site: _Site, nearest: _Site | None, now: datetime, wishes: Wishes) -> str | None:
    """ "12 km, mais demain à 10 h ; plus près : 3 km, pas avant le mardi 24 novembre"; None where it is no detour."""
    if not nearest or not site.way or not site.day or nearest.km >= site.km:
        return None
    if nearest.day and nearest.day <= site.day:
        return None
    decimals = 1 if _km(site.km) == _km(nearest.km) else 0
    far, near = _km(site.km, decimals), _km(nearest.km, decimals)
    later = _not_before(nearest.day, nearest.today) if nearest.day else _nothing(nearest.place, wishes)
    return f"{far}, mais {_when(site.way, now)} ; plus près : {near}, {later}" if far != near else None


def _plainly(site: _Site, now: datetime, wishes: Wishes) -> str:
    """ "à 3 km, demain à 10 h", "à 3 km, venez sans rendez-vous, jeudi 26 novembre de 9 h à 12 h"."""
    if site.way is None:
        words = _nothing(site.place, wishes)
    elif isinstance(site.way, Opening) and site.way.start > now:
        words = f"venez sans rendez-vous, {opening_in_words(site.way, now)}"
    else:
        words = _when(site.way, now)
    return f"à {_km(site.km)}, {words}"


def _when(way: Slot | Opening, now: datetime) -> str:
    """ "demain à 10 h", "demain de 9 h à 12 h, sans rendez-vous", with the stop of a bus."""
    if isinstance(way, Opening) and way.start > now:
        return f"{opening_in_words(way, now)}, sans rendez-vous"
    stop = f" ({way.stop})" if way.stop else ""
    if isinstance(way, Opening):
        return f"ouvert maintenant jusqu'à {time_in_words(way.end.time())}{stop}, sans rendez-vous"
    day = day_in_words(way.start.date(), now.astimezone(way.start.tzinfo).date())
    return f"{day} à {time_in_words(way.start.time())}{stop}"


def _not_before(day: date, today: date) -> str:
    """ "pas avant demain", "pas avant le mardi 24 novembre"."""
    article = "" if (day - today).days <= 1 else "le "
    return f"pas avant {article}{day_in_words(day, today)}"


def _nothing(place: Place, wishes: Wishes) -> str:
    """Why nobody is received there as wished."""
    if not place.has_hours:
        return UNKNOWN_HOURS
    if wishes.wheelchair and accessible(place) is False:
        return "pas d'accès en fauteuil"
    if wishes.appointment and not place.takes_appointments:
        return "reçoit sans rendez-vous"
    if wishes.appointment is False and place.takes_appointments:
        return "reçoit sur rendez-vous"
    wished = ["le samedi"] * wishes.saturday + ["à partir de 17 h 30"] * wishes.evening
    if wished:
        return f"rien {' ni '.join(wished)}"
    return NO_SLOT if place.takes_appointments else NO_OPENING


def _km(distance: float, decimals: int = 0) -> str:
    """ "3 km", "3,4 km", "moins d'1 km"."""
    return "moins d'1 km" if distance < 1 else f"{distance:.{decimals}f} km".replace(".", ",")
