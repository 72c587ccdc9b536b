"""Places and communes as the rest of the application sees them: frozen, in memory, WGS84 degrees."""

from dataclasses import dataclass
from datetime import time
from typing import Literal

Kind = Literal["fixe", "antenne", "bus", "itinerante"]
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

    @property
    def has_hours(self) -> bool:
        """Whether any opening is known."""
        return any(self.hours)


@dataclass(frozen=True)
class NearbyPlace:
    """A place and how far it is from where the person is."""

    place: Place
    distance_km: float
    same_commune: bool
