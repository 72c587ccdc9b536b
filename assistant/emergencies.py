"""Emergencies: the numbers to show, first and alone.

Each number was seen in a public source (service-public sheets R17892, R20576, R20687, F33954; A15206 for the 3114).
"""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Number:
    """A number to call, and for what."""

    number: str
    label: str


@dataclass(frozen=True)
class Emergency:
    """A kind of emergency and its numbers, the most useful first."""

    type: str
    numbers: tuple[Number, ...]

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape."""
        return asdict(self)


SAMU = Number("15", "Samu : danger pour la vie")
POLICE = Number("17", "Police ou gendarmerie")
FIREMEN = Number("18", "Pompiers")
EUROPE = Number("112", "Numéro d'urgence européen")
BY_TEXT = Number("114", "Par SMS, si vous ne pouvez pas parler")
HOMELESS = Number("115", "Samu social : dormir à l'abri cette nuit")
CHILDREN = Number("119", "Enfance en danger")
VIOLENCE = Number("3919", "Violences Femmes Info : écoute et conseil")
ELDERLY = Number("3977", "Maltraitance des personnes âgées ou handicapées")
SUICIDE = Number("3114", "Prévention du suicide, gratuit, jour et nuit")

EMERGENCIES = {
    e.type: e
    for e in (
        Emergency("violences", (POLICE, BY_TEXT, VIOLENCE, ELDERLY)),
        Emergency("suicide", (SUICIDE, SAMU, EUROPE)),
        Emergency("sans_abri", (HOMELESS, EUROPE)),
        Emergency("enfant_danger", (CHILDREN, POLICE)),
        Emergency("danger_imminent", (POLICE, SAMU, FIREMEN, EUROPE, BY_TEXT)),
    )
}
