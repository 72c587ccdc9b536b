"""Places and communes in memory: found by name, by postcode, inside a sentence, and by distance."""

import copy
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistant.directory.distance import distances_km
from assistant.directory.importer import commune_of
from assistant.directory.mentions import Mention, MentionFinder
from assistant.directory.models import (
    Closure,
    Commune,
    Interval,
    NearbyPlace,
    OwnHours,
    Place,
    Point,
    timezone_of,
)
from assistant.directory.names import Alias
from assistant.directory.search import CommuneFinder, CommuneSearch
from assistant.errors import NotFound
from assistant.storage import tables
from assistant.storage.database import Database

__all__ = ["CommuneSearch", "Directory", "Mention"]
EARTH_GIRTH_KM = 40_076.0


class Version(NamedTuple):
    """What a directory was read from: the last import, and how many changes of timetables."""

    imported: int = 0
    timetables: int = 0
    """A count: on PostgreSQL the change with the last number may be committed before one with an earlier number."""


class Site(NamedTuple):
    """Somewhere a place receives: its address, or one stop of a bus."""

    position: int
    """Of the place."""
    point: Point
    stop: str | None


class Directory:
    """A snapshot, never changed: read anew what has changed when `version_of` the database has moved on."""

    def __init__(
        self,
        places: Sequence[Place],
        communes: Sequence[Commune],
        aliases: Sequence[Alias] = (),
        *,
        inactive: Sequence[Place] = (),
        data_date: date | None = None,
        version: Version = Version(),  # noqa: B008  a tuple, never changed
    ):
        self.data_date = data_date
        self._communes = {commune.code: commune for commune in communes}
        self._set_places(places, inactive, version)
        self._finder = CommuneFinder(self._communes, aliases)
        self._mentions = MentionFinder(self._finder)

    def _set_places(self, places: Sequence[Place], inactive: Sequence[Place], version: Version) -> None:
        self.version = version
        self._places = tuple(places)
        self._by_id = {place.id: place for place in (*inactive, *places)}
        self._sites = _sites(places)
        self._latitudes = np.array([site.point.latitude for site in self._sites])
        self._longitudes = np.array([site.point.longitude for site in self._sites])
        self._bookable = np.array([places[site.position].takes_appointments for site in self._sites], dtype=bool)
        self._own_sites = _own_sites(places, self._sites, self._communes)

    @classmethod
    def load(cls, database: Database) -> "Directory":
        """All communes and active places of the database."""
        with database.read() as session:
            # first: who changes something meanwhile makes this directory old, not wrong
            version = _version(session)
            active, inactive = _read_places(session)
            communes = [commune_of(row) for row in session.execute(select(*tables.Commune.__table__.columns))]
            names = session.execute(select(tables.CommuneAlias.name, tables.CommuneAlias.commune_code))
            aliases = [Alias(name, code) for name, code in names]
            done = tables.DirectoryImport
            of_places = select(done.data_date).where(done.kind == "directory").order_by(done.id.desc()).limit(1)
            data_date = session.scalar(of_places)
        return cls(active, communes, aliases, inactive=inactive, data_date=data_date, version=version)

    @staticmethod
    def version_of(database: Database) -> Version:
        """The version a directory loaded now would have."""
        with database.read() as session:
            return _version(session)

    def with_new_timetables(self, database: Database) -> "Directory":
        """The same communes, the places read again: a closure is known in a tenth of a second, an import takes longer."""
        other = copy.copy(self)
        with database.read() as session:
            version = Version(self.version.imported, _version(session).timetables)
            active, inactive = _read_places(session)
        other._set_places(active, inactive, version)
        return other

    @property
    def is_sample(self) -> bool:
        """Whether the places are the project's own examples: said on screen."""
        return any(place.sample for place in self._places)

    def place(self, place_id: str) -> Place:
        """The place of that id, even one no longer in the directory: appointments may refer to it."""
        if place_id not in self._by_id:
            raise NotFound("Ce lieu n'est pas dans l'annuaire. Cherchez un France services par le nom de la commune.")
        return self._by_id[place_id]

    def places(self) -> tuple[Place, ...]:
        """The places of the directory as it is today."""
        return self._places

    def commune(self, code: str) -> Commune:
        """The commune of that INSEE code."""
        if code not in self._communes:
            raise NotFound("Cette commune n'est pas dans la liste. Cherchez-la par son nom ou son code postal.")
        return self._communes[code]

    def search(self, text: str, limit: int = 5, near: Point | Commune | None = None) -> CommuneSearch:
        """The communes a text names; `near` ranks homonyms by distance ("celui près de Lure")."""
        return self._finder.search(text, limit, near.point if isinstance(near, Commune) else near)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """The communes and postcodes named inside a sentence, in the order they stand."""
        return self._mentions.mentions(text)

    def nearest(
        self, origin: Point | Commune | Place, limit: int = 5, *, takes_appointments: bool | None = None
    ) -> list[NearbyPlace]:
        """The `limit` places closest to `origin`, sites of its own commune first; distances in km.

        Distances from a commune are from its centre, up to 69 km from its town in Guyane: hence its own sites first.
        """
        distances = distances_km(_point(origin), self._latitudes, self._longitudes)
        if takes_appointments is not None:
            distances = np.where(self._bookable == takes_appointments, distances, np.inf)
        own = self._own_sites.get(_own_code(origin) or "", [])
        # the own commune's places may be far from its centre: a key below any distance brings them first
        ranks = distances.copy()
        ranks[own] -= EARTH_GIRTH_KM
        closest = np.argsort(ranks, kind="stable")[:limit]
        kept = [int(number) for number in closest if np.isfinite(distances[number])]
        return [self._nearby(number, float(distances[number]), number in own) for number in kept]

    def _nearby(self, number: int, distance_km: float, same_commune: bool) -> NearbyPlace:
        site = self._sites[number]
        return NearbyPlace(self._places[site.position], distance_km, same_commune, site.stop)


