"""From probabilities over labels to one decision: answer, ask back, refuse, alert, or a dialogue act."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.nlu.request_model import Scored

REQUEST, CLARIFY, OUT_OF_SCOPE, EMERGENCY = "demande", "clarifier", "hors_perimetre", "urgence"
KINDS = {REQUEST: "procedure", CLARIFY: "clarify", OUT_OF_SCOPE: "out_of_scope", EMERGENCY: "urgence"}


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which a decision is taken; they stand in config.yml."""

    answer: float = 0.3
    """Share of the best procedure among all procedures, under which two or three are proposed."""
    emergency: float = 0.3
    """Summed over the kinds of emergency: missing one costs more than one too many."""


@dataclass(frozen=True)
class Decision:
    """What a message is taken for. `intent` and `sub` make Rasa's full intent (`demande/caf.rsa`)."""

    intent: str
    sub: str | None
    confidence: float
    certainty: float
    """Probability of the likeliest single label: low where nothing was recognised."""
    candidates: tuple[Scored, ...]
    """Procedures (`caf/rsa`) with their share of probability among procedures, best first."""

    @property
    def kind(self) -> str:
        """The contract's word: procedure, clarify, out_of_scope, urgence or dialogue."""
        return KINDS.get(self.intent, "dialogue")

    def as_dict(self) -> dict[str, Any]:
        """For Rasa's parse data."""
        return asdict(self) | {"kind": self.kind}


def decide(ranking: Sequence[Scored], thresholds: Thresholds) -> Decision:
    """The decision for a ranking of labels `intent` or `intent/sub`, best first."""
    mass = _mass(ranking)
    candidates = _candidates(ranking, mass.get(REQUEST, 0.0))
    intent = _intent(mass, candidates, thresholds)
    best = next(s for s in ranking if _split(s.label)[0] == intent)
    if intent == REQUEST and candidates[0].probability < thresholds.answer:
        return Decision(CLARIFY, None, mass[intent], ranking[0].probability, candidates[:8])
    return Decision(intent, _split(best.label)[1], mass[intent], ranking[0].probability, candidates[:8])


def _intent(mass: dict[str, float], candidates: Sequence[Scored], thresholds: Thresholds) -> str:
    if mass.get(EMERGENCY, 0.0) >= thresholds.emergency:
        return EMERGENCY
    intent = max((name for name in mass if name != EMERGENCY), key=mass.__getitem__)
    # "caisse d'allocations familiales": the partner is at least as likely as its likeliest procedure
    vague = intent == REQUEST and mass.get(CLARIFY, 0.0) > mass[REQUEST] * candidates[0].probability
    return CLARIFY if vague else intent


def _mass(ranking: Sequence[Scored]) -> dict[str, float]:
    mass: dict[str, float] = {}
    for scored in ranking:
        intent = _split(scored.label)[0]
        mass[intent] = mass.get(intent, 0.0) + scored.probability
    return mass


def _candidates(ranking: Sequence[Scored], total: float) -> tuple[Scored, ...]:
    """Procedures, with probabilities that add up to one."""
    requests = [s for s in ranking if _split(s.label)[0] == REQUEST]
    return tuple(Scored(procedure_id(s.label), s.probability / total if total else 0.0) for s in requests)


def procedure_id(label: str) -> str:
    """`demande/caf.rsa` → `caf/rsa`."""
    return label.split("/", 1)[1].replace(".", "/", 1)


def _split(label: str) -> tuple[str, str | None]:
    intent, _, sub = label.partition("/")
    return intent, sub or None
