"""A model on messages: predictions, and the figures drawn from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from assistant.nlu.decision import Decision, Thresholds, chance_of_right, named
from assistant.nlu.learning.request_model import Reading, RequestModel
from assistant.nlu.understanding import understand
from assistant.quality.messages import Message, Prediction, covers, is_right, partners

BINS = 10
"""Of the calibration curve."""
MIX = {"interieur": 19, "caf": 16, "assurance_maladie": 16, "impots": 15, "retraite": 14}
"""Percent of the requests at the counters (the network's own figures: five partners make 80 %); the others share the rest."""


@dataclass
class Tally:
    """So many right, of so many."""

    right: int = 0
    of: int = 0

    def add(self, right: bool) -> None:
        """One more."""
        self.right += right
        self.of += 1

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 where there is nothing."""
        return self.right / self.of if self.of else 0.0


@dataclass
class Figures:
    """What was counted on one set of messages."""

    kinds: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    styles: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    """Among messages that ask for a procedure."""
    partners: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    """The right procedure, by the partner that was meant."""
    partner: Tally = field(default_factory=Tally)
    first_three: Tally = field(default_factory=Tally)
    several: Tally = field(default_factory=Tally)
    asked_back: Tally = field(default_factory=Tally)
    """Among messages that ask for a procedure."""
    wrong_partner: Tally = field(default_factory=Tally)
    """Among messages that were answered with a procedure."""
    false_alarm: Tally = field(default_factory=Tally)
    confusions: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    certainty: list[tuple[float, bool]] = field(default_factory=list)
    """Confidence of an answer, and whether it was right."""

    @property
    def weighted(self) -> float:
        """Recall of procedures, partners weighted as at the counters."""
        rest = [name for name in self.partners if name not in MIX]
        weights = {name: MIX.get(name, (100 - sum(MIX.values())) / max(1, len(rest))) for name in self.partners}
        return sum(w * self.partners[name].share for name, w in weights.items()) / sum(weights.values())

    @property
    def calibration_error(self) -> float:
        """Mean distance between confidence and truth over the bins, weighted by how full they are."""
        return sum(abs(sure - true) * n for sure, true, n in self.curve) / max(1, len(self.certainty))

    @property
    def curve(self) -> list[tuple[float, float, int]]:
        """For each bin that is not empty: mean confidence, share right, how many."""
        bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
        for confidence, right in self.certainty:
            bins[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
        return [
            (float(np.mean([c for c, _ in b])), float(np.mean([r for _, r in b])), len(b))
            for _, b in sorted(bins.items())
        ]


def readings(model: RequestModel, messages: Sequence[Message]) -> list[Reading]:
    """What the model reads in each message, its places and moments left out."""
    return model.read_all([message.request for message in messages])


def predict(messages: Sequence[Message], read: Sequence[Reading], thresholds: Thresholds) -> list[Prediction]:
    """What each message is taken for."""
    return [
        Prediction("dialogue", (), message.claim, 1.0)
        if message.claim
        else prediction_of(understand(message.text, message.entities, reading, thresholds))
        for message, reading in zip(messages, read, strict=True)
    ]


def prediction_of(decision: Decision) -> Prediction:
    """A decision in the contract's words; labels as the triage names them."""
    kind = decision.kind
    ranked = tuple(candidate.label for candidate in decision.candidates)
    best = decision.candidates[0].probability if decision.candidates else 1.0
    act = decision.intent if kind == "dialogue" else None
    return Prediction(
        kind, tuple(named(kind, decision.requests, ranked)), act, chance_of_right(kind, decision.confidence, best)
    )


def count(messages: Iterable[Message], predictions: Iterable[Prediction]) -> Figures:
    """The figures of a set of messages."""
    figures = Figures()
    for message, prediction in zip(messages, predictions, strict=True):
        right = is_right(message, prediction)
        figures.kinds[message.kind].add(right)
        if message.kind != "urgence" and "urgence" not in message.expect.get("also_ok_kind", []):
            figures.false_alarm.add(prediction.kind == "urgence")
        if message.kind == "procedure":
            _count_request(figures, message, prediction, right)
        if prediction.kind == "procedure":
            _count_answer(figures, message, prediction, right)
    return figures


def _count_request(figures: Figures, message: Message, prediction: Prediction, right: bool) -> None:
    figures.styles[message.style].add(right)
    figures.asked_back.add(prediction.kind == "clarify")
    meant = partners(message.labels)
    for name in meant:
        figures.partners[name].add(right)
    answered = prediction.labels if prediction.kind == "procedure" else ()
    figures.partner.add(right or bool(meant & partners(answered[:1])))
    if message.several:
        figures.several.add(right)
        return
    figures.first_three.add(right or any(covers(message.labels, label) for label in prediction.labels[:3]))
    if answered and not right:
        figures.confusions[message.labels[0], answered[0]] += 1


def _count_answer(figures: Figures, message: Message, prediction: Prediction, right: bool) -> None:
    if message.several:
        return
    figures.certainty.append((prediction.confidence, right))
    expected = partners([*message.labels, *message.expect.get("also_ok", [])])
    figures.wrong_partner.add(prediction.labels[0].split("/")[0] not in expected and "*" not in expected and not right)
