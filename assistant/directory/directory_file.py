"""The national directory's CSV as rows of the table `place`, each defect dealt with and counted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant.directory.cleaning import in_disorder, merge, national_phone, parse_hours, parse_point
from assistant.directory.distance import distance_km
from assistant.directory.models import Commune, Interval, Kind, Point
from assistant.directory.report import Defect, ImportReport
from assistant.directory.sources import BadFile, Row, Source, read_rows
from assistant.directory.text import departement_of, fold, plain

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
REQUIRED = {"id fs", "lib fs", "adresse", "insee com", "code postal", "lib com", "latitude", "longitude"} | {
    "telephone",
    "prise rdv",
    *(f"h {day}" for day in DAYS[:6]),
}
KINDS: dict[str, Kind] = {
    "fixe": "fixe",
    "multisites": "fixe",
    "fixe antenne s": "fixe",
    "bus equivalent": "bus",
    "mobile": "bus",
    "bus": "bus",
    "itinerante": "itinerante",
    "": "fixe",
}
FARTHEST_KM = 100
"""A commune's centre is up to 69 km from its town in Guyane: farther than this, the coordinates are wrong."""
FRANCE = ((41, 51.6, -5.6, 10), (-54, 18.5, -180, 180))
"""South, north, west, east: metropolitan France, and a band that holds every territory overseas."""
ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
COMMUNE_CODE = re.compile(r"\d[\dAB]\d{3}")
POSTCODE = re.compile(r"\d{5}")

Report = Callable[[Defect, str], None]


@dataclass(frozen=True)
class KnownCommunes:
    """The communes a directory is checked against; `complete` is False where only the sample is there."""

    by_code: Mapping[str, Commune]
    today: Mapping[str, str]
    """Code of a former commune → today's."""
    complete: bool

    def named(self, name: str, postcode: str) -> Commune | None:
        """The only commune of that name with that postcode."""
        found = [c for c in self.by_code.values() if postcode in c.postcodes and fold(c.name) == fold(name)]
        return found[0] if len(found) == 1 else None


def read_places(
    source: Source,
    known: KnownCommunes,
    report: ImportReport,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[dict[str, Any]]:
    """Rows of the table `place`, without `sample`, `active` and `capacity`."""
    rows = read_rows(source, REQUIRED)
    report.rows = len(rows)
    places: dict[str, dict[str, Any]] = {}
    addresses: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, 1):
        place = _place(source, row, known, report.count)
        if place["id"] in places:
            raise BadFile(source.origin, row.line, f"l'identifiant {place['id']} est déjà pris.")
        places[place["id"]] = place
        _count_repeated(row, place, addresses, report)
        if on_progress:
            on_progress(number, len(rows))
    return list(places.values())


def _place(source: Source, row: Row, known: KnownCommunes, count: Report) -> dict[str, Any]:
    _check(source, row)
    place_id = row["id fs"]
    code, commune = _commune(row, known, count)
    departement = departement_of(code)
    if row["insee dep"] and row["insee dep"].zfill(2) not in (departement, departement_of(row["insee com"].zfill(5))):
        count(Defect.OTHER_DEPARTEMENT, place_id)
    postcode = _postcode(row, commune, known, count)
    point = _point(source, row, commune, count)
    return {
        "id": place_id,
        "name": row["lib fs"],
        "address": _address(row, postcode),
        "postcode": postcode,
        "commune": commune.name.removesuffix(" Arrondissement") if commune else row["lib com"],
        "commune_code": code,
        "departement": departement,
        "latitude": point.latitude,
        "longitude": point.longitude,
        "phone": _phone(row, departement, count),
        "email": row["mail"] or None,
        "hours": _hours(row, count),
        "takes_appointments": plain(row["prise rdv"]) == "oui",
        "comment": row["commentaire"],
        "kind": _kind(row, count),
    }


def _check(source: Source, row: Row) -> None:
    def bad(why: str) -> BadFile:
        return BadFile(source.origin, row.line, why)

    if not ID.fullmatch(row["id fs"]):
        raise bad(f"« {row['id fs']} » n'est pas un identifiant (id_fs).")
    if not row["lib fs"]:
        raise bad("le nom (lib_fs) est vide.")
    if not COMMUNE_CODE.fullmatch(row["insee com"].zfill(5)):
        raise bad(f"« {row['insee com']} » n'est pas un code INSEE (insee_com).")
    if not POSTCODE.fullmatch(row["code postal"].zfill(5)):
        raise bad(f"« {row['code postal']} » n'est pas un code postal (code_postal).")
    if plain(row["prise rdv"]) not in ("oui", "non"):
        raise bad(f"« {row['prise rdv']} » au lieu de Oui ou Non (prise_rdv).")


