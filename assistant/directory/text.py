"""Names as they are compared: no accent, no case, no punctuation, abbreviations written out."""

import re

from anyascii import anyascii

ABBREVIATIONS = {
    "st": "saint",
    "ste": "sainte",
    "sts": "saints",
    "stes": "saintes",
    "s": "sur",
    "ss": "sous",
    "nd": "notre dame",
    "mt": "mont",
    "fd": "ferrand",
    "bg": "bourg",
    "gd": "grand",
    "gde": "grande",
    "pt": "petit",
    "chx": "chateaux",
    "vx": "vieux",
    "pce": "provence",
    "lez": "les",
}
ARTICLES = frozenset({"le", "la", "les", "l"})
LINKS = ARTICLES | frozenset(
    {"sur", "sous", "en", "de", "du", "des", "d", "a", "au", "aux", "et", "pres", "devant", "dans"}
)
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")


def plain(text: str) -> str:
    """Lower case ASCII with single spaces: "Œuf-en-Ternois" → "oeuf en ternois"."""
    return _NOT_ALPHANUMERIC.sub(" ", anyascii(text).lower()).strip()


def expand(words: list[str]) -> str:
    """Plain words with their abbreviations written out: ["st", "etienne"] → "saint etienne"."""
    return " ".join(ABBREVIATIONS.get(word, word) for word in words)


def fold(text: str) -> str:
    """The form under which names are compared."""
    return expand(plain(text).split())


def departement_of(code: str) -> str:
    """The département of an INSEE code, or of a postcode outside Corsica: "97411" → "974"."""
    return code[:3] if code.startswith(("97", "98")) else code[:2]
