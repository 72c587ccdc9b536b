"""A text as numbers: pieces of words forgive spelling, words and pairs carry the meaning, vectors know the synonyms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.feature_extraction.text import TfidfVectorizer

from assistant.nlu.learning.vectors import WordVectors


class Vectorised(NamedTuple):
    """Texts as numbers, a row each: sparse counts, dense means of word vectors."""

    counts: csr_matrix
    vectors: NDArray[np.float32]


def stack(first: Vectorised, second: Vectorised) -> Vectorised:
    """The rows of both, one after the other."""
    return Vectorised(vstack([first.counts, second.counts]).tocsr(), np.concatenate([first.vectors, second.vectors]))


class Features:
    """Learns a vocabulary, then turns normalised texts into numbers."""

    def __init__(self, vectors: WordVectors):
        self._vectors = vectors
        self._frequency: dict[str, float] = {}
        characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), min_df=2, sublinear_tf=True, dtype=np.float32
        )
        words = TfidfVectorizer(
            ngram_range=(1, 2), tokenizer=str.split, token_pattern=None, min_df=2, sublinear_tf=True, dtype=np.float32
        )
        self._counts = (characters, words)

    def fit(self, texts: Sequence[str]) -> Features:
        """Learn the vocabulary and how frequent each word is."""
        for kind in self._counts:
            kind.fit(texts)
            kind.stop_words_ = None  # what was too rare: for looking at only, and as large as the vocabulary
        seen = Counter(word for text in texts for word in set(text.split()))
        self._frequency = {word: count / len(texts) for word, count in seen.items()}
        return self

    def transform(self, texts: Sequence[str]) -> Vectorised:
        """A row for each text."""
        counts = hstack([kind.transform(texts) for kind in self._counts], format="csr")
        return Vectorised(counts, self._vectors.mean(texts, self._frequency))

    def frequency(self, word: str) -> float:
        """Share of the texts learnt from that hold the word."""
        return self._frequency.get(word, 0.0)
