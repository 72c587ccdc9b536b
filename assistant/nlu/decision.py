"""From probabilities over labels to one decision: answer, ask back, refuse, alert, or a dialogue act."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from assistant.nlu.learning.request_model import Reading, Scored

REQUEST, CLARIFY, OUT_OF_SCOPE, EMERGENCY = "demande", "clarifier", "hors_perimetre", "urgence"
KINDS = {REQUEST: "procedure", CLARIFY: "clarify", OUT_OF_SCOPE: "out_of_scope", EMERGENCY: "urgence"}
HOMELESS = "sans_abri"
AT_MOST = 4
"""Requests kept of one message: more would be a list nobody reads."""
LEAST = 1e-4
"""Share of probability under which a label is noise, whatever the others have."""
SHOWN = 8
"""Candidates kept of a reading."""
NAMED = {"procedure": 3, "clarify": 5}
"""Procedures named where one is asked for, and where it must be asked which."""


@dataclass(frozen=True)
class Thresholds:
    """Where one decision ends and the next begins; `assistant quality thresholds` writes them into config.yml."""

    answer: float = 0.3
    """Share of the best procedure among all procedures, under which two or three are proposed."""
    vague: float = 1.0
    """Times the best procedure's probability that "which one?" may weigh before it is asked."""
    refuse: float = 1.0
    """Times the requests' probability that "out of scope" must weigh to be said."""
    alarm: float = 0.5
    """Summed over the kinds of emergency, where no word of danger stands in the message."""
    named_alarm: float = 0.1
    """The same, where one does."""
    homeless_alarm: float = 0.85
    """Where the likeliest kind is to sleep rough, and no word says tonight, outside, cold: to be without a home is a state."""
    several: float = 0.5
    """Probability of several requests from which more than one is kept."""
    second: float = 0.15
    """Share of probability a further request must have then."""


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
    requests: tuple[str, ...] = ()
    """The procedures asked for, where `intent` is a request: one, or several."""
    asked_for: float = 0.0
    """Probability that a procedure is asked for at all: what the candidates share."""

    @property
    def kind(self) -> str:
        """The contract's word: procedure, clarify, out_of_scope, urgence or dialogue."""
        return KINDS.get(self.intent, "dialogue")

    def as_dict(self) -> dict[str, Any]:
        """For Rasa's parse data."""
        return asdict(self) | {"kind": self.kind}


def decide(reading: Reading, danger_named: bool, thresholds: Thresholds) -> Decision:
    """The decision for a reading; a word of danger in the message makes an emergency easier to believe."""
    mass = _mass(reading)
    candidates = _candidates(reading, mass.get(REQUEST, 0.0))
    intent = _intent(mass, candidates, _alarm(reading, danger_named, thresholds), thresholds)
    best = next(s for s in reading.ranking if _split(s.label)[0] == intent)
    decided = Decision(
        intent,
        _split(best.label)[1],
        mass[intent],
        reading.ranking[0].probability,
        candidates[:SHOWN],
        asked_for=mass.get(REQUEST, 0.0),
    )
    if intent != REQUEST:
        return decided
    requests = _requests(candidates, reading.several, thresholds)
    if len(requests) == 1 and candidates[0].probability < thresholds.answer:
        return replace(decided, intent=CLARIFY, sub=None)
    return replace(decided, requests=requests)


def _alarm(reading: Reading, danger_named: bool, thresholds: Thresholds) -> float:
    """From which probability of emergency to alert."""
    if danger_named:
        return thresholds.named_alarm
    kind = next((s.label for s in reading.ranking if _split(s.label)[0] == EMERGENCY), None)
    return thresholds.homeless_alarm if kind == f"{EMERGENCY}/{HOMELESS}" else thresholds.alarm


def _intent(mass: Mapping[str, float], candidates: tuple[Scored, ...], alarm: float, thresholds: Thresholds) -> str:
    if mass.get(EMERGENCY, 0.0) >= alarm:
        return EMERGENCY
    # a vague request and a clear one are both requests: together they stand against refusal and small talk
    groups = {REQUEST: mass.get(REQUEST, 0.0) + mass.get(CLARIFY, 0.0)}
    groups[OUT_OF_SCOPE] = mass.get(OUT_OF_SCOPE, 0.0) / thresholds.refuse
    acts = {name: m for name, m in mass.items() if name not in (REQUEST, CLARIFY, OUT_OF_SCOPE, EMERGENCY)}
    act = max(acts, key=acts.__getitem__, default=REQUEST)
    groups[act] = groups.get(act, 0.0) + (sum(acts.values()) if acts else 0.0)
    intent = max(groups, key=groups.__getitem__)
    if intent == REQUEST and candidates:
        best = mass.get(REQUEST, 0.0) * candidates[0].probability
        return CLARIFY if mass.get(CLARIFY, 0.0) > best * thresholds.vague else REQUEST
    return intent


def _requests(candidates: tuple[Scored, ...], several: float, thresholds: Thresholds) -> tuple[str, ...]:
    first, *others = candidates[:AT_MOST]
    if several < thresholds.several:
        return (first.label,)
    # the first may be so sure that it leaves the second next to nothing: most of that is enough
    left = sum(other.probability for other in others)
    return (first.label, *(o.label for o in others if o.probability >= min(thresholds.second, max(left / 2, LEAST))))


def _mass(reading: Reading) -> dict[str, float]:
    mass: dict[str, float] = {}
    for scored in reading.ranking:
        intent = _split(scored.label)[0]
        mass[intent] = mass.get(intent, 0.0) + scored.probability
    return mass


def _candidates(reading: Reading, total: float) -> tuple[Scored, ...]:
    """Procedures, with probabilities that add up to one."""
    requests = [s for s in reading.ranking if _split(s.label)[0] == REQUEST]
    return tuple(Scored(procedure_id(s.label), s.probability / total if total else 0.0) for s in requests)


def named(kind: str, requests: Sequence[str], ranked: Sequence[str]) -> list[str]:
    """The procedures to name for a kind of message, best first: those asked for where they are several, else the likeliest."""
    if kind not in NAMED:
        return []
    return list(requests) if len(requests) > 1 else list(ranked[: NAMED[kind]])


def chance_of_right(kind: str, mass: float, best_share: float) -> float:
    """The probability that the answer is right: of the first procedure where one is answered, else of the kind."""
    return mass * best_share if kind == "procedure" else mass


def procedure_id(label: str) -> str:
    """`demande/caf.rsa` → `caf/rsa`."""
    return label.split("/", 1)[1].replace(".", "/", 1)


def label_of(procedure: str) -> str:
    """`caf/rsa` → `demande/caf.rsa`."""
    return f"{REQUEST}/{procedure.replace('/', '.', 1)}"


def _split(label: str) -> tuple[str, str | None]:
    intent, _, sub = label.partition("/")
    return intent, sub or None
