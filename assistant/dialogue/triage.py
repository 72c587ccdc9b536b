"""Rasa's parse data as the contract's triage."""

from typing import Any

from assistant.catalogue.loader import Catalogue
from assistant.dialogue.replies import Triage
from assistant.emergencies import EMERGENCIES
from assistant.nlu.classifier import TRIAGE
from assistant.nlu.decision import KINDS, NAMED, chance_of_right, named

SHOWN = 5
"""Candidates shown with their words."""


def to_triage(parsed: dict[str, Any], catalogue: Catalogue) -> Triage:
    """What one parsed message is understood as."""
    decision, intent = parsed.get(TRIAGE) or {}, parsed["intent"]["name"]
    kind = KINDS.get(intent, "dialogue")
    candidates = [c for c in decision.get("candidates", []) if c["label"] in catalogue.procedures]
    best = candidates[0]["probability"] if candidates else 1.0
    return Triage(
        kind=kind,
        labels=named(kind, decision.get("requests", []), [c["label"] for c in candidates]),
        candidates=[_candidate(c, decision, catalogue) for c in candidates[:SHOWN]] if kind in NAMED else [],
        act=intent if kind == "dialogue" else None,
        emergency=EMERGENCIES[decision["sub"]].as_dict() if kind == "urgence" else None,
        entities=parsed.get("entities", []),
        confidence=round(chance_of_right(kind, float(parsed["intent"]["confidence"]), best), 4),
        language=decision.get("language"),
    )


def _candidate(candidate: dict[str, Any], decision: dict[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    procedure = catalogue.procedure(candidate["label"])
    return {
        "id": procedure.id,
        "title": procedure.title,
        "partner": procedure.partner,
        "confidence": round(candidate["probability"], 4),
        "because": decision.get("because", {}).get(candidate["label"], []),
    }
