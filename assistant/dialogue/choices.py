"""A typed answer that names one of the offered choices: "la deuxième", "2", "En France"."""

import re
from collections.abc import Sequence
from typing import Any

from rapidfuzz import fuzz

from assistant.catalogue.models import UNKNOWN
from assistant.text import fold

ORDINALS = {
    "1": 0, "un": 0, "premier": 0, "premiere": 0, "1er": 0, "1ere": 0,
    "2": 1, "deux": 1, "deuxieme": 1, "second": 1, "seconde": 1, "2eme": 1, "2e": 1,
    "3": 2, "trois": 2, "troisieme": 2, "3eme": 2, "3e": 2,
    "4": 3, "quatre": 3, "quatrieme": 3, "4eme": 3, "4e": 3,
    "5": 4, "cinq": 4, "cinquieme": 4, "5eme": 4, "5e": 4,
    "6": 5, "six": 5, "sixieme": 5, "6eme": 5, "6e": 5,
    "dernier": -1, "derniere": -1,
}  # fmt: skip
POINTERS = frozenset("le la les l celui celle numero choix option reponse je prends veux choisis plutot svp".split())
SAME = 92
"""Likeness from which a text is the label itself, a letter apart; under it another component understands."""


def resolve(text: str, buttons: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The one offered button that the text names, by its place or its words; None where that is not certain."""
    said = fold(text)
    words = [word for word in said.split() if word not in POINTERS]
    if len(words) == 1 and words[0] in ORDINALS:
        index, listed = ORDINALS[words[0]], buttons if ORDINALS[words[0]] >= 0 else _answers(buttons)
        return listed[index] if -len(listed) <= index < len(listed) else None
    named = [
        b
        for b in buttons
        if fuzz.ratio(said, re.sub(r" \d\d$", "", fold(b["title"]))) >= SAME or said == fold(b["title"])
    ]
    return named[0] if len(named) == 1 else None


def _answers(buttons: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The choices themselves, without the ways out that stand after them: "la dernière" is an answer."""
    intents = [button["payload"].split("{")[0] for button in buttons]
    alike = [b for b, intent in zip(buttons, intents, strict=True) if intent == intents[0]]
    return [button for button in alike if not button.get("id", "").endswith(f".{UNKNOWN}")]
