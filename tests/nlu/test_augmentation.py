"""Sentences as somebody in a hurry types them: readable still, and the same ones each time."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from assistant.nlu.learning.augmentation import KEYBOARD, TYPED, by_ear, noisy, slip, typos

SENTENCE = "Comment demander une attestation de paiement à la caisse d'allocations familiales ?"
seeds = st.integers(0, 10_000)


@settings(deadline=None)
@given(st.text(min_size=2), seeds)
def test_a_slip_is_one_edit_at_most(word: str, seed: int) -> None:
    """Left out, doubled, swapped or replaced; none where the letters swapped are the same."""
    assert OSA.distance(word, slip(word, Random(seed))) <= 1


def test_a_slip_nearly_always_changes_the_word() -> None:
    """A slip that never slipped would pass the test above."""
    changed = sum(slip("paiement", Random(seed)) != "paiement" for seed in range(200))
    assert changed > 190


def test_the_key_beside_is_hit() -> None:
    """Where a letter is replaced, it is by a neighbour of its row."""
    for seed in range(300):
        typed = slip("paiement", Random(seed))
        if len(typed) == 8 and sorted(typed) != sorted("paiement"):
            wanted, hit = next((a, b) for a, b in zip("paiement", typed, strict=True) if a != b)
            assert any(abs(row.find(wanted) - row.find(hit)) == 1 for row in KEYBOARD if wanted in row and hit in row)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abcdé'?", min_size=1, max_size=7)), seeds)
def test_short_words_are_typed_well(words: list[str], seed: int) -> None:
    """Under four letters a slip leaves nothing to recognise; and no word is lost."""
    typed = typos(" ".join(words), Random(seed)).split()
    assert len(typed) == len(words)
    for before, after in zip(words, typed, strict=True):
        assert OSA.distance(before, after) <= (len(before) >= 4)


def test_the_share_of_words_is_respected() -> None:
    """None at 0; half of them at a half, over many sentences."""
    assert typos(SENTENCE, Random(1), 0.0) == SENTENCE
    words = " ".join(["paiement"] * 1_000)
    changed = sum(word != "paiement" for word in typos(words, Random(1), 0.5).split())
    assert changed == pytest.approx(500, abs=50)


@pytest.mark.parametrize("distort", [noisy, typos, by_ear])
def test_the_same_seed_makes_the_same_mistakes(distort) -> None:
    """Another seed makes others."""
    first, again, other = (distort(SENTENCE, Random(seed)) for seed in (3, 3, 4))
    assert first == again != other


def test_what_is_written_by_ear_is_spelt_the_short_way() -> None:
    """With all sounds in turn: "qu" becomes k, and a sentence keeps its words."""
    heard = {by_ear("Pourquoi la prime baisse", Random(seed)) for seed in range(200)}
    assert any("pourkoi" in text for text in heard)
    assert all(3 <= len(text.split()) <= 4 for text in heard)
    assert len(heard) > 10


def test_most_mistakes_are_of_the_finger() -> None:
    """A text without long words comes out in capitals from the fingers, in small letters from the ear."""
    typed = sum(noisy("OUI SI TU AS", Random(seed)) == "OUI SI TU AS" for seed in range(2_000))
    assert typed / 2_000 == pytest.approx(TYPED, abs=0.04)


def test_an_empty_text_stays_empty() -> None:
    """Nothing to mistype."""
    assert [distort("", Random(1)) for distort in (noisy, typos, by_ear)] == ["", "", ""]
