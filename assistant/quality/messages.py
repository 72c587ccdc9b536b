"""Measured messages: what each expects, and whether a prediction is right.

The format is the one of the evaluation set shared with other teams: {"id", "text", "style", "expect": {"kind", "labels", …}}.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from assistant.nlu.learning.augmentation import some_typos, typos
from assistant.nlu.understanding import Entity, without_places_and_moments
from assistant.settings import PROJECT

OWN = PROJECT / "tests" / "quality" / "messages.jsonl"
"""Written for measuring, by people who did not see the training sentences."""
SHARED = PROJECT.parent / "shared" / "eval" / "messages-dev.jsonl"


@dataclass(frozen=True)
class Message:
    """A message, what the extractors found in it, and what it expects."""

    id: str
    text: str
    style: str
    expect: dict[str, Any]
    entities: tuple[Entity, ...] = ()
    claim: str | None = None
    """The intent of a message that is only a place or a moment: no model is asked."""

    @property
    def kind(self) -> str:
        """What the message should be taken for."""
        return str(self.expect["kind"])

    @property
    def labels(self) -> list[str]:
        """The procedures that are right; all of them where `several`."""
        return list(self.expect.get("labels", []))

    @property
    def several(self) -> bool:
        """Whether every label is wanted."""
        return bool(self.expect.get("match") == "all")

    @property
    def request(self) -> str:
        """The text the model reads."""
        return without_places_and_moments(self.text, self.entities)


@dataclass(frozen=True)
class Prediction:
    """What a message was taken for, in the contract's words."""

    kind: str
    labels: tuple[str, ...]
    act: str | None
    confidence: float


def load(path: Path) -> list[Message]:
    """The messages of a file, with what the extractors find in each; needs the services in use."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [prepare(json.loads(line)) for line in lines if line.strip()]


def prepare(raw: dict[str, Any]) -> Message:
    """A message with its places and moments."""
    # here: the extractors bring Rasa, whose memory is not that of the pipelines that are compared
    from assistant.nlu.extractors import Extractor, MomentExtractor, PlaceExtractor, is_whole

    extractors: tuple[Extractor, ...] = (PlaceExtractor(), MomentExtractor())
    entities: list[Entity] = []
    claim = None
    for extractor in extractors:
        found = list(extractor.find(raw["text"]))
        claim = extractor.intent if found and is_whole(raw["text"], found) else claim
        entities += found
    return Message(raw["id"], raw["text"], raw["style"], raw["expect"], tuple(entities), claim)


def misspelt(messages: Iterable[Message], random: Any, per_word: float | None, slips: int = 0) -> list[Message]:
    """The same messages with a slip in that share of the words, or with that many slips in all."""
    return [
        Message(
            m.id,
            typos(m.request, random, per_word) if per_word else some_typos(m.request, random, slips),
            m.style,
            m.expect,
        )
        for m in messages
        if m.claim is None
    ]


def is_right(message: Message, prediction: Prediction) -> bool:
    """Whether the prediction is what the message expects."""
    expect = message.expect
    if prediction.kind in expect.get("also_ok_kind", []):
        return True
    if message.kind == "procedure":
        if message.several:
            return prediction.kind == "procedure" and set(message.labels) <= set(prediction.labels)
        return _answers(prediction, message.labels)
    if message.kind == "dialogue":
        return prediction.kind == "dialogue" and prediction.act == expect["act"]
    if prediction.kind == message.kind:
        return True
    direct = message.labels if expect.get("direct_ok") else []
    also = {"clarify": direct, "out_of_scope": expect.get("also_ok", [])}
    return _answers(prediction, also.get(message.kind, []))


def _answers(prediction: Prediction, wanted: Sequence[str]) -> bool:
    """Whether the prediction's first procedure is one of those wanted."""
    return prediction.kind == "procedure" and bool(prediction.labels) and covers(wanted, prediction.labels[0])


def covers(wanted: Sequence[str], label: str) -> bool:
    """Whether a procedure is one of those wanted; `caf/*` and `*/*` stand for any."""
    return any(fnmatch(label, pattern) for pattern in wanted)


def partners(labels: Sequence[str]) -> set[str]:
    """`caf/rsa` → caf."""
    return {label.split("/")[0] for label in labels}
