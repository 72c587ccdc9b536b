"""Communes from a CSV file of our columns or from the JSON of geo.api.gouv.fr, as rows of the tables."""

import json
import re
from collections.abc import Iterable
from typing import Any

from assistant.directory.cleaning import parse_point
from assistant.directory.report import Defect, ImportReport
from assistant.directory.sources import BadFile, Row, Source, read_rows
from assistant.directory.text import departement_of

COLUMNS = {"code insee", "nom", "code insee parent", "departement", "codes postaux", "population"} | {
    "latitude",
    "longitude",
}
ALIAS_COLUMNS = {"nom alias", "code insee ancien", "code insee parent", "codes postaux"}
CODE = re.compile(r"\d[\dAB]\d{3}")
POSTCODE = re.compile(r"\d{5}")
ARRONDISSEMENTS = {
    "75056": ("Paris", "750", 75100, 20),
    "69123": ("Lyon", "690", 69380, 9),
    "13055": ("Marseille", "130", 13200, 16),
}
"""Commune → its name, the start of its arrondissements' postcodes, their INSEE codes less the number, how many."""


def read_communes(source: Source, report: ImportReport) -> list[dict[str, Any]]:
    """Rows of the table `commune`, by code; those without a centre are left out and counted."""
    if source.text.lstrip()[:1] in ("[", "{"):
        found = _from_json(source)
        found += _missing_arrondissements(found)
    else:
        found = [(row.line, _from_csv(source, row)) for row in read_rows(source, COLUMNS)]
    communes: dict[str, dict[str, Any]] = {}
    for line, commune in found:
        if commune["code"] in communes:
            raise BadFile(source.origin, line, f"le code {commune['code']} est déjà pris par une ligne précédente.")
        communes[commune["code"]] = commune
    report.rows = len(communes)
    return [commune for commune in communes.values() if _usable(commune, report)]


def read_aliases(source: Source, codes: set[str], report: ImportReport) -> list[dict[str, Any]]:
    """Rows of the table `commune_alias`; those whose commune is unknown are left out and counted."""
    aliases = []
    for row in read_rows(source, ALIAS_COLUMNS):
        if not row["nom alias"]:
            raise BadFile(source.origin, row.line, "le nom est vide.")
        if row["code insee parent"] not in codes:
            report.count(Defect.ORPHAN_ALIAS, row["code insee parent"])
            continue
        aliases.append(_alias(source, row))
    report.aliases = len(aliases)
    return aliases


def _alias(source: Source, row: Row) -> dict[str, Any]:
    point = parse_point(row["latitude"], row["longitude"])
    return {
        "name": row["nom alias"],
        "former_code": row["code insee ancien"] or None,
        "commune_code": row["code insee parent"],
        "postcodes": _postcodes(source, row.line, filter(None, row["codes postaux"].split("|"))),
        "latitude": point and point.latitude,
        "longitude": point and point.longitude,
    }


def _from_csv(source: Source, row: Row) -> dict[str, Any]:
    if (row["latitude"] or row["longitude"]) and not parse_point(row["latitude"], row["longitude"]):
        raise BadFile(source.origin, row.line, "la latitude ou la longitude n'est pas un nombre de degrés.")
    return _commune(
        source,
        row.line,
        code=row["code insee"],
        name=row["nom"],
        parent_code=row["code insee parent"] or None,
        departement=row["departement"],
        postcodes=filter(None, row["codes postaux"].split("|")),
        population=row["population"],
        latitude=row["latitude"],
        longitude=row["longitude"],
    )


def _from_json(source: Source) -> list[tuple[int, dict[str, Any]]]:
    try:
        entries = json.loads(source.text)
    except json.JSONDecodeError as error:
        raise BadFile(source.origin, error.lineno, "ce n'est pas du JSON valide.") from error
    if not isinstance(entries, list) or not entries:
        raise BadFile(source.origin, 1, "une liste de communes est attendue.")
    return [(number, _from_entry(source, number, entry)) for number, entry in enumerate(entries, 1)]


def _from_entry(source: Source, number: int, entry: Any) -> dict[str, Any]:
    try:
        longitude, latitude = (entry.get("centre") or {}).get("coordinates") or ("", "")
        return _commune(
            source,
            number,
            code=entry["code"],
            name=entry["nom"],
            parent_code=None,
            departement=entry.get("codeDepartement") or departement_of(entry["code"]),
            postcodes=entry["codesPostaux"],
            population=str(entry.get("population") or ""),
            latitude=str(latitude),
            longitude=str(longitude),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        fields = "nom, code, codesPostaux, centre, population et codeDepartement"
        raise BadFile(source.origin, number, f"les champs {fields} sont attendus.", unit="entrée") from error


def _commune(
    source: Source, line: int, *, code: str, name: str, postcodes: Iterable[str], population: str, **rest: Any
) -> dict[str, Any]:
    if not CODE.fullmatch(code):
        raise BadFile(source.origin, line, f"« {code} » n'est pas un code INSEE.")
    if not name:
        raise BadFile(source.origin, line, "le nom est vide.")
    if population and not population.isdigit():
        raise BadFile(source.origin, line, f"« {population} » n'est pas une population.")
    point = parse_point(rest.pop("latitude"), rest.pop("longitude"))
    position = {"latitude": point and point.latitude, "longitude": point and point.longitude}
    postcodes = _postcodes(source, line, postcodes)
    return {"code": code, "name": name, "postcodes": postcodes, "population": int(population or 0)} | rest | position


def _postcodes(source: Source, line: int, postcodes: Iterable[str]) -> list[str]:
    found = sorted(set(postcodes))
    for postcode in found:
        if not POSTCODE.fullmatch(postcode):
            raise BadFile(source.origin, line, f"« {postcode} » n'est pas un code postal.")
    return found


def _usable(commune: dict[str, Any], report: ImportReport) -> bool:
    if commune["latitude"] is None:
        report.count(Defect.NO_CENTRE, commune["code"])
        return False
    if not commune["postcodes"]:
        report.count(Defect.NO_POSTCODE, commune["code"])
    return True


def _missing_arrondissements(found: list[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
    """The API lists Paris, Lyon and Marseille whole: their arrondissements are made, at the city's centre."""
    cities = {commune["code"]: commune for _, commune in found if commune["code"] in ARRONDISSEMENTS}
    return [
        (0, _arrondissement(city, number))
        for code, city in cities.items()
        for number in range(1, ARRONDISSEMENTS[code][3] + 1)
    ]


def _arrondissement(city: dict[str, Any], number: int) -> dict[str, Any]:
    name, postcode, first, total = ARRONDISSEMENTS[city["code"]]
    return city | {
        "code": str(first + number),
        "name": f"{name} {number}{'er' if number == 1 else 'e'} Arrondissement",
        "parent_code": city["code"],
        "postcodes": [f"{postcode}{number:02}"],
        "population": city["population"] // total,
    }
