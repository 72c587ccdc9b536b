"""The comparison of pipelines: what its figures count, and what its page says."""

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.nlu.learning.request_model import singles
from assistant.quality.compare import MessageSet, digest, figures, judge, page, rows, sample
from assistant.quality.training import read
from assistant.settings import Settings

LABELS = ["demande/caf.aah", "demande/caf.rsa", "demande/impots.payer", "urgence/violences"]
RSA = {"kind": "procedure", "labels": ["caf/rsa"], "match": "any"}


def judged(expect: dict, *scores: float) -> dict[str, float]:
    """The figures of one message."""
    return judge(LABELS, np.array([scores], dtype=np.float32), [expect])


def test_the_best_procedure_is_taken_even_where_another_family_is_likelier() -> None:
    """Top-1 compares procedures alone; the family is a figure of its own."""
    assert judged(RSA, 0.1, 0.2, 0.0, 0.7) == {"top1": 100, "top3": 100, "partner": 100, "kind": 0}


def test_a_neighbour_of_the_same_partner_is_the_right_partner_only() -> None:
    """A wrong procedure of the right administration counts for the partner and among the first three."""
    assert judged(RSA, 0.6, 0.2, 0.1, 0.1) == {"top1": 0, "top3": 100, "partner": 100, "kind": 100}


def test_any_procedure_of_a_partner_may_be_expected() -> None:
    """`caf/*` is each of them, and no other partner's."""
    expect = RSA | {"labels": ["caf/*"]}
    assert judged(expect, 0.9, 0.0, 0.1, 0.0)["top1"] == 100
    assert judged(expect, 0.1, 0.0, 0.9, 0.0)["top1"] == 0


def test_a_message_with_several_requests_counts_for_the_kind_only() -> None:
    """Among single requests it would be wrong whatever came first."""
    several = RSA | {"labels": ["caf/aah", "caf/rsa"], "match": "all"}
    scores = np.array([[0.9, 0.1, 0, 0], [0.1, 0.9, 0, 0]], dtype=np.float32)
    assert judge(LABELS, scores, [several, RSA])["top1"] == 100


class Reader:
    """Recognises a word as it is written, and nothing else."""

    labels = LABELS

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        """Nothing to learn."""

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """RSA where the word is there."""
        return np.array([[0.5, 1.0 if "rsa" in text else 0.0, 0.1, 0.0] for text in texts], dtype=np.float32)


def test_the_loss_is_what_slips_of_the_finger_cost() -> None:
    """One of two messages is no longer recognised: fifty points."""
    messages = MessageSet("essai", [RSA, RSA], ["le rsa", "mon rsa"], ["le rsa", "mon rqa"])
    assert figures(Reader(), messages)["typo_loss"] == pytest.approx(50)


def test_the_page_names_what_was_not_measured_and_marks_what_is_old() -> None:
    """A row is there with its figures, or it is named as missing; figures of other sentences carry a mark."""
    measured = {"top1": 91.25, "top3": 97.0, "partner": 95.0, "kind": 90.0, "typo_loss": 3.5}
    row = {"sets": {"essai": measured}, "seconds": 70, "processor": 130, "peak_mb": 900, "p50_ms": 2, "size_mb": 36}
    results = {"ours": row | {"title": "ours", "data": "new"}, "linear-svc": row | {"title": "svc", "data": "old"}}
    text = page(results, [MessageSet("essai", [], [], [])], 10, "new", 5)
    assert "| ours | 91.2 | 97.0 | 95.0 | 90.0 | -3.5 | 70 | 130 | 900 | 2.0 | 36.0 |" in text
    assert "| svc † | 91.2 |" in text
    assert "DIET 5 epochs INSTEAD OF 100" in text.split("Not measured yet:")[1]
    assert "ComplementNB" in text.split("Not measured yet:")[1]


def test_every_sentence_is_read_and_every_label_kept_in_a_sample() -> None:
    """The sentences are those of nlu_data, and the linear pipelines can learn every label from the single requests."""
    examples = read(Settings().nlu_data_dir)
    assert len(examples) > 10_000
    assert {label for _, label in sample(examples, 0.01)} == {label for _, label in examples}
    alone = {label for _, label in examples if "+" not in label}
    assert {single for _, label in examples for single in singles(label)} == alone


def test_other_sentences_are_other_data() -> None:
    """A figure of yesterday's sentences is not taken for today's."""
    assert digest([("a", "b")], []) != digest([("a", "c")], [])


def test_rows_differ() -> None:
    """No title stands for two pipelines."""
    titles = [row.title for row in rows().values()]
    assert len(set(titles)) == len(titles) >= 10
