"""The drawing beside a document is the one a person expects, and it exists."""

import re
from collections import Counter
from pathlib import Path

import pytest

from assistant.catalogue.loader import load
from assistant.settings import Settings
from assistant.web import pictograms
from assistant.web.pictograms import DEFAULT, WORDS, pictogram_of

SPRITE = Path(pictograms.__file__).parent / "static" / "pictograms.svg"
OTHERS = {"horloge", "imprimer"}
"""Drawings of the pages, no document's."""
HEAVIEST = 8_000
DOCUMENTS = {
    (d.id, d.label) for procedure in load(Settings().procedures_dir).procedures.values() for d in procedure.documents
}


def shown(document: str, label: str) -> str:
    return pictogram_of({"id": document, "label": label, "note": ""})


def test_every_symbol_named_is_drawn_and_every_drawing_has_a_use() -> None:
    drawn = re.findall(r'<symbol id="(\w+)"', SPRITE.read_text(encoding="utf-8"))
    assert len(drawn) == len(set(drawn))
    assert set(drawn) == {symbol for symbol, _ in WORDS} | {DEFAULT} | OTHERS


def test_the_sprite_is_light_and_takes_the_colour_of_the_text() -> None:
    sprite = SPRITE.read_text(encoding="utf-8")
    assert len(sprite.encode()) < HEAVIEST
    assert sprite.count('stroke="currentColor"') == sprite.count("<symbol")
    assert "style" not in sprite and "script" not in sprite and "href" not in sprite


@pytest.mark.parametrize(
    ("document", "label", "expected"),
    [
        ("identite", "Une pièce d'identité", "identite"),
        ("identite_tuteur", "Une photocopie de la pièce d'identité du tuteur ou du curateur", "identite"),
        ("ancien_passeport", "L'ancien passeport", "passeport"),
        ("photo", "Une photo d'identité", "photo"),
        ("copie_titre", "Une photocopie du titre perdu ou volé", DEFAULT),
        ("justificatif_domicile_mariage", "Un justificatif de domicile de chacun", "domicile"),
        ("rib", "Un relevé d'identité bancaire (RIB)", "rib"),
        ("mot_de_passe_impots", "Votre mot de passe du site des impôts", "ordinateur"),
        ("avis_imposition_conjoint", "Le dernier avis d'impôt de la personne avec qui vous vivez", "impots"),
        ("bulletins_salaire", "Vos 3 derniers bulletins de salaire", "salaire"),
        ("carte_vitale_defunt", "La carte Vitale de la personne décédée", "sante"),
        ("acte_naissance", "Un acte de naissance", "naissance"),
        ("livret_famille", "Votre livret de famille à jour", "famille"),
        ("bail", "Votre bail, ou la promesse de location", "logement"),
        ("carte_grise", "Une copie de la carte grise", "vehicule"),
        ("lettre_refus", "La lettre de refus de la banque", "courrier"),
    ],
)
def test_a_document_has_the_drawing_a_person_expects(document: str, label: str, expected: str) -> None:
    assert shown(document, label) == expected


def test_most_documents_of_the_catalogue_have_a_drawing_of_their_own() -> None:
    symbols = Counter(shown(*document) for document in DOCUMENTS)
    assert symbols[DEFAULT] < len(DOCUMENTS) / 3
