"""Words as vectors, found by digest, and texts as numbers."""

from typing import Any

import numpy as np
import pytest

from assistant.nlu.learning.features import Features, stack
from assistant.nlu.learning.vectors import WordVectors
from assistant.text import fold


@pytest.mark.parametrize("word", ["passeport", "logement", "demain", "retraite", "décès", "impôts"])
def test_a_word_has_spacys_vector(vectors: WordVectors, vocabulary: Any, word: str) -> None:
    """Of length one; accents are folded, as in what people type."""
    found = vectors.mean([fold(word)], {})[0]
    expected = vocabulary.get_vector(word)
    np.testing.assert_allclose(found, expected / np.linalg.norm(expected), atol=1e-5)


def test_unknown_words_weigh_nothing(vectors: WordVectors) -> None:
    """Alone they are zeros, beside others they are not there."""
    alone, nothing = vectors.mean(["xqzvw", ""], {})
    assert not alone.any()
    assert not nothing.any()
    beside, without = vectors.mean(["xqzvw passeport", "passeport"], {})
    np.testing.assert_array_equal(beside, without)


def test_a_rare_word_weighs_more(vectors: WordVectors) -> None:
    """ "le passeport" is about a passport, once it is known that "le" is everywhere."""
    frequency = {"le": 0.6, "passeport": 0.001}
    the, passport = vectors.mean(["le", "passeport"], {})
    weighted, flat = (vectors.mean(["le passeport"], known)[0] for known in (frequency, {}))
    assert weighted @ passport > 0.99 > flat @ passport
    assert weighted @ the < flat @ the
    assert np.linalg.norm(weighted) == pytest.approx(1, abs=1e-5)


def test_near_words_are_near(vectors: WordVectors) -> None:
    """A word our sentences lack speaks for the request of one they hold."""
    car, automobile, pension = vectors.mean(["voiture", "automobile", "retraite"], {})
    assert car @ automobile > car @ pension + 0.2


@pytest.mark.parametrize(
    ("word", "frequent"), [("bonjour", True), ("maison", True), ("xqzvw", False), ("pasport", False)]
)
def test_frequent_words_are_known(vectors: WordVectors, word: str, frequent: bool) -> None:
    """They are left alone by spelling; what is only a usual mistake is not one of them."""
    assert vectors.knows(word) is frequent


TEXTS = ["demande de rsa", "demande de passeport", "le rsa est suspendu", "le passeport est perdu"]


@pytest.fixture(scope="module")
def features(vectors: WordVectors) -> Features:
    """Learnt from four texts."""
    return Features(vectors).fit(TEXTS)


def test_a_text_is_a_row(features: Features, vectors: WordVectors) -> None:
    """Of counts, and of vectors; another text's row does not move it."""
    rows = features.transform(TEXTS)
    assert rows.counts.shape[0] == len(rows.vectors) == len(TEXTS)
    assert rows.vectors.shape[1] == vectors.size
    assert rows.counts.dtype == rows.vectors.dtype == np.float32
    alone = features.transform(TEXTS[2:3])
    assert (alone.counts != rows.counts[2]).nnz == 0
    np.testing.assert_array_equal(alone.vectors[0], rows.vectors[2])


def test_pieces_of_words_forgive_spelling(features: Features) -> None:
    """ "pasport" has pieces in common with passeport, and few with rsa."""
    rows = features.transform(["pasport", "passeport", "rsa"]).counts
    like = (rows @ rows.T).toarray()
    assert like[0, 1] > like[0, 2] + 0.2


def test_a_text_of_unknown_pieces_is_empty(features: Features) -> None:
    """Counts and vectors alike."""
    row = features.transform(["xqzvw"])
    assert row.counts.nnz == 0
    assert not row.vectors.any()


def test_frequency_is_the_share_of_texts(features: Features) -> None:
    """A word said twice in a text counts once."""
    assert features.frequency("rsa") == 0.5
    assert features.frequency("suspendu") == 0.25
    assert features.frequency("jamais") == 0.0


def test_stacked_rows_keep_their_order(features: Features) -> None:
    """First those of the one, then those of the other."""
    first, second = features.transform(TEXTS[:1]), features.transform(TEXTS[1:])
    together, whole = stack(first, second), features.transform(TEXTS)
    assert (together.counts != whole.counts).nnz == 0
    np.testing.assert_array_equal(together.vectors, whole.vectors)
