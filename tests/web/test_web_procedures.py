"""The catalogue over HTTP, and its words."""

import pytest
from fastapi.testclient import TestClient

from assistant.catalogue.models import Document
from assistant.catalogue.wording import document_note

PATH = "/api/procedures/interieur/permis_perte_vol"


def test_partners_name_their_procedures(client: TestClient) -> None:
    (partner,) = client.get("/api/partners").json()["partners"]
    assert (partner["id"], partner["procedures"]) == ("interieur", ["interieur/permis_perte_vol"])
    assert partner["phone"] == {"number": "34 00", "name": "France Titres", "date": "2025-01-02"}


def test_procedures_are_listed_and_can_be_those_of_one_partner(client: TestClient) -> None:
    listed = client.get("/api/procedures").json()["procedures"]
    assert listed[0] | {"summary": ""} == {
        "id": "interieur/permis_perte_vol",
        "partner": "interieur",
        "title": "Permis perdu ou volé",
        "summary": "",
    }
    assert client.get("/api/procedures?partner=interieur").json()["procedures"] == listed
    assert client.get("/api/procedures?partner=interieu").status_code == 404


def test_without_answers_the_documents_that_may_fall_away_are_marked(client: TestClient) -> None:
    found = client.get(PATH).json()
    certain = {document["id"]: document["certain"] for document in found["documents"]}
    assert certain == {"identite": True, "justificatif_domicile": True, "photo": True, "recepisse_vol": False}
    (question,) = found["questions"]
    assert [choice["id"] for choice in question["choices"]] == ["perdu", "vole", "ne_sait_pas"]


def test_an_answer_settles_the_documents(client: TestClient) -> None:
    stolen, lost = (client.get(f"{PATH}?circonstance={answer}").json() for answer in ("vole", "perdu"))
    assert [d["id"] for d in stolen["documents"]] == ["identite", "justificatif_domicile", "photo", "recepisse_vol"]
    assert all(document["certain"] for document in stolen["documents"])
    assert [d["id"] for d in lost["documents"]] == ["identite", "justificatif_domicile", "photo"]
    assert [item["id"] for item in lost["not_needed"]] == ["declaration_police"]
    assert stolen["questions"] == lost["questions"] == []


def test_who_does_not_know_keeps_every_document(client: TestClient) -> None:
    found = client.get(f"{PATH}?circonstance=ne_sait_pas").json()
    assert [d["id"] for d in found["documents"] if not d["certain"]] == ["recepisse_vol"]


def test_a_procedure_says_its_sources_its_cost_and_its_minutes(client: TestClient) -> None:
    found = client.get(PATH).json()
    assert found["sources"][0]["title"] == "Perte du permis"
    assert found["sources"][0]["checked"] == "2025-11-22"
    assert (found["minutes"], found["cost"], found["official_list"]) == (30, ["Le nouveau permis coûte 25 €."], True)
    assert found["online"] == {"label": "Demander le permis", "url": "https://example.org/permis"}


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("circonstances=vole", "Vouliez-vous dire « circonstance » ?"),
        ("circonstance=vol", "Vouliez-vous dire « vole » ?"),
        ("circonstance=", "Valeurs possibles : perdu, vole, ne_sait_pas"),
        ("x=y", "Valeurs possibles : circonstance"),
    ],
)
def test_an_unknown_question_or_answer_is_told_the_nearest(client: TestClient, query: str, hint: str) -> None:
    answer = client.get(f"{PATH}?{query}")
    assert answer.status_code == 422
    assert hint in answer.json()["detail"]


def test_an_unknown_procedure_is_told_the_nearest(client: TestClient) -> None:
    answer = client.get("/api/procedures/interieur/permis_perte")
    assert answer.status_code == 404
    assert "Vouliez-vous dire « interieur/permis_perte_vol » ?" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({}, ""),
        ({"note": "au nom de la personne"}, "Au nom de la personne."),
        ({"accepted": ["passeport"]}, "Accepté : passeport."),
        ({"accepted": ["a", "b", "c"]}, "Au choix : a, b ou c."),
        ({"accepted": ["facture d'eau, de gaz", "bail"]}, "Au choix : facture d'eau, de gaz ou bail."),
        ({"max_age_months": 1}, "De moins d'un mois."),
        ({"max_age_months": 12}, "De moins d'un an."),
        ({"max_age_months": 24}, "De moins de 2 ans."),
        ({"max_age_months": 6, "form": "original_et_copie"}, "De moins de 6 mois. Apportez l'original et une copie."),
        ({"max_age_months": 3, "note": "Il a moins de 3 mois."}, "Il a moins de 3 mois."),
        ({"note": "Signé ?", "form": "copie"}, "Signé ? Une copie suffit."),
    ],
)
def test_a_document_note_is_plain_sentences(fields: dict[str, object], note: str) -> None:
    assert document_note(Document.model_validate({"id": "x", "label": "Une pièce", **fields})) == note
