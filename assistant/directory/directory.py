"""Places and communes in memory: found by name, by postcode, inside a sentence, and by distance."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

import numpy as np
from sqlalchemy import func, select

from assistant.directory.distance import distances_km
from assistant.directory.importer import commune_of
from assistant.directory.mentions import Mention, MentionFinder
from assistant.directory.models import Commune, Interval, NearbyPlace, Place, Point, timezone_of
from assistant.directory.names import Alias
from assistant.directory.search import CommuneFinder, CommuneSearch
from assistant.errors import NotFound
from assistant.storage import tables
from assistant.storage.database import Database

__all__ = ["CommuneSearch", "Directory", "Mention"]
EARTH_GIRTH_KM = 40_076.0


class Directory:
    """A snapshot of one import, never changed: load it anew when `version_of` the database has moved on."""

    def __init__(
        self,
        places: Sequence[Place],
        communes: Sequence[Commune],
        aliases: Sequence[Alias] = (),
        *,
        inactive: Sequence[Place] = (),
        data_date: date | None = None,
        version: int = 0,
    ):
        self.data_date = data_date
        self.version = version
        self._places = tuple(places)
        self._by_id = {place.id: place for place in (*inactive, *places)}
        self._communes = {commune.code: commune for commune in communes}
        self._latitudes = np.array([place.point.latitude for place in places])
        self._longitudes = np.array([place.point.longitude for place in places])
        self._bookable = np.array([place.takes_appointments for place in places], dtype=bool)
        self._positions = _positions(places, self._communes)
        self._finder = CommuneFinder(self._communes, aliases)
        self._mentions = MentionFinder(self._finder)

    @classmethod
    def load(cls, database: Database) -> "Directory":
        """All communes and active places of the database."""
        with database.read() as session:
            rows = session.execute(select(*tables.Place.__table__.columns)).all()
            communes = [commune_of(row) for row in session.execute(select(*tables.Commune.__table__.columns))]
            names = session.execute(select(tables.CommuneAlias.name, tables.CommuneAlias.commune_code))
            aliases = [Alias(name, code) for name, code in names]
            done = tables.DirectoryImport
            version = session.scalar(select(func.max(done.id))) or 0
            of_places = select(done.data_date).where(done.kind == "directory").order_by(done.id.desc()).limit(1)
            data_date = session.scalar(of_places)
        active = [_place(row) for row in rows if row.active]
        inactive = [_place(row) for row in rows if not row.active]
        return cls(active, communes, aliases, inactive=inactive, data_date=data_date, version=version)

    @staticmethod
    def version_of(database: Database) -> int:
        """The version a directory loaded now would have."""
        with database.read() as session:
            return session.scalar(select(func.max(tables.DirectoryImport.id))) or 0

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
        own = self._positions.get(_own_code(origin) or "", [])
        # the own commune's places may be far from its centre: a key below any distance brings them first
        ranks = distances.copy()
        ranks[own] -= EARTH_GIRTH_KM
        closest = np.argsort(ranks, kind="stable")[:limit]
        kept = [int(position) for position in closest if np.isfinite(distances[position])]
        return [NearbyPlace(self._places[i], float(distances[i]), i in own) for i in kept]


def _positions(places: Sequence[Place], communes: Mapping[str, Commune]) -> dict[str, list[int]]:
    """Commune code → the positions of its places; those of an arrondissement are its city's too."""
    positions: dict[str, list[int]] = {}
    for position, place in enumerate(places):
        commune = communes.get(place.commune_code)
        parent = [commune.parent_code] if commune and commune.parent_code else []
        for code in (place.commune_code, *parent):
            positions.setdefault(code, []).append(position)
    return positions


def _point(origin: Point | Commune | Place) -> Point:
    return origin if isinstance(origin, Point) else origin.point


def _own_code(origin: Point | Commune | Place) -> str | None:
    if isinstance(origin, Commune):
        return origin.code
    return origin.commune_code if isinstance(origin, Place) else None


def _place(row: Any) -> Place:
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
        takes_appointments=row.takes_appointments,
        comment=row.comment,
        kind=row.kind,
        capacity=row.capacity,
        sample=row.sample,
        timezone=timezone_of(row.departement),
    )


def _interval(pair: Sequence[str]) -> Interval:
    start, end = pair
    return time.fromisoformat(start), time.fromisoformat(end)