def _commune(row: Row, known: KnownCommunes, count: Report) -> tuple[str, Commune | None]:
    """Today's code and commune; a spreadsheet may have eaten the code's first zero."""
    code = row["insee com"].zfill(5)
    commune = known.by_code.get(code)
    if commune:
        return code, commune
    today = known.today.get(code)
    if today:
        count(Defect.FORMER_COMMUNE, row["id fs"])
        return today, known.by_code.get(today)
    if known.complete:
        count(Defect.UNKNOWN_COMMUNE, row["id fs"])
        commune = known.named(row["lib com"], row["code postal"].zfill(5))
    return (commune.code, commune) if commune else (code, None)


def _postcode(row: Row, commune: Commune | None, known: KnownCommunes, count: Report) -> str:
    """As published, unless it is not the commune's and the right one is sure or its département is wrong."""
    postcode = row["code postal"].zfill(5)
    if not known.complete or commune is None or not commune.postcodes or postcode in commune.postcodes:
        return postcode
    if row["insee com"].zfill(5) == commune.code:
        count(Defect.FOREIGN_POSTCODE, row["id fs"])
        if len(commune.postcodes) == 1 or postcode[:2] != commune.postcodes[0][:2]:
            return commune.postcodes[0]
    return postcode


def _address(row: Row, postcode: str) -> str:
    parts = (row["adresse"], row["complement adresse"], f"{postcode} {row['lib com']}")
    return ", ".join(" ".join(part.split()) for part in parts if part)


def _point(source: Source, row: Row, commune: Commune | None, count: Report) -> Point:
    point = parse_point(row["latitude"], row["longitude"])
    if point and _plausible(point, commune):
        return point
    if commune is None:
        raise BadFile(source.origin, row.line, "ni les coordonnées ni la commune ne disent où est ce lieu.")
    count(Defect.BAD_COORDINATES, row["id fs"])
    return commune.point


def _plausible(point: Point, commune: Commune | None) -> bool:
    if commune:
        return distance_km(point, commune.point) <= FARTHEST_KM
    return any(s <= point.latitude <= n and w <= point.longitude <= e for s, n, w, e in FRANCE)


def _phone(row: Row, departement: str, count: Report) -> str | None:
    if not row["telephone"]:
        count(Defect.NO_PHONE, row["id fs"])
        return None
    phone = national_phone(row["telephone"], departement)
    if phone is None:
        count(Defect.INVALID_PHONE, row["id fs"])
    return phone


def _hours(row: Row, count: Report) -> dict[str, list[list[str]]]:
    week: dict[str, list[list[str]]] = {}
    disorder = False
    for number, day in enumerate(DAYS):
        intervals, false, unreadable = parse_hours(row[f"h {day}"])
        if false:
            count(Defect.FALSE_HOURS, row["id fs"])
        if unreadable:
            count(Defect.UNREADABLE_HOURS, row["id fs"])
        disorder = disorder or in_disorder(intervals)
        if intervals:
            week[str(number)] = [_as_text(interval) for interval in merge(intervals)]
    if disorder:
        count(Defect.OVERLAPPING_HOURS, row["id fs"])
    if not week:
        count(Defect.NO_HOURS, row["id fs"])
    return week


def _as_text(interval: Interval) -> list[str]:
    return [moment.strftime("%H:%M") for moment in interval]


def _kind(row: Row, count: Report) -> Kind:
    kind = KINDS.get(plain(row["format fs"]))
    if kind is None:
        count(Defect.UNKNOWN_FORMAT, row["id fs"])
    if kind in ("bus", "itinerante"):
        return kind
    return "antenne" if plain(row["type fs"]) == "antenne" else "fixe"


def _count_repeated(row: Row, place: dict[str, Any], addresses: set[tuple[str, str]], report: ImportReport) -> None:
    address = (fold(row["adresse"]), place["commune_code"])
    if address in addresses:
        report.count(Defect.REPEATED_ADDRESS, place["id"])
    addresses.add(address)
