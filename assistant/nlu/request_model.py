"""The statistical model of requests: features and a multinomial logistic regression, no Rasa in it.

Character n-grams forgive spelling, words and pairs of words carry the meaning.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from assistant.text import normalise


@dataclass(frozen=True)
class Scored:
    """A label with its probability."""

    label: str
    probability: float


class RequestModel:
    """Texts → probabilities over labels."""

    def __init__(self, regularisation: float = 20.0):
        self._pipeline = Pipeline(
            [
                (
                    "features",
                    FeatureUnion(
                        [
                            (
                                "characters",
                                TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True),
                            ),
                            ("words", TfidfVectorizer(ngram_range=(1, 2), tokenizer=str.split, token_pattern=None, sublinear_tf=True)),
                        ]
                    ),
                ),
                ("classifier", LogisticRegression(C=regularisation, max_iter=60, tol=1e-3)),
            ]
        )

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> "RequestModel":
        """Learn from labelled texts."""
        self._pipeline.fit([normalise(text) for text in texts], list(labels))
        return self

    def rank(self, text: str) -> list[Scored]:
        """Every label with its probability, best first."""
        probabilities: NDArray[np.float64] = self._pipeline.predict_proba([normalise(text)])[0]
        labels = self._pipeline.classes_
        return [Scored(str(labels[i]), float(probabilities[i])) for i in np.argsort(-probabilities)]
