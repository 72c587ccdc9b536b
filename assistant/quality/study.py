"""The model studied: learnt from scratch, then tried on messages, on misspelt ones, on unseen folds and with less data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np

from assistant.nlu.decision import KINDS, REQUEST, Thresholds, procedure_id
from assistant.nlu.learning.request_model import Recipe, RequestModel
from assistant.quality.measure import Figures, count, predict, readings
from assistant.quality.messages import Message, Prediction, misspelt, prepare
from assistant.quality.training import Example

FOLDS = 5
SHARES = (0.1, 0.25, 0.5, 0.75)
"""Of the sentences of each label, for the learning curve."""
SLIPS = (0, 1, 2, 3)


@dataclass
class Study:
    """What was measured."""

    sentences: int
    seconds: float
    """Training on every sentence."""
    sets: dict[str, Figures]
    """Name of the set of messages → its figures."""
    slips: dict[int | str, float] = field(default_factory=dict)
    """Slips a message (or "un par mot") → share of procedures right, over all sets together."""
    unseen: Figures = field(default_factory=Figures)
    """Training sentences, each predicted by a model that had not seen it nor its fold."""
    learning: list[tuple[int, float]] = field(default_factory=list)
    """Sentences learnt from → share of procedures right."""


def study(
    examples: Sequence[Example], sets: dict[str, list[Message]], recipe: Recipe, thresholds: Thresholds, quick: bool
) -> Study:
    """Everything the sheet says; `quick` leaves out the folds and the learning curve (ten minutes)."""
    start = time.perf_counter()
    model = learnt(examples, recipe)
    seconds = time.perf_counter() - start
    figures = {name: figures_of(model, messages, thresholds) for name, messages in sets.items()}
    found = Study(len(examples), seconds, figures)
    everything = [message for messages in sets.values() for message in messages]
    found.slips = _slips(model, everything, thresholds)
    if not quick:
        found.unseen = _unseen(examples, recipe, thresholds)
        found.learning = [*_learning(examples, everything, recipe, thresholds)]
        found.learning.append((len(examples), _procedures(model, everything, thresholds)))
    return found


def learnt(examples: Sequence[Example], recipe: Recipe) -> RequestModel:
    """A model that has learnt these sentences."""
    return RequestModel(recipe).fit([text for text, _ in examples], [label for _, label in examples])


def figures_of(model: RequestModel, messages: Sequence[Message], thresholds: Thresholds) -> Figures:
    """The figures of one set."""
    return count(messages, predict(messages, readings(model, messages), thresholds))


def _procedures(model: RequestModel, messages: Sequence[Message], thresholds: Thresholds) -> float:
    return figures_of(model, [m for m in messages if m.kind == "procedure"], thresholds).kinds["procedure"].share


def _slips(model: RequestModel, messages: Sequence[Message], thresholds: Thresholds) -> dict[int | str, float]:
    asked = [m for m in messages if m.kind == "procedure"]
    shares: dict[int | str, float] = {
        slips: _procedures(model, misspelt(asked, Random(7), None, slips), thresholds) for slips in SLIPS
    }
    shares["un par mot"] = _procedures(model, misspelt(asked, Random(7), 1.0), thresholds)
    return shares


def _unseen(examples: Sequence[Example], recipe: Recipe, thresholds: Thresholds) -> Figures:
    """Every sentence of a procedure, predicted by the model of the other folds."""
    fold = np.random.default_rng(recipe.shape.seed).integers(FOLDS, size=len(examples))
    together: list[tuple[Message, Prediction]] = []
    for held in range(FOLDS):
        model = learnt([e for e, f in zip(examples, fold, strict=True) if f != held], recipe)
        messages = [_message(*e) for e, f in zip(examples, fold, strict=True) if f == held and "+" not in e[1]]
        together += zip(messages, predict(messages, readings(model, messages), thresholds), strict=True)
    return count([m for m, _ in together], [p for _, p in together])


def _message(text: str, label: str) -> Message:
    """A training sentence as a message to measure."""
    intent = label.split("/")[0]
    labels = [procedure_id(label)] if intent == REQUEST else []
    expect = {"kind": KINDS.get(intent, "dialogue"), "act": intent, "labels": labels}
    return prepare({"id": label, "text": text, "style": "entraînement", "expect": expect})


def _learning(
    examples: Sequence[Example], messages: Sequence[Message], recipe: Recipe, thresholds: Thresholds
) -> list[tuple[int, float]]:
    order = np.random.default_rng(recipe.shape.seed).random(len(examples))
    points = []
    for share in SHARES:
        kept = [e for e, chance in zip(examples, order, strict=True) if chance < share]
        points.append((len(kept), _procedures(learnt(kept, recipe), messages, thresholds)))
    return points
