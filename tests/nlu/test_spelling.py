"""Odd words are pulled towards our lexicon, and nothing else is touched."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.nlu.learning import spelling
from assistant.nlu.learning.spelling import AT_MOST, ELIDED, USUAL, Spelling
from assistant.text import normalise

TAUGHT = {
    "attestation": 9,
    "logement": 9,
    "reversion": 9,
    "attend": 9,
    "permis": USUAL,
    "prenom": 2,
    "carte": 20,
    "caste": 3,
    "sejour": 9,
    "car": 9,
    "sa": 9,
    "une": 9,
    "once": 1,
}
"""Word → times it is met in the sentences."""
KNOWN = {"reversible", "certe", "maison"}
"""French words that our sentences do not hold."""

lexicon = Spelling.of([word for word, times in TAUGHT.items() for _ in range(times)], KNOWN.__contains__)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("atestation", "attestation"),
        ("attestaiton", "attestation"),
        ("logemant", "logement"),
        ("ogement", "logement"),
        ("sejourr", "sejour"),
        ("une atestation de logemnt", "une attestation de logement"),
    ],
)
def test_a_slip_is_mended(typed: str, meant: str) -> None:
    """A letter left out, doubled, swapped or beside its key."""
    assert lexicon.correct(typed) == meant


@pytest.mark.parametrize("word", ["caf", "rsa", "unr", "xyzzy", "2026", "a1b2c3"])
def test_what_has_no_near_word_or_too_many_stays(word: str) -> None:
    """Caf is never car and rsa never sa: three letters have too many neighbours."""
    assert lexicon.correct(word) == word


def test_short_words_would_change_without_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the bound taken off, caf does become car."""
    monkeypatch.setattr(spelling, "TARGET", 3)
    assert Spelling.of(["car car car"], KNOWN.__contains__).correct("caf") == "car"


@pytest.mark.parametrize("word", [*TAUGHT, *KNOWN])
def test_a_word_that_exists_is_no_mistake(word: str) -> None:
    """Neither ours, even met once, nor a frequent French word that is one slip away from ours."""
    assert lexicon.correct(word) == word


def test_two_slips_are_forgiven_in_long_words_and_in_usual_ones() -> None:
    """ "pemri" is permis, as everybody asks for it; "prnmo" might be anything."""
    assert lexicon.correct("rverson") == "rverson"
    assert lexicon.correct("reverson") == "reversion"
    assert lexicon.correct("atestasion") == "attestation"
    assert lexicon.correct("pemri") == "permis"
    assert lexicon.correct("prnmo") == "prnmo"


def test_of_two_words_as_near_the_usual_one_is_meant() -> None:
    """ "cadte" is one key from carte and one from caste."""
    assert lexicon.correct("cadte") == "carte"


def test_its_neighbours_say_which_word_is_meant() -> None:
    """One slip from both, and both as usual."""
    taught = Spelling.of(["ma carte grise"] * 5 + ["une tarte salee"] * 5, KNOWN.__contains__)
    assert taught.correct("ma xarte grise") == "ma carte grise"
    assert taught.correct("une xarte salee") == "une tarte salee"


@pytest.mark.parametrize(("times", "meant"), [(20, "arive"), (60, "arrive")])
def test_a_rare_word_beside_a_far_more_usual_one_is_a_slip(times: int, meant: str) -> None:
    """Our own sentences are misspelt too; twenty times as usual proves nothing yet."""
    taught = Spelling.of(["arrive"] * times + ["jamais arive"], KNOWN.__contains__)
    assert taught.correct("elle arive") == f"elle {meant}"


def test_a_word_met_once_is_no_model_for_others() -> None:
    """It may be a mistake of our own."""
    assert lexicon.correct("oncee") == "oncee"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("jattend", "j attend"),
        ("lattestation", "l attestation"),
        ("dune", "d une"),
        ("jignore", "jignore"),
        ("zattend", "attend"),
        ("spermis", "permis"),
    ],
)
def test_words_that_grew_together_come_apart(typed: str, meant: str) -> None:
    """Only where an elided letter stands before a vowel, and the rest is a word of ours."""
    assert lexicon.correct(typed) == meant


def test_a_long_message_is_searched_for_its_first_mistakes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand unknown words cost as many searches as forty."""
    searched = []
    meanings = Spelling._meanings
    monkeypatch.setattr(Spelling, "_meanings", lambda self, words: searched.extend(words) or meanings(self, words))
    words = ["logemant" + "".join(string.ascii_lowercase[int(digit)] for digit in f"{n:04}") for n in range(2_000)]
    corrected = lexicon.correct(" ".join(words)).split()
    assert sorted(searched) == words[:AT_MOST]
    assert corrected[AT_MOST:] == words[AT_MOST:]


@settings(deadline=None)
@given(st.text())
def test_any_text_keeps_its_words_or_gains_one_an_elision(text: str) -> None:
    """Nothing is dropped, and what is added is an elided letter."""
    before = normalise(text).split()
    after = lexicon.correct(" ".join(before)).split()
    elisions = len(after) - len(before)
    assert 0 <= elisions <= sum(word in ELIDED for word in after)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*TAUGHT, *KNOWN])))
def test_our_own_words_are_left_as_they_are(words: list[str]) -> None:
    """Whatever their order and number."""
    assert lexicon.correct(" ".join(words)) == " ".join(words)


def test_a_word_that_may_be_two_is_read_both_ways() -> None:
    """ "cate" is carte or caste: the usual one weighs more, and what is one word only is read once."""
    (heavy, best), (light, other) = lexicon.corrections(["une cate"])[0]
    assert (best, other) == ("une carte", "une caste")
    assert heavy > 2 * light
    assert lexicon.corrections(["une attestation"]) == [[(1.0, "une attestation")]]


@given(st.lists(st.text(string.ascii_lowercase + " ", max_size=40), min_size=1, max_size=4))
@settings(max_examples=60)
def test_the_readings_of_a_text_are_few_and_weigh_one_together(texts: list[str]) -> None:
    for text, readings in zip(texts, lexicon.corrections(texts), strict=True):
        weights = [weight for weight, _ in readings]
        assert sum(weights) == pytest.approx(1)
        assert weights == sorted(weights, reverse=True)
        assert 1 <= len(readings) <= 1 + spelling.OTHERS
        assert readings[0][1] == lexicon.correct(text)
        assert len(set(readings)) == len(readings)
