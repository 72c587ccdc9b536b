"""One message understood: its request without its places and moments, read by the model, then decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assistant.nlu.danger import names_danger, names_homelessness
from assistant.nlu.decision import CLARIFY, EMERGENCY, HOMELESS, REQUEST, Decision, Thresholds, decide
from assistant.nlu.learning.request_model import Reading
from assistant.text import normalise

UNRECOGNISED, UNBELIEVED, SHORT = 0.35, 0.5, 12
"""Certainty of a request, and of an act or a refusal, under which, in a message of so many words, only the place or the
moment it names is kept."""
Entity = dict[str, Any]


def understand(text: str, entities: Sequence[Entity], reading: Reading, thresholds: Thresholds) -> Decision:
    """The decision for a message, from the reading of its request."""
    danger = names_danger(normalise(text))
    decision = decide(reading, danger, thresholds)
    named = next((e["entity"] for e in entities if e["entity"] in ("lieu", "moment")), None)
    if decision.intent == EMERGENCY:  # before everything, however unsure: "il me frappe, je suis à Jussey"
        only_where = named == "lieu" and decision.sub == HOMELESS and not danger and names_homelessness(normalise(text))
        return replace(decision, intent="lieu", sub=None) if only_where else decision
    least = UNRECOGNISED if decision.intent in (REQUEST, CLARIFY) else UNBELIEVED
    if named and decision.certainty < least and len(text.split()) <= SHORT:
        # "prenez à Jussey, c'est moi qui viens": the place is all that is sure
        return replace(decision, intent=named, sub=None, requests=())
    return decision


def without_places_and_moments(text: str, entities: Sequence[Entity]) -> str:
    """The request alone: "un rendez-vous à Vesoul jeudi" is the same request as "un rendez-vous"."""
    rest = list(text)
    for entity in entities:
        if entity["entity"] in ("lieu", "moment"):
            rest[entity["start"] : entity["end"]] = " " * (entity["end"] - entity["start"])
    return "".join(rest)
