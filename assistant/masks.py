"""Masks numbers nobody needs here before anything is kept: social security, IBAN, bank cards. Telephones stay."""

import re
from collections.abc import Callable, Iterator

MASK = "[numéro masqué]"
GAP = r"[\s.\-_/‐‑‒–—·]{0,3}"
# an IBAN of ours is found even glued to a word: "ibanFR76 …"
STARTS = re.compile(r"(?<![0-9])\+?[0-9]|(?<![0-9A-Za-z])[A-Za-z]{2}\s?[0-9]{2}|(?:FR|MC|fr|mc)\s?[0-9]{2}")
PHONE = re.compile(
    rf"(?:(?:\+|00){GAP}(?:33|262|590|594|596){GAP}(?:\(0\)|0)?|0){GAP}[1-9](?:{GAP}[0-9]){{8}}(?![0-9])"
    r"|\+\s?[0-9]{1,3}(?:[\s.\-]?[0-9]){5,12}(?![0-9])"
)


def _spaced(pattern: str) -> str:
    return GAP.join(pattern.split())


# sex, year, month (20–42 and 50–99 stand for an unknown month), département, commune, order
NIR_BODY = _spaced(
    "[1-478] [0-9] [0-9] (?:0GAP[1-9]|1GAP[0-2]|[23]GAP[0-9]|4GAP[0-2]|[5-9]GAP[0-9]) "
    "(?:0GAP[1-9]|[1-9]GAP[0-9]|2GAP[ABab]) [0-9] [0-9] [0-9] [0-9] [0-9] [0-9]"
).replace("GAP", GAP)
NIR_13 = re.compile(rf"{NIR_BODY}(?![0-9])")
NIR_15 = re.compile(rf"{NIR_BODY}{GAP}[0-9]{GAP}[0-9](?![0-9])")
MORE_DIGITS = re.compile(rf"{GAP}[0-9]")
AFTER = re.compile(r"\W*")
# written in one go or by groups of four: a lone digit before a telephone is no card
CARD = re.compile(r"[2-6][0-9]{3}(?:[ .\-]?[0-9]){9,15}(?![0-9])")
IBAN = re.compile(r"[A-Za-z]{2}\s?[0-9]{2}(?:[ .\-]?[0-9A-Za-z]){11,30}(?![0-9A-Za-z])")
FRENCH_IBAN = re.compile(
    r"(?:FR|MC)\s?[0-9]{2}(?:[ .\-]?[0-9]){10}(?:[ .\-]?[0-9A-Z]){11}(?:[ .\-]?[0-9]){2}(?![0-9])", re.IGNORECASE
)


def mask(text: str) -> str:
    """The text with each such number replaced by `[numéro masqué]`."""
    return "".join(_parts(text))


def _parts(text: str) -> Iterator[str]:
    """Reads from left to right, so that a number that begins inside another is never seen alone."""
    position = kept = 0
    while found := STARTS.search(text, position):
        start = found.start()
        phone, end = _number(text, start)
        if end and not phone:
            yield text[kept:start] + MASK
            kept = end
        # letters that begin no IBAN may be glued to a number: "numéro1 84 05 …"
        position = end or (start + 1 if text[start].isalpha() else _next_group(text, start))
    yield text[kept:]


def _number(text: str, start: int) -> tuple[bool, int]:
    """(is it a telephone, where it ends); end is 0 where nothing is recognised."""
    for read in (_valid_nir, _nir_before_phone):
        if end := read(text, start):
            return False, end
    if end := _phone(text, start):
        return True, end
    for read in (_iban, _card, _nir):
        if end := read(text, start):
            return False, end
    return False, 0


def _phone(text: str, start: int) -> int:
    found = PHONE.match(text, start)
    return found.end() if found else 0


def _valid_nir(text: str, start: int) -> int:
    found = NIR_15.match(text, start)
    return found.end() if found and _key_is_right(_compact(found[0])) else 0


def _nir_before_phone(text: str, start: int) -> int:
    """Thirteen digits, then a telephone: the telephone's first pair is not the key."""
    found = NIR_13.match(text, start)
    if not found:
        return 0
    after = AFTER.match(text, found.end())
    return found.end() if after and PHONE.match(text, after.end()) else 0


def _nir(text: str, start: int) -> int:
    found = NIR_15.match(text, start) or NIR_13.match(text, start)
    return found.end() if found and not _runs_into_phone(text, start, found.end()) else 0


def _runs_into_phone(text: str, start: int, end: int) -> bool:
    """A lone digit, then telephones ("3 06 07 …"): digits go on after the thirteenth or fifteenth."""
    inside = _next_group(text, start)
    while inside < end and not text[inside].isdigit():
        inside += 1
    return bool(MORE_DIGITS.match(text, end) and PHONE.match(text, inside))


def _card(text: str, start: int) -> int:
    return _longest(CARD, text, start, 13, _luhn)


def _iban(text: str, start: int) -> int:
    found = FRENCH_IBAN.match(text, start)
    return found.end() if found else _longest(IBAN, text, start, 15, _mod_97)


def _longest(pattern: re.Pattern[str], text: str, start: int, shortest: int, right: Callable[[str], bool]) -> int:
    """Where the longest valid number from `start` ends: the pattern may have swallowed words that follow."""
    found = pattern.match(text, start)
    for end in range(found.end(), start + shortest - 1, -1) if found else ():
        whole = not text[end : end + 1].isalnum() and text[end - 1].isalnum()
        if whole and right(_compact(text[start:end])):
            return end
    return 0


def _next_group(text: str, start: int) -> int:
    position = start + 1
    while position < len(text) and text[position].isalnum():
        position += 1
    return position


def _compact(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def _key_is_right(nir: str) -> bool:
    # Corsica's letters count as 19 and 18 in the key
    number = nir.replace("2A", "19", 1).replace("2B", "18", 1)
    return 97 - int(number[:13]) % 97 == int(number[13:])


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in number[::-1]]
    return 13 <= len(digits) <= 19 and sum(digits[::2] + [sum(divmod(2 * d, 10)) for d in digits[1::2]]) % 10 == 0


def _mod_97(iban: str) -> bool:
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1
