"""Rasa's parse data as the contract's triage."""

from typing import Any

from assistant.catalogue.loader import Catalogue
from assistant.dialogue.replies import Triage
from assistant.emergencies import EMERGENCIES
from assistant.nlu.classifier import TRIAGE
from assistant.nlu.decision import KINDS

SECOND = 0.25
"""Share of probability from which a further procedure is worth naming among the labels."""


def to_triage(parsed: dict[str, Any], catalogue: Catalogue) -> Triage:
    """What one parsed message is understood as."""
    decision, intent = parsed.get(TRIAGE) or {}, parsed["intent"]["name"]
    kind = KINDS.get(intent, "dialogue")
    candidates = [c for c in decision.get("candidates", []) if c["label"] in catalogue.procedures]
    return Triage(
        kind=kind,
        labels=_labels(kind, candidates),
        candidates=[_candidate(c, catalogue) for c in candidates[:5]] if kind in ("procedure", "clarify") else [],
        act=intent if kind == "dialogue" else None,
        emergency=EMERGENCIES[decision["sub"]].as_dict() if kind == "urgence" else None,
        entities=parsed.get("entities", []),
        confidence=round(parsed["intent"]["confidence"], 4),
    )


def _labels(kind: str, candidates: list[dict[str, Any]]) -> list[str]:
    if kind == "procedure":
        return [c["label"] for i, c in enumerate(candidates) if i == 0 or c["probability"] >= SECOND]
    return [c["label"] for c in candidates[:5]] if kind == "clarify" else []


def _candidate(candidate: dict[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    procedure = catalogue.procedure(candidate["label"])
    return {
        "id": procedure.id,
        "title": procedure.title,
        "partner": procedure.partner,
        "confidence": round(candidate["probability"], 4),
    }
