"""A mistake in a file is named by file and key, with what is allowed; and the planner asks what matters."""

from pathlib import Path

import pytest

from assistant.catalogue.loader import CatalogueError, load
from assistant.catalogue.models import UNKNOWN
from assistant.catalogue.planner import plan
from assistant.errors import NotFound

PARTNER = """
name: Caf
full_name: Caisse d'allocations familiales
purpose: Les aides aux familles.
"""
PROCEDURE = """
title: Prime d'essai
official_title: Demande de prime d'essai
asked_as: une prime pour essayer
summary: Une prime pour essayer. Elle n'existe que dans les tests.
counter: {help: with_you, text: L'agent remplit la demande avec vous., minutes: 30}
questions:
  - id: age
    text: Quel âge avez-vous ?
    choices:
      - {id: jeune, label: Moins de 25 ans}
      - {id: adulte, label: 25 ans ou plus}
  - id: logement
    text: Êtes-vous locataire ?
    choices:
      - {id: oui, label: Oui}
      - {id: non, label: Non}
  - id: bail
    text: Le bail est-il à votre nom ?
    when: {logement: oui}
    choices:
      - {id: oui, label: Oui}
      - {id: non, label: Non}
documents:
  - use: identite
  - {id: certificat, label: Un certificat de scolarité, when: {age: jeune}}
  - {id: quittance, label: Une quittance, when: {logement: oui}}
  - {id: bail, label: Le bail, when: {bail: oui}}
  - {id: attestation, label: Une attestation, when: [{logement: non}, {bail: non}]}
references:
  - {id: F1, title: Une fiche, url: "https://www.service-public.gouv.fr/particuliers/vosdroits/F1", date: 2025-01-01}
checked: 2026-01-01
official_list: true
"""
VOCABULARY = """
identite:
  label: Une pièce d'identité
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "procedures"
    (root / "caf").mkdir(parents=True)
    (root / "documents.yml").write_text(VOCABULARY, encoding="utf-8")
    (root / "caf" / "partner.yml").write_text(PARTNER, encoding="utf-8")
    (root / "caf" / "prime.yml").write_text(PROCEDURE, encoding="utf-8")
    return root


def test_a_right_catalogue_loads(folder: Path) -> None:
    """The path is the id, and the shared entry is written out."""
    procedure = load(folder).procedure("caf/prime")
    assert procedure.partner == "caf"
    assert procedure.documents[0].label == "Une pièce d'identité"


BROKEN = {
    "unknown key": ("summary:", "sumary: x\nsummary:", ["sumary", "« summary »", "Clés permises"]),
    "unknown nested key": ("text: Quel âge", "txt: a\n    text: Quel âge", ["questions.0.txt", "« text »"]),
    "duplicate key": ("title: Prime", "title: A\ntitle: Prime", ["clé écrite deux fois", "title"]),
    "duplicate question": ("- id: logement", "- id: age", ["questions", "« age » est écrit deux fois"]),
    "unknown question": ("when: {age: jeune}", "when: {agge: jeune}", ["documents.1.when", "« agge »", "« age »"]),
    "unknown answer": ("when: {age: jeune}", "when: {age: jeunes}", ["« jeunes »", "« jeune »", "jeune, adulte"]),
    "question asked too late": (
        "  - id: age\n",
        "  - id: age\n    when: {logement: oui}\n",
        ["questions.0.when", "« logement »"],
    ),
    "unknown shared document": ("use: identite", "use: identitee", ["documents.0.use", "« identite »"]),
    "missing reference": (
        "references:\n",
        "online: {label: Le site, url: 'https://x.fr'}\nrefs:\n",
        ["references", "obligatoire"],
    ),
    "reference that is not listed": (
        "label: Le bail,",
        "label: Le bail, references: [F2],",
        ["documents.3.references", "Références : F1"],
    ),
    "future date": ("checked: 2026-01-01", "checked: 2126-01-01", ["checked", "futur"]),
    "wrong kind of help": ("help: with_you", "help: with", ["counter.help", "'with_you'"]),
    "not yaml": ("title: Prime", "title: [Prime", ["ligne", "YAML"]),
    "id in the file": ("title: Prime", "id: caf/prime\ntitle: Prime", ["id", "chemin"]),
    "reserved answer": ("{id: adulte,", "{id: ne_sait_pas,", ["questions.0.choices", "ne_sait_pas"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_names_file_and_key(folder: Path, name: str) -> None:
    """Every kind of mistake is said in French, with the file, the key, and what is allowed."""
    old, new, expected = BROKEN[name]
    path = folder / "caf" / "prime.yml"
    assert old in PROCEDURE
    path.write_text(PROCEDURE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    assert "procedures/caf/prime.yml" in caught.value.message
    for words in expected:
        assert words in caught.value.message


def test_an_unknown_partner_is_suggested(folder: Path) -> None:
    """A folder without partner.yml is a mistake, with the nearest partner."""
    (folder / "caff").mkdir()
    (folder / "caff" / "prime.yml").write_text(PROCEDURE, encoding="utf-8")
    with pytest.raises(CatalogueError, match="Vouliez-vous dire « caf »"):
        load(folder)


def test_an_unknown_procedure_is_suggested(folder: Path) -> None:
    """Asking for what is not there names the nearest procedure."""
    with pytest.raises(NotFound, match="caf/prime"):
        load(folder).procedure("caf/prim")


def test_the_question_that_decides_most_comes_first(folder: Path) -> None:
    """Housing decides three documents and age one: housing is asked first, whatever the order of the file."""
    found = plan(load(folder).procedure("caf/prime"), {})
    assert [d.id for d in found.certain] == ["identite"]
    assert found.question and found.question.id == "logement"


def test_not_knowing_keeps_what_may_apply(folder: Path) -> None:
    """Who does not know gets the union, with what is not sure marked."""
    found = plan(load(folder).procedure("caf/prime"), {"age": "adulte", "logement": UNKNOWN})
    assert [d.id for d in found.certain] == ["identite"]
    assert [d.id for d in found.uncertain] == ["quittance", "bail", "attestation"]
    assert found.settled


def test_an_answer_that_no_longer_applies_is_dropped(folder: Path) -> None:
    """Changing the answer a question hangs on takes its answer away."""
    found = plan(load(folder).procedure("caf/prime"), {"logement": "non", "bail": "oui"})
    assert found.situation == {"logement": "non"}
    assert {d.id for d in found.certain} == {"identite", "attestation"}


def test_answers_in_any_order_and_unknown_ones_do_no_harm(folder: Path) -> None:
    """An answer nobody offered changes nothing."""
    procedure = load(folder).procedure("caf/prime")
    assert plan(procedure, {"age": "centenaire", "nom": "x"}).situation == {}