def _sites(places: Sequence[Place]) -> list[Site]:
    """Every place's address, or the stops of those that stop somewhere, each once."""
    sites: list[Site] = []
    for position, place in enumerate(places):
        stops = {(h.stop, h.point): None for h in place.own_hours if h.stop and h.point}
        sites += [Site(position, point, stop) for stop, point in stops if point] or [Site(position, place.point, None)]
    return sites


def _own_sites(places: Sequence[Place], sites: Sequence[Site], communes: Mapping[str, Commune]) -> dict[str, list[int]]:
    """Commune code → the sites of its places; those of an arrondissement are its city's too. A bus is of no commune."""
    found: dict[str, list[int]] = {}
    for number, site in enumerate(sites):
        if site.stop is None:
            code = places[site.position].commune_code
            commune = communes.get(code)
            parent = [commune.parent_code] if commune and commune.parent_code else []
            for each in (code, *parent):
                found.setdefault(each, []).append(number)
    return found


def _point(origin: Point | Commune | Place) -> Point:
    return origin if isinstance(origin, Point) else origin.point


def _own_code(origin: Point | Commune | Place) -> str | None:
    if isinstance(origin, Commune):
        return origin.code
    return origin.commune_code if isinstance(origin, Place) else None


def _version(session: Session) -> Version:
    imported = select(func.max(tables.DirectoryImport.id)).scalar_subquery()
    changes = select(func.count(tables.TimetableChange.id)).scalar_subquery()
    last, how_many = session.execute(select(imported, changes)).one()
    return Version(last or 0, how_many)


def _read_places(session: Session) -> tuple[list[Place], list[Place]]:
    """The active places and the others, with their own hours and the closures that are not over."""
    # first: on PostgreSQL each query sees what was committed before it, and an old number with new closures is noticed
    rows = session.execute(select(*tables.Place.__table__.columns)).all()
    own: dict[str, list[OwnHours]] = {}
    for row in session.execute(select(*tables.Opening.__table__.columns).order_by(tables.Opening.id)):
        own.setdefault(row.place_id, []).append(_own_hours(row))
    shut: dict[str, list[Closure]] = {}
    ended = tables.Closure.end < datetime.now(UTC) - timedelta(days=1)
    for row in session.execute(select(*tables.Closure.__table__.columns).where(~ended).order_by(tables.Closure.start)):
        shut.setdefault(row.place_id, []).append(Closure(row.start, row.end, row.counter, row.reason))
    places = [(row.active, _place(row, tuple(own.get(row.id, ())), tuple(shut.get(row.id, ())))) for row in rows]
    return [place for active, place in places if active], [place for active, place in places if not active]


def _own_hours(row: Any) -> OwnHours:
    return OwnHours(
        rule=row.rule,
        first_day=row.first_day,
        last_day=row.last_day,
        start=row.start,
        end=row.end,
        purpose=row.purpose,
        counters=row.counters,
        stop=row.stop,
        point=None if row.latitude is None or row.longitude is None else Point(row.latitude, row.longitude),
    )


def _place(row: Any, own_hours: tuple[OwnHours, ...], closures: tuple[Closure, ...]) -> Place:
    # what a place says of itself is newer than what the directory says of it
    receives = any(hours.purpose != "walk_in" for hours in own_hours) if own_hours else row.takes_appointments
    return Place(
        id=row.id,
        name=row.name,
        address=row.address,
        commune=row.commune,
        commune_code=row.commune_code,
        departement=row.departement,
        point=Point(row.latitude, row.longitude),
        phone=row.phone,
        hours=tuple(tuple(map(_interval, row.hours.get(str(day), ()))) for day in range(7)),
        takes_appointments=receives,
        comment=row.comment,
        kind=row.kind,
        capacity=row.capacity,
        sample=row.sample,
        timezone=timezone_of(row.departement),
        own_hours=own_hours,
        closures=closures,
        timetable=row.timetable,
    )


def _interval(pair: Sequence[str]) -> Interval:
    start, end = pair
    return time.fromisoformat(start), time.fromisoformat(end)
