"""A question's answer in the words of a person."""

import re

from rapidfuzz import fuzz

from assistant.catalogue.models import Choice, Procedure, Question, Situation
from assistant.text import fold

CLOSE = 86
"""Likeness from which a short answer is a choice, spelling aside."""
TELLING = 4
"""Letters from which a choice's words may be looked for inside a longer message; "oui" and "non" say nothing there."""


def match_choice(question: Question, text: str) -> str | None:
    """The one choice that a typed answer names; None where none or several fit."""
    said = fold(text)
    inside = [choice.id for choice in question.choices if any(_names(said, words) for words in _words(choice))]
    if len(inside) == 1:
        return inside[0]
    scores = {c.id: max(fuzz.token_sort_ratio(said, words) for words in _words(c)) for c in question.choices}
    best = sorted(scores, key=scores.__getitem__)[-1]
    others = [score for name, score in scores.items() if name != best]
    return best if scores[best] >= CLOSE and scores[best] - max(others) > 5 else None


def answers_within(procedure: Procedure, text: str) -> Situation:
    """The answers that a first message already gives: "permis volé" answers "perdu ou volé ?".

    A word of the procedure's own names says nothing of the situation: "attestation employeur" is not "I am the employer".
    """
    names = [fold(procedure.title), fold(procedure.official_title)]
    found: Situation = {}
    for question in procedure.questions:
        named = _named(question, fold(text))
        if len(named) == 1 and named not in (_named(question, name) for name in names):
            found[question.id] = named.pop()
    return found


def _named(question: Question, said: str) -> set[str]:
    """The choices whose telling words stand in a folded text."""
    return {c.id for c in question.choices for words in _words(c) if len(words) >= TELLING and _names(said, words)}


def _words(choice: Choice) -> list[str]:
    return [fold(words) for words in (choice.label, *choice.aliases)]


def _names(said: str, words: str) -> bool:
    return bool(re.search(rf"\b{re.escape(words)}\b", said))
