"""What people type is read as an answer only where it surely is one."""

import pytest

from assistant.catalogue.answers import answers_within, match_choice
from assistant.catalogue.loader import load
from assistant.settings import Settings

CATALOGUE = load(Settings().procedures_dir)


@pytest.mark.parametrize(
    ("procedure", "question", "text", "choice"),
    [
        ("interieur/permis_perte_vol", "circonstance", "perdu", "perdu"),
        ("interieur/permis_perte_vol", "circonstance", "on me l'a volé", "vole"),
        ("interieur/permis_perte_vol", "circonstance", "il est abimé", None),
        ("interieur/permis_renouvellement", "motif", "il est abimé", "abime"),
        ("interieur/permis_perte_vol", "lieu", "a l'étranger", "etranger"),
        ("interieur/permis_perte_vol", "circonstance", "je voudrais un rendez-vous", None),
        ("interieur/permis_perte_vol", "circonstance", "perdu ou volé je sais plus", None),
    ],
)
def test_a_typed_answer(procedure: str, question: str, text: str, choice: str | None) -> None:
    """The words of one choice are that choice; none, or two, are no answer."""
    asked = CATALOGUE.procedure(procedure).question(question)
    assert asked
    assert match_choice(asked, text) == choice


def test_a_first_message_answers_what_it_says() -> None:
    """ "Permis volé" needs no question about loss or theft."""
    found = answers_within(CATALOGUE.procedure("interieur/permis_perte_vol"), "on m'a volé mon permis à l'étranger")
    assert found == {"circonstance": "vole", "lieu": "etranger"}


def test_a_damaged_licence_is_known_from_the_first_message() -> None:
    """The title names several reasons; the one that is said counts, and "le permis a …" is no category A."""
    found = answers_within(
        CATALOGUE.procedure("interieur/permis_renouvellement"), "mon permis a pris l'eau, il est abîmé"
    )
    assert found == {"motif": "abime"}


@pytest.mark.parametrize("name", sorted(CATALOGUE.procedures))
def test_the_title_of_a_procedure_answers_nothing(name: str) -> None:
    """Naming a procedure says nothing of one's situation: a wrong answer would hide documents."""
    procedure = CATALOGUE.procedure(name)
    assert answers_within(procedure, procedure.title) == {}
