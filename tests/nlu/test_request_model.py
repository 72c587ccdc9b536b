"""The model of requests, learnt small: what it reads, why, how sure, and how many things are asked."""

from pathlib import Path

import joblib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.nlu.learning.request_model import READ, TOLD, RequestModel, singles
from tests.nlu.conftest import LEARNT

CLEAR = [
    ("Je voudrais faire une demande de RSA, je n'ai plus aucun revenu", "demande/caf.rsa"),
    ("combien d'APL pour un studio à deux", "demande/caf.aide_logement"),
    ("j'ai vendu ma voiture, la carte grise est à mon nom", "demande/interieur.carte_grise"),
    ("mon passeport périme avant les vacances", "demande/interieur.passeport"),
    ("ma femme est décédée, ai-je droit à sa retraite ?", "demande/retraite.reversion"),
    ("quel temps fera-t-il dimanche à la montagne", "hors_perimetre/meteo_loisirs"),
    ("mon mari m'a encore frappée hier", "urgence/violences"),
    ("bonjour", "salutation"),
]
MISSPELT = [
    ("pasport perdu coment fair", "demande/interieur.passeport"),
    ("j vx toucher le rsa g pu de revenu", "demande/caf.rsa"),
    ("pansion de reversoin apres deces de mon epou", "demande/retraite.reversion"),
    ("certifica dimmatriculation cart griz", "demande/interieur.carte_grise"),
]


@pytest.mark.parametrize(("text", "label"), CLEAR + MISSPELT)
def test_a_request_is_recognised(small_model: RequestModel, text: str, label: str) -> None:
    """Written as it should be, or as it is."""
    assert small_model.read(text).ranking[0].label == label


def test_every_label_is_ranked_once_best_first(small_model: RequestModel) -> None:
    """With probabilities that add up to one; a joined label is no label of its own."""
    assert set(small_model.labels) == LEARNT
    ranking = small_model.read("une carte grise").ranking
    assert sorted(scored.label for scored in ranking) == small_model.labels
    chances = [scored.probability for scored in ranking]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1, abs=1e-5)


@settings(deadline=None, max_examples=50)
@given(text=st.text())
def test_any_text_is_read(small_model: RequestModel, text: str) -> None:
    """Empty, foreign or senseless: probabilities all the same, and words told where there are some."""
    reading = small_model.read(text)
    assert sum(scored.probability for scored in reading.ranking) == pytest.approx(1, abs=1e-4)
    assert 0 <= reading.several <= 1
    assert all(word in text for words in small_model.because(text, small_model.labels) for word in words)


def test_together_or_alone_a_text_reads_the_same(small_model: RequestModel) -> None:
    """A batch is only quicker."""
    texts = [text for text, _ in CLEAR]
    for together, text in zip(small_model.read_all(texts), texts, strict=True):
        alone = small_model.read(text)
        assert together.ranking[0].label == alone.ranking[0].label
        assert together.ranking[0].probability == pytest.approx(alone.ranking[0].probability, abs=1e-4)


def test_two_requests_are_both_read(small_model: RequestModel) -> None:
    """Sentences that join labels with "+" teach that several things may be wanted."""
    both = small_model.read("Comment refaire mon passeport et aussi changer l'adresse de la carte grise ?")
    one = small_model.read("Comment refaire mon passeport ?")
    assert {scored.label for scored in both.ranking[:2]} == {
        "demande/interieur.passeport",
        "demande/interieur.carte_grise",
    }
    assert both.several > 0.5 > one.several


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("demande/caf.rsa+caf.aah", ["demande/caf.rsa", "demande/caf.aah"]),
        ("demande/caf.rsa", ["demande/caf.rsa"]),
        ("lieu", ["lieu"]),
    ],
)
def test_a_joined_label_is_its_parts(label: str, parts: list[str]) -> None:
    """Each with its intent."""
    assert singles(label) == parts


def test_the_words_told_are_those_that_decide(small_model: RequestModel) -> None:
    """As they were typed, in the order they were typed, and each for its own label."""
    text = "Bonjour Madame, le PASSEPORT de ma fille, puis « l'aide » au logement."
    passport, housing = small_model.because(text, ["demande/interieur.passeport", "demande/caf.aide_logement"])
    assert "PASSEPORT" in passport
    assert "PASSEPORT" not in housing
    assert "logement" in housing
    assert all(words == sorted(words, key=text.index) for words in (passport, housing))


def test_a_misspelt_word_is_told_as_it_was_typed(small_model: RequestModel) -> None:
    """Operators look for it in the message."""
    assert "pasport" in small_model.because("mon pasport svp", ["demande/interieur.passeport"])[0]


def test_few_words_are_told_and_only_where_they_stand_at_the_front(small_model: RequestModel) -> None:
    """At most four, of the first sixty; none of a text without words."""
    assert small_model.because("… ?", ["salutation", "prendre_rdv"]) == [[], []]
    everything = small_model.because(
        "rsa revenu solidarité active allocation prime minimum couple", ["demande/caf.rsa"]
    )
    assert 1 <= len(everything[0]) <= TOLD
    late = " ".join(f"mot{n}" for n in range(READ)) + " passeport"
    assert "passeport" not in small_model.because(late, ["demande/interieur.passeport"])[0]


def test_remembered_pulls_are_bounded(small_model: RequestModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that meets every word of French does not keep them all; nor does forgetting change an answer."""
    monkeypatch.setattr("assistant.nlu.learning.request_model.KEPT", 3)
    small_model._pulls.clear()
    text, label = "le passeport de ma fille est perdu depuis lundi", "demande/interieur.passeport"
    first = small_model.because(text, [label])
    assert len(small_model._pulls) <= 3
    assert small_model.because(text, [label]) == first


def test_a_temperature_changes_how_sure_and_not_what(small_model: RequestModel) -> None:
    """Above one the best is less sure, below one surer; the order stays, and so does the model it was made from."""
    text = "une attestation pour ma carte"
    before = small_model.read(text)
    cold, warm = (small_model.calibrated(temperature).read(text) for temperature in (0.5, 2.0))
    assert [s.label for s in cold.ranking] == [s.label for s in before.ranking] == [s.label for s in warm.ranking]
    assert cold.ranking[0].probability > before.ranking[0].probability > warm.ranking[0].probability
    assert cold.several == before.several == warm.several
    assert small_model.read(text) == before == small_model.calibrated(1.0).read(text)


def test_a_saved_model_reads_the_same(small_model: RequestModel, tmp_path: Path) -> None:
    """As the model archive keeps it."""
    joblib.dump(small_model, tmp_path / "model")
    text = CLEAR[0][0]
    assert joblib.load(tmp_path / "model").read(text) == small_model.read(text)


def test_a_model_that_learnt_nothing_says_so() -> None:
    """Rather than to guess."""
    with pytest.raises(RuntimeError, match="not trained"):
        RequestModel().read("bonjour")
