"""Whether what a person says shows that an appointment is theirs: its telephone number or its name."""

from assistant.booking.contacts import parse_contact, plain_words

CIVILITIES = frozenset({"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle"})
PARTICLES = frozenset({"d", "de", "du", "des", "l", "la", "le", "les"})
PHONE_DIGITS = 9
"""What is left of a number without its prefix; two numbers that end alike so far are one."""


def proves(proof: str, name: str, phone: str | None, departement: str) -> bool:
    """Whether `proof` is the telephone (E.164) in any format, or the name or last name, accents and case aside."""
    return _is_phone(proof, phone, departement) or _is_name(proof, name)


def _is_phone(proof: str, phone: str | None, departement: str) -> bool:
    if phone is None:
        return False
    if parse_contact(proof, departement).phone == phone:
        return True
    digits = "".join(filter(str.isdecimal, proof))
    return len(digits) >= PHONE_DIGITS and digits[-PHONE_DIGITS:] == phone[-PHONE_DIGITS:]


def _is_name(proof: str, name: str) -> bool:
    if not name.strip():  # who came without appointment gave none: nothing proves it theirs
        return False
    said = {_telling(proof), _telling(parse_contact(proof, "").name or "")} - {frozenset()}
    whole, last = _telling(name), _last_name(name)
    # a first name alone is anybody's: the last name must be among the words, and none that is not in the name
    return any(last <= words <= whole for words in said)


def _telling(text: str) -> frozenset[str]:
    words = frozenset(plain_words(text)) - CIVILITIES
    return words - PARTICLES or words


def _last_name(name: str) -> frozenset[str]:
    words = name.split()
    # "DUPRÉ Jean", as agents write it
    in_capitals = [word for word in words if word.isupper() and len(word) > 1]
    return _telling(in_capitals[0] if 0 < len(in_capitals) < len(words) else words[-1])
