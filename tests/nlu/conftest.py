"""Word vectors read once a session, and one small model learnt on ten labels of our sentences."""

from itertools import combinations
from types import SimpleNamespace
from typing import Any

import pytest
import spacy

from assistant.nlu.learning.network import Shape
from assistant.nlu.learning.request_model import Recipe, RequestModel
from assistant.nlu.learning.vectors import SPACY_MODEL, UNUSED, WordVectors
from assistant.quality.training import read
from assistant.settings import Settings

LEARNT = {
    "demande/caf.rsa",
    "demande/caf.aide_logement",
    "demande/interieur.carte_grise",
    "demande/interieur.passeport",
    "demande/retraite.reversion",
    "clarifier/caf",
    "hors_perimetre/meteo_loisirs",
    "urgence/violences",
    "salutation",
    "prendre_rdv",
}
"""What the small model knows."""


@pytest.fixture(scope="session")
def vocabulary() -> Any:
    """SpaCy's own, which takes seconds to read."""
    return spacy.load(SPACY_MODEL, exclude=list(UNUSED)).vocab


@pytest.fixture(scope="session")
def vectors(vocabulary: Any) -> WordVectors:
    """Ours, made from that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spacy, "load", lambda *_, **__: SimpleNamespace(vocab=vocabulary))
        return WordVectors.from_spacy()


@pytest.fixture(scope="session")
def small_model(vectors: WordVectors) -> RequestModel:
    """Learnt in a few seconds; quick enough for what is said of models in general."""
    folders = ("dialogue", "procedures/caf", "procedures/interieur", "procedures/retraite")
    sentences = [example for folder in folders for example in read(Settings().nlu_data_dir / folder)]
    known = [(text, label) for text, label in sentences if label in LEARNT]
    assert len(known) > 1_000
    known += joined(known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WordVectors, "from_spacy", lambda: vectors)
        model = RequestModel(Recipe(shape=Shape(hidden=64, epochs=8)))
        return model.fit([text for text, _ in known], [label for _, label in known])


def joined(examples: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Forty texts for each two procedures, made of a sentence of each: our own that join these ten are too few."""
    sentences: dict[str, list[str]] = {}
    for text, label in examples:
        sentences.setdefault(label, []).append(text)
    procedures = sorted(label for label in sentences if label.startswith("demande/"))
    return [
        (f"{first} et aussi {second}", f"{one}+{other.removeprefix('demande/')}")
        for one, other in combinations(procedures, 2)
        for first, second in zip(sentences[one][:40], sentences[other][:40], strict=True)
    ]
