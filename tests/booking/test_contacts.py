"""Names and telephone numbers as people give them, in any order, with the words around them."""

import random
import re

import pytest

from assistant.booking import contacts
from assistant.booking.contacts import parse_contact, show_phone
from assistant.booking.proof import proves

ONE, SIX = "+33639980001", "+33639980006"
GIVEN = [
    ("Jean Dupré 06 39 98 00 01", "Jean Dupré", ONE),
    ("0639980006 Anna Roy", "Anna Roy", SIX),
    ("je m'appelle Anna Roy mon numéro c'est le 06.39.98.00.06", "Anna Roy", SIX),
    ("dupont", "dupont", None),
    ("+33 6 39 98 00 01", None, ONE),
    ("+33 (0)6 39 98 00 01", None, ONE),
    ("0033639980001", None, ONE),
    ("06-39-98-00-01 Marie-Ange de La Tour", "Marie-Ange de La Tour", ONE),
    ("Jeanne d'Arc", "Jeanne d'Arc", None),
    ("d'Arc", "d'Arc", None),
    ("M. Dupont", "Dupont", None),
    ("J. Martin 0639980001", "J. Martin", ONE),
    ("O'Connor Sinéad", "O'Connor Sinéad", None),
    ("Le Goff 0639980001", "Le Goff", ONE),
    ("au nom d'Odile Martin, 06 39 98 00 01", "Odile Martin", ONE),
    ("Roy Anna\n06 39 98 00 06", "Roy Anna", SIX),
    ("Nom : Roy Prénom : Anna Tél : 0639980006", "Roy Anna", SIX),
    ("je suis Anna Roy, joignable au 06 39 98 00 06 merci", "Anna Roy", SIX),
    ("Je m'appelle Jean Dupré. Mon numéro de téléphone est le 06 39 98 00 01.", "Jean Dupré", ONE),
    ("pour ma mère Odile Martin 0639980001", "Odile Martin", ONE),
    ("mon numéro est le 0639980006", None, SIX),
    ("Nguyễn Văn An", "Nguyễn Văn An", None),
    ("محمد علي 0639980006", "محمد علي", SIX),
    ("Dupré, Jean, 0639980001", "Dupré Jean", ONE),
    ("Martin 03 84 00 00 00", "Martin", "+33384000000"),
]
NOT_NAMES = [
    "Li",
    "a",
    "123456",
    "https://exemple.fr/page",
    "www.exemple.fr",
    "exemple.fr",
    "jean@exemple.fr",
    "x" * 101,
    "?!",
]
NOT_NAMES += [
    "oui",
    "non",
    "je veux un rendez-vous",
    "je ne sais pas",
    "pourquoi ?",
    "70200",
    "",
    "   ",
    "carte grise permis",
]


@pytest.mark.parametrize(("text", "name", "phone"), GIVEN)
def test_name_and_number_are_told_apart(text: str, name: str | None, phone: str | None) -> None:
    """Numbers of the range kept for fiction are numbers too."""
    found = parse_contact(text, "70")
    assert (found.name, found.phone) == (name, phone)


@pytest.mark.parametrize("text", NOT_NAMES)
def test_what_is_no_name_is_not_taken_for_one(text: str) -> None:
    """One or two letters, digits, addresses, sentences."""
    found = parse_contact(text, "70")
    assert (found.name, found.phone) == (None, None)


@pytest.mark.parametrize(
    ("text", "departement", "phone"),
    [
        ("0692 12 34 56", "974", "+262692123456"),
        ("0692 12 34 56", "70", "+262692123456"),
        ("06 39 98 00 01", "974", ONE),
        ("0639 01 02 03", "976", "+262639010203"),
        ("0639 01 02 03", "70", "+262639010203"),
        ("0690 00 11 22", "971", "+590690001122"),
        ("0696 20 11 22", "972", "+596696201122"),
        ("0694 20 11 22", "973", "+594694201122"),
        ("+508 41 12 34", "975", "+508411234"),
        ("40 82 01 23", "987", "+68940820123"),
        ("+44 20 7946 0958", "70", "+442079460958"),
    ],
)
def test_overseas_numbers_are_read_as_there(text: str, departement: str, phone: str) -> None:
    """And a number from overseas is known in the Haute-Saône too."""
    assert parse_contact(text, departement).phone == phone


def test_numbers_are_shown_as_people_write_them() -> None:
    """With the prefix only where they are from abroad."""
    shown = [show_phone(phone) for phone in (ONE, "+262692123456", "+442079460958")]
    assert shown == ["06 39 98 00 01", "0692 12 34 56", "+44 20 7946 0958"]


@pytest.mark.parametrize(
    ("proof", "right"),
    [
        ("0639980001", True),
        ("+33 6 39 98 00 01", True),
        ("06.39.98.00.01", True),
        ("mon numéro c'est le 06 39 98 00 01", True),
        ("Jean Dupré", True),
        ("dupre", True),
        ("DUPRE Jean", True),
        ("M. Dupré", True),
        ("je m'appelle Jean Dupré", True),
        ("Jean", False),
        ("Dupr", False),
        ("Anna Dupré", False),
        ("0639980002", False),
        ("39980001", False),
        ("", False),
        ("de", False),
        ("*", False),
    ],
)
def test_the_telephone_or_the_last_name_proves(proof: str, right: bool) -> None:
    """A first name alone is anybody's."""
    assert proves(proof, "Jean Dupré", ONE, "70") is right


@pytest.mark.parametrize(
    ("name", "proof", "right"),
    [
        ("Marie-Ange de La Tour", "de la tour", True),
        ("Marie-Ange de La Tour", "Tour", True),
        ("Marie-Ange de La Tour", "Marie-Ange", False),
        ("Marie-Ange de La Tour", "de la", False),
        ("DUPRÉ Jean", "dupré", True),
        ("DUPRÉ Jean", "jean", False),
        ("Jeanne d'Arc", "Arc", True),
        ("Odile Dupré-Martin", "dupre martin", True),
        ("محمد علي", "علي", True),
        ("Œuvrard", "oeuvrard", True),
    ],
)
def test_particles_capitals_and_accents_do_not_matter(name: str, proof: str, right: bool) -> None:
    """Nobody without a telephone is kept from their own appointment."""
    assert proves(proof, name, None, "70") is right


@pytest.mark.parametrize("departement", ["70", "971", "972", "973", "974", "976"])
def test_a_number_alone_is_read_as_the_search_finds_it(departement: str) -> None:
    """The short way gives what the long one does: numbers of every plan, real or of fiction, and how people group them."""
    chance = random.Random(departement)
    own = contacts.PHONE_REGIONS.get(departement, "FR")
    begins = "01 02 0262 0269 0384 0590 0594 0596 06 0639 0690 0692 0694 0696 07 0700 0800 0890 09 0976".split()
    for begin in begins * 2:
        digits = begin + "".join(str(chance.randrange(10)) for _ in range(10 - len(begin)))
        written = chance.choice(["", " ", "."]).join(re.findall("..", digits))
        phone, *where = contacts._search_phone(f" {written}\n", own) or ("", 0, 0)
        assert contacts._find_phone(f" {written}\n", departement) == (phone, *where)
        assert where == [1, 1 + len(written)]


@pytest.mark.parametrize("proof", ["", " ", "Dupré", "monsieur", "06 39 98 00 01", "."])
def test_an_appointment_without_a_name_is_proved_by_nothing(proof: str) -> None:
    assert not proves(proof, "", None, "70")
