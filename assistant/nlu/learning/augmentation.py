"""The same sentence as it is typed in a hurry: what a model should forgive, it must have seen."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

KEYBOARD = ("azertyuiop", "qsdfghjklm", "wxcvbn")
SOUNDS = (
    ("eau", "o"), ("ais", "é"), ("ait", "é"), ("er ", "é "), ("qu", "k"), ("ph", "f"), ("ss", "s"), ("ll", "l"), ("nn", "n"),
    ("tt", "t"), ("mm", "m"), ("rr", "r"), ("ez", "é"), ("c'est", "c"), ("j'ai", "g"), ("que ", "ke "), ("oi", "oua"), ("pp", "p"),
    ("ce ", "se "), ("ch", "sh"), ("h", ""), ("es ", "e "), ("nt ", "n "), ("ai", "é"), ("au", "o"), ("en", "an"),
)  # fmt: skip
"""What people hear → what they write; a few of them at a time."""
BY_EAR = 5
JOINTS = (" et ", " et ", ", ", " + ", " et aussi ", " puis ", ". ", ", et sinon ", " ainsi que ")
SHORT = 9
"""Words of a request that may be joined to another."""
TYPED = 0.7
"""Share of the noisy copies that are slips of the finger; the others are written by ear."""


def noisy(text: str, random: Random) -> str:
    """The text as somebody else might have typed it."""
    return typos(text, random) if random.random() < TYPED else by_ear(text, random)


def joined(examples: Sequence[tuple[str, str]], count: int, random: Random) -> list[tuple[str, str]]:
    """Two short requests said in one breath, with their labels joined: lists and conjunctions are endless, and alike.

    `examples` are texts with `demande/<partner>.<procedure>` labels; texts of several requests are left out.
    """
    short = [(text, label) for text, label in examples if "+" not in label and len(text.split()) <= SHORT]
    pairs: list[tuple[str, str]] = []
    while len(pairs) < count and len(short) > 1:
        (first, one), (second, other) = random.sample(short, 2)
        if one != other:
            text = f"{first.rstrip(' ?!.')}{random.choice(JOINTS)}{second[:1].lower()}{second[1:]}"
            pairs.append((text, f"{one}+{other.split('/', 1)[1]}"))
    return pairs


def typos(text: str, random: Random, per_word: float = 1.0) -> str:
    """The text with a slip of the finger in that share of its long words."""
    return " ".join(
        slip(word, random) if _is_long(word) and random.random() < per_word else word for word in text.split()
    )


def some_typos(text: str, random: Random, slips: int) -> str:
    """The text with a slip of the finger in so many of its long words."""
    words = text.split()
    long = [i for i, word in enumerate(words) if _is_long(word)]
    for i in random.sample(long, min(slips, len(long))):
        words[i] = slip(words[i], random)
    return " ".join(words)


def _is_long(word: str) -> bool:
    """Four letters or more: a slip in a shorter one often makes another word."""
    return len(word) >= 4


def slip(word: str, random: Random) -> str:
    """One letter left out, doubled, swapped with the next, or hit beside its key."""
    at = random.randrange(len(word) - 1)
    kind = random.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + _beside(word[at], random) + word[at + 1 :]


def by_ear(text: str, random: Random) -> str:
    """The text with a few sounds spelt the short way, and no accent that matters."""
    heard = f"{text.lower()} "
    for sound, spelling in random.sample(SOUNDS, BY_EAR):
        heard = heard.replace(sound, spelling)
    return heard.strip()


def _beside(letter: str, random: Random) -> str:
    row = next((row for row in KEYBOARD if letter.lower() in row), "")
    at = row.find(letter.lower())
    return random.choice(row[max(0, at - 1) : at] + row[at + 1 : at + 2]) if row else letter
