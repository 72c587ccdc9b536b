"""The words of days, months and numbers, as people spell them. All patterns read folded text."""

import re
import unicodedata

HOUR_MARK = "\x01"
"""Stands in the text for hours already read: "jeu." before one is Thursday, elsewhere it is a game."""

SKIP_MARK = "\x02"
"""Stands in the text for anything else already read."""

_PUNCTUATION = {
    "’": "'",
    "‘": "'",
    "`": "'",
    "–": "-",
    "—": "-",
    "\u2011": "-",
    "\t": " ",
    "\u00a0": " ",
    "\u202f": " ",
}


def fold_in_place(text: str) -> str:
    """Lower case without accents, one character for each of `text`: positions stay true."""
    return "".join(_fold_character(character) for character in text)


def _fold_character(character: str) -> str:
    if character in _PUNCTUATION:
        return _PUNCTUATION[character]
    if character in (HOUR_MARK, SKIP_MARK):
        return " "
    return unicodedata.normalize("NFD", character)[0].lower()[0]


def compiled(pattern: str) -> re.Pattern[str]:
    """The grammar's patterns: spaces and line ends in `pattern` do not count, `_` is a space or a hyphen."""
    return re.compile(re.sub(r"\s+", "", pattern).replace("_", r"(?:\s+|\s*-\s*)"), re.ASCII)


WEEKDAY_FORMS = (
    r"l[ui][nm]di[st]?",
    r"mardi[st]?",
    r"m[ea]r?[ck]r?e?r?di[st]?|mercrdi",
    r"[jg](?:eu|ue|e|u)di[st]?",
    r"v[ae]n?dr?e?r?di[st]?|vendrdi",
    r"sam+e?di[st]?",
    r"dim[ae]nc?he?s?",
)
_WEEKDAY_SHORT = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")

MONTH_FORMS = (
    r"janv(?:ier)?",
    r"fev(?:rie?r?)?",
    r"mars",
    r"avr(?:il)?",
    r"mai",
    r"juin",
    r"juil(?:l?et?)?",
    r"aout",
    r"sept(?:embre)?",
    r"oct(?:obre)?",
    r"nov(?:embre)?",
    r"de[cs]embre|dec",
)
MONTH = rf"(?:{'|'.join(MONTH_FORMS)})\b\.?"
WEEKDAY = (
    rf"(?:\b(?:{'|'.join(WEEKDAY_FORMS)})\b"
    rf"|\b(?:{'|'.join(_WEEKDAY_SHORT)})\b\.?(?=\s*(?:{HOUR_MARK}|\d{{1,2}}\s*/|\d{{1,2}}\s+{MONTH}|\d{{1,2}}\s*$)))"
)

WEEKDAY_WORD = rf"\b(?:{'|'.join((*WEEKDAY_FORMS, *_WEEKDAY_SHORT))})\b"
"""A weekday inside words already known to be weekdays."""

_UNITS = "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()
NUMBERS = {word: value for value, word in enumerate(_UNITS)}
NUMBERS |= {"une": 1, "premier": 1, "dix sept": 17, "dix huit": 18, "dix neuf": 19, "vingt": 20, "vingt et un": 21}
NUMBERS |= {f"vingt {_UNITS[unit]}": 20 + unit for unit in range(2, 10)}
NUMBERS |= {"trente": 30, "trente et un": 31, "trente cinq": 35, "quarante": 40, "quarante cinq": 45, "cinquante": 50}
NUMBER_WORD = (
    "(?:" + "|".join(word.replace(" ", "[ -]") for word in sorted(NUMBERS, key=len, reverse=True)) + r")\b"
).replace("[ -]", r"[\x20-]")
DAY_NUMBER = rf"(?:1\s?er\b|\d{{1,2}}(?!\d)|{NUMBER_WORD})"


def number(words: str) -> int:
    """The value of "3", "1er", "trois" or "vingt-deux"."""
    digits = re.match(r"\d+", words, re.ASCII)
    return int(digits.group()) if digits else NUMBERS[words.strip().replace("-", " ")]


def weekday_number(words: str) -> int:
    """0 for "lundi" or "lun.", 6 for "dimanche"."""
    short = words.strip(" .")
    if short in _WEEKDAY_SHORT:
        return _WEEKDAY_SHORT.index(short)
    return _index(WEEKDAY_FORMS, short)


def month_number(words: str) -> int:
    """1 for "janv.", 12 for "décembre"."""
    return _index(MONTH_FORMS, words.strip(" .")) + 1


def _index(forms: tuple[str, ...], word: str) -> int:
    return next(i for i, form in enumerate(forms) if re.fullmatch(form, word))
