"""Places and communes as the rest of the application sees them: frozen, in memory, WGS84 degrees."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

Kind = Literal["fixe", "antenne", "bus", "itinerante"]
Purpose = Literal["both", "appointments", "walk_in"]
Interval = tuple[time, time]
WeeklyHours = tuple[tuple[Interval, ...], ...]
"""Seven tuples, Monday first, of sorted (start, end) intervals in local time."""

CLOSED: WeeklyHours = ((),) * 7
TIMEZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}

PHONE_REGIONS = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "975": "PM",
    "976": "YT",
    "977": "BL",
    "978": "MF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
"""phonenumbers calls an overseas number invalid when it is read as one of metropolitan France."""


def timezone_of(departement: str) -> str:
    """The IANA zone of a département or overseas territory."""
    return TIMEZONES.get(departement, "Europe/Paris")


@dataclass(frozen=True)
class Point:
    """A position in WGS84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Commune:
    """A commune, or an arrondissement of Paris, Lyon, Marseille (it then has a `parent_code`)."""

    code: str
    name: str
    departement: str
    postcodes: tuple[str, ...]
    population: int
    point: Point
    parent_code: str | None = None

    @property
    def label(self) -> str:
        """What tells it from its homonyms in most cases: "Lure (70)", "Paris 15e (75)"."""
        return f"{self.name.removesuffix(' Arrondissement')} ({self.departement})"


@dataclass(frozen=True)
class OwnHours:
    """Hours that a place set itself, on the days of an RFC 5545 recurrence; local times."""

    rule: str
    """ "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"."""
    first_day: date
    last_day: date | None
    start: time
    end: time
    purpose: Purpose = "both"
    """`walk_in` hours are kept free for who comes without appointment."""
    counters: int | None = None
    """Counters that take appointments then; None is the place's capacity."""
    stop: str | None = None
    """Where a bus stands then, as people read it."""
    point: Point | None = None
    """Of the stop."""


@dataclass(frozen=True)
class Closure:
    """A place shut between two aware instants, or one of its counters: an agent's absence."""

    start: datetime
    end: datetime
    counter: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Place:
    """A France services: fixed, branch, bus or travelling team."""

    id: str
    name: str
    address: str
    """One line, with postcode and commune."""
    commune: str
    commune_code: str
    departement: str
    point: Point
    phone: str | None
    """National format: "03 84 96 70 00"."""
    hours: WeeklyHours
    takes_appointments: bool
    comment: str
    kind: Kind
    capacity: int | None
    sample: bool
    timezone: str
    """IANA name."""
    own_hours: tuple[OwnHours, ...] = ()
    """Where there are any, the place is open at these alone."""
    closures: tuple[Closure, ...] = ()
    timetable: int = 0
    """The last change of its timetable: a booking made on an older one is made again."""

    @property
    def has_hours(self) -> bool:
        """Whether any opening is known."""
        return any(self.hours) or bool(self.own_hours)


@dataclass(frozen=True)
class NearbyPlace:
    """A place and how far it is from where the person is."""

    place: Place
    distance_km: float
    same_commune: bool
    stop: str | None = None
    """The stop of a bus that is meant."""
