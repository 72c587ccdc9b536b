"""The score of a sentence goes the way people's trouble with it goes."""

import pytest

from assistant.catalogue.readability import score, sentences, syllables, words


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("le", 1),
        ("les", 1),
        ("carte", 1),
        ("guichet", 2),
        ("l'agent", 2),
        ("que", 1),
        ("année", 2),
        ("créer", 2),
        ("naïf", 2),
        ("voyage", 2),
        ("identité", 4),
        ("aujourd'hui", 3),
        ("RSA", 3),
        ("MDPH", 4),
        ("ANTS", 1),
        ("2025", 4),
    ],
)
def test_syllables_are_those_one_hears(word: str, count: int) -> None:
    """The silent e is not counted, an abbreviation is said letter by letter."""
    assert syllables(word) == count


def test_sentences_end_before_a_capital_or_a_figure() -> None:
    """A point inside a site's name or a shortened word ends nothing."""
    text = "Allez sur justice.fr avant midi. 3 jours après, revenez ! Est-ce fini ? Oui, etc. et puis voilà."
    assert len(sentences(text)) == 4
    assert sentences("") == sentences("…") == []


def test_a_hyphen_parts_words_and_an_elision_does_not() -> None:
    """« Avez-vous l'acte ? » has three."""
    assert words("Avez-vous l'acte ?") == ["Avez", "vous", "l'acte"]


def test_the_score_is_the_formula() -> None:
    """Five words of six syllables in one sentence, then ten of twelve in two: 207 - 1.015 × 5 - 73.6 × 6 / 5 both."""
    for text in ("Le chat mange du poulet.", "Le chat mange du poulet. Le chat mange du poulet."):
        assert score(text) == pytest.approx(207 - 1.015 * 5 - 73.6 * 6 / 5)


def test_two_sentences_are_easier_than_one_of_both() -> None:
    """Length counts, beside the words."""
    one = "Vous prenez votre carte et vous venez au guichet et vous parlez à un agent."
    assert score("Vous prenez votre carte. Vous venez au guichet. Vous parlez à un agent.") > score(one)


def test_plain_words_are_easier_than_the_administration_s() -> None:
    """The measure tells what it is there to tell: over 60 on one side, under 30 on the other."""
    assert score("Apportez une carte à votre nom.") > 60
    assert score("La régularisation nécessite la présentation d'un justificatif d'immatriculation.") < 30


def test_no_word_is_no_trouble() -> None:
    """Nothing to read is easy."""
    assert score("") == score("—") == 100
