"""Appointment codes that survive handwriting, a bad line and a small mistake: "K7M2-PR9X"."""

import re
import secrets

ALPHABET = "23456789CFHJKMPRTWX"
"""No vowel, so no word; of two signs that look or sound alike (O/0, I/1/L, U/V, B/8, S/5, Z/2, G/6, D/T, N/M, Q/O), one or none.

Nineteen is prime: with distinct weights, the sum tells one wrong character and two that were swapped.
"""
LENGTH = 8
"""894 million codes: too many to be guessed, even with 1.7 million appointments on record."""
WEIGHTS = range(LENGTH, 0, -1)

WORDS = {
    "C": "Célestin",
    "F": "François",
    "H": "Henri",
    "J": "Joseph",
    "K": "Kléber",
    "M": "Marcel",
    "P": "Pierre",
    "R": "Raoul",
    "T": "Thérèse",
    "W": "William",
    "X": "Xavier",
}
_SEPARATORS = re.compile(r"[\s.\-‐‑–—_·]+")
_SPELT = re.compile(r"\b([A-Z])\s+COMME\s+\w+\W*")
_TOKEN = re.compile(r"[^\W_]+")


def new_code() -> str:
    """A code drawn at random, shown in two groups; nothing says that it is not taken already."""
    while True:
        drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
        code = drawn + _check(drawn)
        if _is_mixed(code):
            return _grouped(code)


def normalise(text: str) -> str | None:
    """The code that the whole text is, as `new_code` shows it; None where a character is wrong."""
    code = _SEPARATORS.sub("", text).upper()
    return _grouped(code) if _is_code(code) else None


def find_code(text: str) -> str | None:
    """The first code inside a sentence, even in lower case, cut by spaces or spelt "K comme Kléber"."""
    text = _SPELT.sub(r"\1 ", text.upper())
    tokens = list(_TOKEN.finditer(text))
    for first, token in enumerate(tokens):
        code, end = "", token.start()
        for other in tokens[first:]:
            if len(code) >= LENGTH or not _joins(text[end : other.start()]):
                break
            code, end = code + other.group(), other.end()
        if _is_code(code):
            return _grouped(code)
    return None


def spell(code: str) -> str:
    """How to read it on the telephone: "K comme Kléber, 7, M comme Marcel …"."""
    characters = (character for character in code if character in ALPHABET)
    return ", ".join(f"{c} comme {WORDS[c]}" if c in WORDS else c for c in characters)


def _check(drawn: str) -> str:
    # the last weight is 1: the check character is what brings the sum to a multiple of nineteen
    total = sum(weight * ALPHABET.index(c) for weight, c in zip(WEIGHTS, drawn, strict=False))
    return ALPHABET[-total % len(ALPHABET)]


def _is_code(text: str) -> bool:
    right = len(text) == LENGTH and set(text) <= set(ALPHABET) and _is_mixed(text)
    return right and _check(text[:-1]) == text[-1]


def _is_mixed(code: str) -> bool:
    # digits alone may be a date or part of a telephone number, letters alone a word
    digits = sum(character.isdigit() for character in code)
    return 2 <= digits <= LENGTH - 2


def _joins(between: str) -> bool:
    return not between or bool(re.fullmatch(r"[\s.,\-‐‑–—_·]{1,3}", between))


def _grouped(code: str) -> str:
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"
