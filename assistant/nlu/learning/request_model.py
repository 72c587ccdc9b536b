"""The model of requests: texts → probabilities over labels, and whether a text holds several requests.

A label is an intent (`lieu`) or an intent and its sub-intent (`demande/caf.rsa`); a training label may join several
sub-intents with "+" (`demande/caf.rsa+caf.aide_logement`): a person wants both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from random import Random

import numpy as np

from assistant.nlu.learning.augmentation import joined, noisy
from assistant.nlu.learning.features import Features, Vectorised, stack
from assistant.nlu.learning.network import Matrix, Network, Shape, learn, sigmoid, softmax
from assistant.nlu.learning.spelling import Spelling
from assistant.nlu.learning.vectors import WordVectors
from assistant.text import normalise

READ, TOLD = 60, 4
"""Words of a message that are asked whether they spoke for a label, and how many are told."""
KEPT = 4096
"""Words whose pull is remembered: 1 kB each."""
PUNCTUATION = ".,;:!?…«»\"'()’"


@dataclass(frozen=True)
class Scored:
    """A label with its probability."""

    label: str
    probability: float


@dataclass(frozen=True)
class Reading:
    """What a text is taken for: every label, best first, and the probability that it holds several requests."""

    ranking: tuple[Scored, ...]
    several: float


@dataclass(frozen=True)
class Recipe:
    """How to learn; `make quality-compare` measures the alternatives."""

    shape: Shape = field(default_factory=Shape)
    noise: bool = True
    """Whether every sentence is also seen as typed in a hurry."""
    joined: float = 0.1
    """Pairs of requests said in one breath, as a share of the sentences."""
    spelling: bool = True
    """Whether unknown words are pulled to the lexicon."""
    temperature: float = 1.0
    """Divides the logits: above 1 the probabilities are less sure of themselves. Set by `assistant quality thresholds`."""


class RequestModel:
    """Texts → readings."""

    def __init__(self, recipe: Recipe | None = None):
        self._recipe = recipe or Recipe()
        self._labels: list[str] = []
        self._spelling: Spelling | None = None
        self._features: Features | None = None
        self._network: Network | None = None
        self._pulls: dict[str, Matrix | None] = {}
        self._latest: tuple[str, Vectorised] | None = None
        """The text read last, and its row: the explanation that follows needs it again."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> RequestModel:
        """Learn from labelled texts."""
        texts, labels = self._with_joined(texts, labels)
        vectors = WordVectors.from_spacy()
        normalised = [normalise(text) for text in texts]
        self._spelling = Spelling.of(normalised, vectors.knows) if self._recipe.spelling else None
        self._features = Features(vectors).fit(normalised)
        self._labels = sorted({single for label in labels for single in singles(label)})

        rows, targets = self._vectorise(normalised), self._targets(labels)
        if self._recipe.noise:
            random = Random(self._recipe.shape.seed)
            rows = stack(rows, self._vectorise([normalise(noisy(text, random)) for text in texts]))
            targets = np.concatenate([targets, targets])
        self._network = learn(rows, targets, self._recipe.shape)
        return self

    def _with_joined(self, texts: Sequence[str], labels: Sequence[str]) -> tuple[list[str], list[str]]:
        """The texts, and pairs of short requests said in one breath."""
        requests = [pair for pair in zip(texts, labels, strict=True) if pair[1].startswith("demande/")]
        pairs = joined(requests, round(len(texts) * self._recipe.joined), Random(self._recipe.shape.seed))
        return [*texts, *(text for text, _ in pairs)], [*labels, *(label for _, label in pairs)]

    @property
    def labels(self) -> list[str]:
        """What it can recognise, in the order of `scores`."""
        return self._labels

    def calibrated(self, temperature: float) -> RequestModel:
        """The same model with probabilities drawn towards, or away from, each other."""
        other = RequestModel(replace(self._recipe, temperature=temperature))
        other._labels, other._spelling, other._features = self._labels, self._spelling, self._features
        other._network = self._network
        return other

    def read(self, text: str) -> Reading:
        """What one text is taken for."""
        return self.read_all([text])[0]

    def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """What each text is taken for."""
        probabilities, several = self.scores([normalise(text) for text in texts])
        return [
            Reading(tuple(Scored(self._labels[i], float(row[i])) for i in np.argsort(-row)), float(chance))
            for row, chance in zip(probabilities, several, strict=True)
        ]

    def scores(self, normalised: Sequence[str]) -> tuple[Matrix, Matrix]:
        """Probabilities over `labels` (n, k), and of several requests (n,).

        A misspelt text is read in each way it may have been meant; what the readings say for a label is averaged, the
        likelier readings more, before it becomes a probability: a mean of probabilities would be less sure than any of them.
        """
        if self._network is None or self._features is None:
            raise RuntimeError("the model is not trained")
        read = self._spelling.corrections(normalised) if self._spelling else [[(1.0, text)] for text in normalised]
        weights = np.array([weight for corrections in read for weight, _ in corrections], dtype=np.float32)
        firsts = np.cumsum([0, *(len(corrections) for corrections in read)])[:-1]
        rows = self._features.transform([text for corrections in read for _, text in corrections])
        if len(normalised) == 1:
            self._latest = normalised[0], Vectorised(rows.counts[0], rows.vectors[:1])
        logits, several = self._network.run(rows)
        together = np.add.reduceat(logits * weights[:, None], firsts)
        probabilities = softmax(together / np.float32(self._recipe.temperature))
        return probabilities, np.add.reduceat(sigmoid(several)[:, 0] * weights, firsts)

    def because(self, text: str, labels: Sequence[str]) -> list[list[str]]:
        """For each label, the words of the text (as typed) that spoke most for it; empty where none did."""
        words = [word.strip(PUNCTUATION) for word in text.split()][:READ]
        words = [word for word in dict.fromkeys(words) if normalise(word)]
        if not words or self._network is None:
            return [[] for _ in labels]
        chosen = [self._labels.index(label) for label in labels]
        pulls = self._pulls_of([normalise(word) for word in words])
        evidence = self._network.evidence(self._row(normalise(text)), pulls, chosen)
        return [_most_telling(words, evidence[:, n]) for n in range(len(chosen))]

    def _pulls_of(self, words: Sequence[str]) -> Matrix:
        """(words, h): what each adds to the hidden layer; kept, as the same words come back in every message."""
        if self._network is None:
            raise RuntimeError("the model is not trained")
        found = {word: self._pulls.get(word) for word in words}
        new = [word for word, pull in found.items() if pull is None]
        if new:  # all at once: a call costs more than a word
            found |= zip(new, self._network.pull(self._vectorise(new)), strict=True)
        if len(self._pulls) + len(new) > KEPT:
            self._pulls.clear()
        self._pulls.update(islice(found.items(), KEPT))
        return np.stack([pull for word in words if (pull := found[word]) is not None])

    def _row(self, normalised: str) -> Vectorised:
        latest = self._latest
        return latest[1] if latest and latest[0] == normalised else self._vectorise([normalised])

    def _vectorise(self, normalised: Sequence[str]) -> Vectorised:
        if self._features is None:
            raise RuntimeError("the model is not trained")
        corrected = self._spelling.correct_all(normalised) if self._spelling else normalised
        return self._features.transform(corrected)

    def _targets(self, labels: Sequence[str]) -> Matrix:
        index = {label: i for i, label in enumerate(self._labels)}
        targets = np.zeros((len(labels), len(index)), dtype=np.float32)
        for row, label in enumerate(labels):
            wanted = singles(label)
            for single in wanted:
                targets[row, index[single]] = 1 / len(wanted)
        return targets


def _most_telling(words: Sequence[str], evidence: Matrix) -> list[str]:
    """At most four words, each speaking at least a quarter as loud as the first, in the order they were typed."""
    order = [i for i in np.argsort(-evidence)[:TOLD] if evidence[i] > max(0.0, evidence.max() / 4)]
    return [words[i] for i in sorted(order)]


def singles(label: str) -> list[str]:
    """`demande/caf.rsa+caf.aah` → the two labels it joins; any other label → itself."""
    intent, _, sub = label.partition("/")
    return [f"{intent}/{part}" for part in sub.split("+")] if sub else [label]
