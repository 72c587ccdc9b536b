"""What an import did, and each defect of the file it had to deal with."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

EXAMPLES_KEPT = 5


class Defect(StrEnum):
    """A defect that is dealt with; its value is what the report shows."""

    FALSE_HOURS = "cases d'horaires fausses (00:00 - 00:00), laissées de côté"
    UNREADABLE_HOURS = "cases d'horaires illisibles, laissées de côté"
    OVERLAPPING_HOURS = "lieux aux horaires en désordre ou qui se chevauchent, remis en ordre"
    NO_HOURS = "lieux sans aucun horaire, gardés sans horaire"
    FOREIGN_POSTCODE = "codes postaux étrangers à leur commune, corrigés quand c'est sûr"
    FORMER_COMMUNE = "codes d'anciennes communes, rattachés à la commune actuelle"
    UNKNOWN_COMMUNE = "communes inconnues de la liste, gardées telles quelles"
    OTHER_DEPARTEMENT = "départements qui ne sont pas ceux de la commune, corrigés"
    INVALID_PHONE = "numéros de téléphone invalides, laissés de côté"
    NO_PHONE = "lieux sans téléphone"
    REPEATED_ADDRESS = "lieux à une adresse déjà citée, tous gardés"
    BAD_COORDINATES = "coordonnées absentes ou hors du territoire, remplacées par le centre de la commune"
    UNKNOWN_FORMAT = "formats de lieu inconnus, pris pour des lieux fixes"
    NO_CENTRE = "communes sans coordonnées, laissées de côté"
    NO_POSTCODE = "communes sans code postal, gardées"
    ORPHAN_ALIAS = "anciens noms sans commune actuelle, laissés de côté"


@dataclass
class ImportReport:
    """Counts of one import. Examples are ids and codes only: e-mail addresses may name a person."""

    kind: str
    """`directory` or `communes`."""
    source: str
    data_date: date | None = None
    rows: int = 0
    aliases: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deactivated: int = 0
    """Places no longer in the file (kept, inactive), or communes no longer in it (removed)."""
    defects: dict[Defect, int] = field(default_factory=dict)
    examples: dict[Defect, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def count(self, defect: Defect, where: str) -> None:
        """One more of that defect, in the place or commune of that id."""
        self.defects[defect] = self.defects.get(defect, 0) + 1
        examples = self.examples.setdefault(defect, [])
        if len(examples) < EXAMPLES_KEPT:
            examples.append(where)

    def as_json(self) -> dict[str, Any]:
        """What is kept in the database."""
        counts = ("rows", "aliases", "added", "updated", "unchanged", "deactivated", "notes")
        defects = {defect.name.lower(): number for defect, number in self.defects.items()}
        return {name: getattr(self, name) for name in counts} | {"defects": defects}
