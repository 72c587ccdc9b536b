"""Codes survive handwriting, bad lines and sentences, and are never found where there is none."""

import itertools
import re

import pytest

from assistant.booking.codes import ALPHABET, LENGTH, find_code, new_code, normalise, spell

CODES = [new_code() for _ in range(50)]
NO_CODES = [
    "bonjour je veux un rendez-vous",
    "ma carte grise est au nom de mon mari",
    "je suis né le 23/09/1974, tel 06 39 98 00 01",
    "rdv 70200 lure jeudi 26 novembre 2026 a 9h30",
    "F2727 et F3456 RSA CAF ANTS CPF MDPH 2345 6789",
    "22334455667788",
    "KKKK-WWWW",
    "RTTT PPTT CRKS",
    "mon numéro 2 85 05 78 006 084 36",
    "",
]


def test_a_code_is_grouped_upper_case_and_has_two_digits_and_two_letters() -> None:
    """It reads like a plate number, not like a word, a date or a telephone number."""
    for code in CODES:
        assert re.fullmatch(r"[A-Z0-9][A-Z0-9-]{3,}", code) and code[4] == "-"
        digits = sum(character.isdigit() for character in code)
        assert 2 <= digits <= LENGTH - 2 and set(code) - {"-"} <= set(ALPHABET)


def test_the_alphabet_has_no_vowel_and_no_look_alike() -> None:
    """Of the signs people take for one another, one at most."""
    assert not set(ALPHABET) & set("AEIOUYVL01QD")
    for pair in ("B8", "S5", "Z2", "G6", "MN", "DT", "VW"):
        assert len(set(pair) & set(ALPHABET)) <= 1


@pytest.mark.parametrize("code", CODES[:10])
def test_one_wrong_character_is_always_noticed(code: str) -> None:
    """Every single substitution gives no code at all."""
    bare = code.replace("-", "")
    for place, other in itertools.product(range(LENGTH), ALPHABET):
        if bare[place] != other:
            assert normalise(bare[:place] + other + bare[place + 1 :]) is None


def test_swapped_neighbours_are_always_noticed() -> None:
    """As "KM" written for "MK"."""
    for code in CODES:
        bare = code.replace("-", "")
        for i in range(LENGTH - 1):
            swapped = bare[:i] + bare[i + 1] + bare[i] + bare[i + 2 :]
            assert swapped == bare or normalise(swapped) is None


@pytest.mark.parametrize(
    "said",
    [
        "{code}",
        "{lower}",
        "{bare}",
        "{spaced}",
        "oui {code} merci",
        "mon code c'est {lower}.",
        "c'est le {spaced} je crois",
        "je veux annuler ({bare})",
        "code : {lower}, au nom de Dupré",
        "{spelt}",
        "alors {spelt}, voilà",
        "{first} {last}",
        "{first} - {last}",
        "{code} 06 39 98 00 01",
    ],
)
def test_a_code_is_found_inside_a_sentence(said: str) -> None:
    """However it is typed or read aloud."""
    for code in CODES[:15]:
        bare = code.replace("-", "")
        text = said.format(
            code=code,
            lower=code.lower(),
            bare=bare,
            spaced=" ".join(bare.lower()),
            spelt=spell(code),
            first=code[:4].lower(),
            last=code[5:],
        )
        assert find_code(text) == code


@pytest.mark.parametrize("text", NO_CODES)
def test_ordinary_words_and_numbers_are_no_code(text: str) -> None:
    """A false code would send a person to somebody else's appointment."""
    assert find_code(text) is None


def test_normalise_takes_the_whole_text_only() -> None:
    """`find_code` is for sentences."""
    code = CODES[0]
    assert normalise(f" {code.lower().replace('-', ' ')} ") == code
    assert normalise(f"oui {code}") is None
    assert normalise("") is None


def test_spelling_names_each_letter() -> None:
    """As on the telephone in France."""
    assert spell("K7M2-PR9X") == (
        "K comme Kléber, 7, M comme Marcel, 2, P comme Pierre, R comme Raoul, 9, X comme Xavier"
    )
