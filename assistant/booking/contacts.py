"""The name and the telephone number a person gives, in one line and in any order."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from anyascii import anyascii
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

from assistant.directory.models import PHONE_REGIONS

EVERYWHERE = ("FR", "RE", "GP", "MQ", "GF", "YT")
"""People move with their mobile: regions whose numbers, ten digits all, cannot be taken for one another."""
FRENCH_NUMBER = re.compile(r"\+33[1-9]\d{8}")
_TEN_DIGITS = re.compile(r"\s*(0[1-9](?:[ .]?[0-9]{2}){4})\s*")
"""A number and nothing else, as people type it."""
MAX_NAME = 100
MAX_NAME_WORDS = 8

_PHONE = r"(?:num[ée]ro|t[ée]l[ée]phone|t[ée]l|portable|mobile|num|fixe)"
_PHRASES = re.compile(
    rf"""\b(?:
        au\s+nom\s+d(?:e\s|['’]) | m\s?['’]?\s?appell?e\b | j['’]habite\b.*
        | {_PHONE}\b(?:\s+de\s+{_PHONE}\b)? | (?:pr[ée])?nom(?:\s+de\s+famille)?\b | s['’]il\s+(?:vous|te)\s+pla[iî]t\b | c\s?['’]?\s?est\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""What comes before or after a name, never inside one."""
_ADDRESS = re.compile(r"\S*(?:://|www\.|@)\S*", re.IGNORECASE)
# a point ends a sentence, except after the initial of "J. Martin"
_SEPARATORS = re.compile(r"[|,;:!?()\[\]/\n\r\t=]+|\s[-–—]\s|(?<!\b\w)(?<!\bM[mr])(?<!\bMme)(?<!\bMlle)\.(?=\s|$)")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BEFORE = _words(
    "je suis moi mon ma ici oui non et est alors voila bonjour bonsoir pour joignable sur au m mr mme mlle monsieur madame mademoiselle "
    "mere pere mari femme fils fille frere soeur"
)
_AFTER = _words("et mon au le sur est joignable merci svp stp voila aussi oui")
_LETTERS = frozenset("LM")
_NOT_NAMES = _words(
    "je tu il elle nous vous ils elles non pas ne que qui quoi quel quelle comment pourquoi quand ou est suis ai as avez veux veut voudrais "
    "peux peut pouvez faut rdv rendez rendezvous carte permis merci bonjour oui ok accord sais savoir donner donne numero telephone "
    "mon ma mes votre vos son sa ce ca cela rien aucun aucune jamais besoin demain annuler annule joignable"
)
"""Words no name holds: a message with one of them says something else."""


@dataclass(frozen=True)
class Contact:
    """What was found; the phone is E.164."""

    name: str | None
    phone: str | None


def parse_contact(text: str, departement: str) -> Contact:
    """The name and number of a text; a number without prefix is read as in that département first."""
    found = _find_phone(text, departement)
    if found is None:
        return Contact(_find_name(text), None)
    phone, start, end = found
    return Contact(_find_name(f"{text[:start]} | {text[end:]}"), phone)


def show_phone(e164: str) -> str:
    """As people write it: "06 39 98 00 01"; with its prefix where it is from abroad."""
    number = phonenumbers.parse(e164)
    ours = phonenumbers.region_code_for_country_code(number.country_code or 0) in {"FR", *PHONE_REGIONS.values()}
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if ours else PhoneNumberFormat.INTERNATIONAL)


def plain_words(text: str) -> list[str]:
    """The words of a name as they are compared: "Marie-Ange D’Épée" → ["marie", "ange", "d", "epee"]."""
    return re.findall(r"[a-z0-9]+", anyascii(text).lower())


def _find_phone(text: str, departement: str) -> tuple[str, int, int] | None:
    own = PHONE_REGIONS.get(departement, "FR")
    alone = _TEN_DIGITS.fullmatch(text)
    if alone and own in EVERYWHERE:
        return _ten_digits(re.sub(r"[ .]", "", alone[1]), own), *alone.span(1)
    return _search_phone(text, own)


def _ten_digits(digits: str, own: str) -> str:
    """What `_search_phone` finds in a number alone, without the search, which takes milliseconds."""
    codes = dict.fromkeys(phonenumbers.country_code_for_region(region) for region in (own, *EVERYWHERE))
    read = [phonenumbers.PhoneNumber(country_code=code, national_number=int(digits)) for code in codes]
    return _e164(next(filter(phonenumbers.is_valid_number, read), read[list(codes).index(33)]))


def _search_phone(text: str, own: str) -> tuple[str, int, int] | None:
    for region in dict.fromkeys((own, *EVERYWHERE)):
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            return _e164(match.number), match.start, match.end
    # a number the plan has not given out yet, or keeps for fiction, is still ten digits that ring somewhere
    for match in PhoneNumberMatcher(text, "FR", leniency=Leniency.POSSIBLE):
        if FRENCH_NUMBER.fullmatch(_e164(match.number)):
            return _e164(match.number), match.start, match.end
    return None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _find_name(text: str) -> str | None:
    text = _PHRASES.sub(" | ", _ADDRESS.sub(" | ", text))
    names = [name for piece in _SEPARATORS.split(text) if _is_name(name := _without_fillers(piece))]
    if names and all(" " not in name for name in names):
        # "Nom : Roy, prénom : Anna"
        return " ".join(names[:2])
    return max(names, key=lambda name: len(name.split())) if names else None


def _without_fillers(piece: str) -> str:
    words = piece.split()
    while words and _plain(words[0]) in _BEFORE:
        del words[0]
    while words and _plain(words[-1]) in _AFTER:
        del words[-1]
    return " ".join(words).strip("-–—'’\"«»*. ")


def _plain(word: str) -> str:
    return "".join(plain_words(word))


def _is_name(text: str) -> bool:
    letters = sum(character.isalpha() for character in text)
    if letters < 3 or len(text) > MAX_NAME or len(text.split()) > MAX_NAME_WORDS:
        return False
    if not all(character in " '’-." or unicodedata.category(character)[0] in _LETTERS for character in text):
        return False
    # "exemple.fr" is an address; the point of "J. Martin" ends a word
    return not re.search(r"\.\w", text) and not set(plain_words(text)) & _NOT_NAMES
