"""Life events: files that name procedures, and the search that finds both."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from assistant.catalogue.loader import Catalogue, CatalogueError, load
from assistant.catalogue.search import search
from assistant.catalogue.wording import event_data
from assistant.errors import NotFound
from assistant.settings import Settings

EXPECTED = """deces_conjoint deces_proche naissance demenagement separation perte_emploi depart_retraite handicap
etudiant_jeune arrivee_france vol_papiers difficultes_argent""".split()
FILES = {
    "caf/partner.yml": "name: Caf\nfull_name: Caisse d'allocations familiales\npurpose: Des aides.\n",
    "caf/prime.yml": """
title: Prime d'essai
official_title: Demande de prime d'essai
asked_as: une prime pour essayer
summary: Une prime pour essayer.
counter: {help: with_you, text: L'agent la fait avec vous., minutes: 30}
documents: [{id: rib, label: Un RIB}]
references: [{id: F1, title: Une fiche, url: "https://example.org/F1", date: 2025-01-01}]
checked: 2026-01-01
official_list: true
""",
    "events/naissance.yml": """
title: Naissance d'un enfant
aliases: [bébé]
summary: Un enfant naît.
procedures:
  - {id: caf/prime, why: Pour la prime.}
""",
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(Settings().procedures_dir)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "procedures"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return root


def test_an_event_loads_by_its_file_name_and_is_no_partner(folder: Path) -> None:
    found = load(folder)
    assert list(found.events) == ["naissance"]
    assert found.event("naissance").procedures[0].why == "Pour la prime."
    assert list(found.partners) == ["caf"] and list(found.procedures) == ["caf/prime"]


BROKEN = {
    "unknown procedure": (
        "id: caf/prime",
        "id: caf/primes",
        ["procedures.0.id", "« caf/primes »", "Vouliez-vous dire « caf/prime » ?"],
    ),
    "procedure twice": (
        "procedures:\n",
        "procedures:\n  - {id: caf/prime}\n",
        ["procedures", "« caf/prime » est écrit deux fois"],
    ),
    "no procedure": ("procedures:\n  - {id: caf/prime, why: Pour la prime.}\n", "procedures: []\n", ["procedures"]),
    "unknown key": ("summary:", "sumary: x\nsummary:", ["sumary", "« summary »", "Clés permises"]),
    "unknown key of a procedure": ("why:", "whyy:", ["procedures.0.whyy", "« why »"]),
    "missing title": ("title: Naissance d'un enfant\n", "", ["title", "obligatoire"]),
    "id in the file": ("title:", "id: naissance\ntitle:", ["id", "le nom du fichier"]),
    "a list": (FILES["events/naissance.yml"], "- a\n", ["clé: valeur"]),
    "nothing": (FILES["events/naissance.yml"], "", ["clé: valeur"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_names_file_and_key(folder: Path, name: str) -> None:
    old, new, expected = BROKEN[name]
    text = FILES["events/naissance.yml"]
    assert old in text
    (folder / "events" / "naissance.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    assert "procedures/events/naissance.yml" in caught.value.message
    for words in expected:
        assert words in caught.value.message


def test_a_name_of_file_with_capitals_is_refused(folder: Path) -> None:
    (folder / "events" / "Décès.yml").write_text(FILES["events/naissance.yml"], encoding="utf-8")
    with pytest.raises(CatalogueError, match="minuscules sans accent"):
        load(folder)


def test_a_procedure_with_a_mistake_is_told_once_and_not_blamed_on_the_event(folder: Path) -> None:
    path = folder / "caf" / "prime.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("checked:", "chequed:"), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    assert "events" not in caught.value.message


def test_events_are_frozen(folder: Path) -> None:
    with pytest.raises(ValidationError):
        load(folder).event("naissance").title = "Autre"


def test_an_unknown_event_is_told_the_nearest(folder: Path) -> None:
    with pytest.raises(NotFound, match="Vouliez-vous dire « naissance »"):
        load(folder).event("naisance")


def test_the_events_asked_for_are_there(catalogue: Catalogue) -> None:
    assert set(EXPECTED) <= set(catalogue.events)


def test_every_event_says_why_for_each_procedure_in_a_whole_sentence(catalogue: Catalogue) -> None:
    for event in catalogue.events.values():
        assert len(event.procedures) >= 3
        for step in event_data(event, catalogue)["procedures"]:
            assert step["why"].endswith(".") and step["title"], (event.id, step["id"])
        assert event.summary.count(".") <= 3 and len(event.summary) < 220, event.id


@pytest.mark.parametrize(
    ("words", "procedure"),
    [
        ("j'ai perdu mon permis", "interieur/permis_perte_vol"),
        ("pasport", "interieur/passeport"),
        ("CART DIDENTITÉ", "interieur/carte_identite"),
        ("rsaa", "caf/rsa"),
        ("apl", "caf/aide_logement"),
        ("je veux divorcer", "justice/divorce_pension"),
        ("acte de naissance", "local/etat_civil"),
    ],
)
def test_words_find_a_procedure_spelling_aside(catalogue: Catalogue, words: str, procedure: str) -> None:
    assert search(catalogue, words).procedures[0].id == procedure


@pytest.mark.parametrize(
    ("words", "event"),
    [("mon mari est mort", "deces_conjoint"), ("licencié", "perte_emploi"), ("on m'a volé mon sac", "vol_papiers")],
)
def test_words_find_a_life_event(catalogue: Catalogue, words: str, event: str) -> None:
    assert search(catalogue, words).events[0].id == event


def test_an_old_name_finds_the_partner(catalogue: Catalogue) -> None:
    assert search(catalogue, "Pôle emploi").partners[0].id == "france_travail"


@pytest.mark.parametrize("words", ["", " ", "le la les", "?!", "\x00", "zzzzzz", "日本", "%", "a" * 5000])
def test_words_that_say_nothing_find_nothing(catalogue: Catalogue, words: str) -> None:
    found = search(catalogue, words)
    assert not (found.procedures or found.partners or found.events)
