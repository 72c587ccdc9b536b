"""Rasa's own pipelines on our sentences: what `make quality-compare` and bench/triage.py measure ours against."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from rasa.core.agent import Agent
from rasa.engine.caching import CACHE_LOCATION_ENV
from rasa.model_training import train_nlu
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

Component = dict[str, Any]

CHARACTERS: Component = {
    "name": "CountVectorsFeaturizer",
    "analyzer": "char_wb",
    "min_ngram": 1,
    "max_ngram": 4,
}
SUB = "__"
"""Stands for "/": Rasa would read a retrieval intent, and rank `demande` alone."""


def diet(epochs: int) -> list[Component]:
    """What `rasa init` writes, up to the classifier; no sentence of ours marks entities."""
    return [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        CHARACTERS,
        _diet(epochs),
    ]


def diet_without_transformer(epochs: int) -> list[Component]:
    """The same, its words added up instead of read in order: several times quicker to learn."""
    *features, classifier = diet(epochs)
    return [*features, classifier | {"number_of_transformer_layers": 0}]


def diet_with_spacy(epochs: int, model: str) -> list[Component]:
    """DIET on spaCy's tokens and vectors beside the counts."""
    return [
        {"name": "SpacyNLP", "model": model},
        {"name": "SpacyTokenizer"},
        {"name": "SpacyFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        CHARACTERS,
        _diet(epochs),
    ]


def logistic() -> list[Component]:
    """Pieces of words and Rasa's logistic regression."""
    every_label = 10_000  # 0 is an empty ranking for this component
    return [
        {"name": "WhitespaceTokenizer"},
        CHARACTERS,
        {"name": "LogisticRegressionClassifier", "ranking_length": every_label},
    ]


def _diet(epochs: int) -> Component:
    return {"name": "DIETClassifier", "epochs": epochs, "entity_recognition": False, "ranking_length": 0}


class StockRasa:
    """A pipeline of Rasa's components: texts → scores over labels."""

    labels: list[str]

    def __init__(self, pipeline: Sequence[Component], folder: Path | None = None):
        self._pipeline = list(pipeline)
        self._own = TemporaryDirectory(prefix="stock_rasa_")  # removed with this object
        self._folder = folder or Path(self._own.name)
        self._agent: Agent | None = None
        self.archive: Path | None = None

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> StockRasa:
        """Train on the sentences that ask for one thing only: one label a sentence is all Rasa learns."""
        single = [(text, label) for text, label in zip(texts, labels, strict=True) if "+" not in label]
        self.labels = sorted({label for _, label in single})
        messages = [Message.build(text=text, intent=label.replace("/", SUB)) for text, label in single]
        (self._folder / "nlu.yml").write_text(TrainingData(messages).nlu_as_yaml(), encoding="utf-8")
        config = {"recipe": "default.v1", "assistant_id": "stock", "language": "fr", "pipeline": self._pipeline}
        (self._folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")

        os.environ[CACHE_LOCATION_ENV] = str(self._folder / "cache")  # else a second run would learn nothing
        archive = train_nlu(str(self._folder / "config.yml"), str(self._folder / "nlu.yml"), str(self._folder))
        if archive is None:
            raise RuntimeError("Rasa trained nothing")
        self.archive = Path(archive)
        return self

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, labels); a leading "/" goes: Rasa would take the rest for the name of an intent."""
        column = {label: i for i, label in enumerate(self.labels)}
        scores = np.zeros((len(texts), len(column)), dtype=np.float32)
        for row, parsed in enumerate(asyncio.run(self._parse([text.lstrip("/ ") for text in texts]))):
            for ranked in parsed["intent_ranking"]:
                scores[row, column[ranked["name"].replace(SUB, "/")]] = ranked["confidence"]
        return scores

    async def _parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        return [await self.agent.parse_message(text) for text in texts]

    @property
    def agent(self) -> Agent:
        """The trained model, loaded as a server would."""
        if self._agent is None:
            self._agent = Agent.load(self.archive)
        return self._agent

    def __getstate__(self) -> dict[str, Any]:
        """What would be kept on disk: the archive."""
        return {"archive": self.archive and self.archive.read_bytes()}
