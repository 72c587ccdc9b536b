"""Appointments over HTTP: the key, the race lost, the proof, the calendar file."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

SLOT = "exemple-lure.20261124T0800Z.30"
OTHER = "exemple-lure.20261124T0830Z.30"
KEY = {"Idempotency-Key": "premiere-demande"}


def body(**changes: Any) -> dict[str, Any]:
    return {
        "slot": SLOT,
        "procedures": ["interieur/permis_perte_vol"],
        "situation": {"interieur/permis_perte_vol": {"circonstance": "vole"}},
        "name": "Anna Roy",
        "phone": "06 39 98 00 06",
        **changes,
    }


@pytest.fixture
def booked(client: TestClient) -> dict[str, Any]:
    answer = client.post("/api/appointments", json=body(), headers=KEY)
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


def test_a_booked_appointment_says_where_when_and_what_to_bring(booked: dict[str, Any]) -> None:
    assert (booked["place"], booked["status"]) == ("exemple-lure", "booked")
    assert (booked["start"], booked["end"]) == ("2026-11-24T09:00:00+01:00", "2026-11-24T09:30:00+01:00")
    assert booked["label"] == "mardi 24 novembre à 9 h"
    assert "recepisse_vol" in [document["id"] for document in booked["reminder"][0]["documents"]]


def test_the_same_key_and_body_give_the_same_appointment_and_sell_one_slot(
    client: TestClient, booked: dict[str, Any]
) -> None:
    again = client.post("/api/appointments", json=body(), headers=KEY)
    assert (again.status_code, again.json()["code"]) == (201, booked["code"])


def test_the_same_key_with_another_body_is_refused(client: TestClient, booked: dict[str, Any]) -> None:
    answer = client.post("/api/appointments", json=body(slot=OTHER), headers=KEY)
    assert answer.status_code == 422
    assert "déjà servi" in answer.json()["detail"]


def test_a_slot_that_is_gone_answers_with_the_next_ones(client: TestClient, booked: dict[str, Any]) -> None:
    answer = client.post(
        "/api/appointments", json=body(name="Jean Dupré"), headers={"Idempotency-Key": "autre-demande"}
    )
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["slots"][0]["id"] == OTHER
    assert problem["slots"][0]["label"] == "mardi 24 novembre à 9 h 30"
    assert "vient d'être pris" in problem["detail"]
    taken = client.post(
        "/api/appointments", json=body(slot=OTHER, name="Jean Dupré"), headers={"Idempotency-Key": "encore-une"}
    )
    assert taken.status_code == 201


@pytest.mark.parametrize(
    "headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "court"}, {"Idempotency-Key": "a" * 200}]
)
def test_a_booking_without_a_proper_key_is_refused_in_french(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/appointments", json=body(), headers=headers)
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"slot": "exemple-vesoul.20261124T0800Z.30"}, 422),
        ({"slot": "exemple-lure.20261124T0200Z.30"}, 422),
        ({"slot": "exemple-lure.20251124T0800Z.30"}, 422),
        ({"slot": "inconnu.20261124T0800Z.30"}, 404),
        ({"slot": "n'importe quoi"}, 422),
        ({"slot": ""}, 422),
        ({"procedures": []}, 422),
        ({"procedures": ["caf/rsa"]}, 422),
        ({"procedures": ["interieur/permis_perte_vol"] * 6}, 422),
        ({"situation": {"circonstance": "vol"}}, 422),
        ({"situation": {"caf/rsa": {}}}, 422),
        ({"situation": None}, 422),
        ({"name": "A"}, 422),
        ({"name": "\x00\x00\x00"}, 422),
        ({"name": "x" * 101}, 422),
        ({"name": 12}, 422),
        ({"phone": "12"}, 422),
        ({"phone": [1]}, 422),
    ],
)
def test_a_booking_that_cannot_be_says_why_in_french(client: TestClient, changes: dict[str, Any], status: int) -> None:
    answer = client.post("/api/appointments", json=body(**changes), headers=KEY)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_answers_alone_are_those_of_the_one_procedure(client: TestClient) -> None:
    answer = client.post("/api/appointments", json=body(situation={"circonstance": "perdu"}), headers=KEY).json()
    assert answer["situation"] == {"interieur/permis_perte_vol": {"circonstance": "perdu"}}


def test_a_social_security_number_in_the_name_is_not_kept(client: TestClient) -> None:
    answer = client.post("/api/appointments", json=body(name="Anna Roy 1 84 05 75 123 456 78"), headers=KEY).json()
    assert answer["name"] == "Anna Roy [numéro masqué]"


@pytest.mark.parametrize(
    "proof", [{"phone": "0639980006"}, {"phone": "+33 6 39 98 00 06"}, {"name": "roy"}, {"name": "ANNA ROY"}]
)
def test_the_telephone_or_the_name_shows_the_appointment(
    client: TestClient, booked: dict[str, Any], proof: dict[str, str]
) -> None:
    found = client.get(f"/api/appointments/{booked['code'].lower()}", params=proof)
    assert (found.status_code, found.json()["code"]) == (200, booked["code"])


def test_a_wrong_proof_answers_exactly_like_an_unknown_code(client: TestClient, booked: dict[str, Any]) -> None:
    wrong = client.get(f"/api/appointments/{booked['code']}", params={"name": "dupont"})
    unknown = client.get("/api/appointments/2222-2222", params={"name": "roy"})
    assert (wrong.status_code, wrong.json()) == (404, unknown.json())


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_without_proof_the_person_is_asked_for_one(client: TestClient, booked: dict[str, Any], method: str) -> None:
    answer = client.request(method, f"/api/appointments/{booked['code']}")
    assert answer.status_code == 422
    assert "le téléphone ou le nom" in answer.json()["detail"]


def test_an_appointment_moves_and_frees_its_slot(client: TestClient, booked: dict[str, Any]) -> None:
    moved = client.patch(f"/api/appointments/{booked['code']}", json={"slot": OTHER, "name": "Roy"}).json()
    assert (moved["code"], moved["start"]) == (booked["code"], "2026-11-24T09:30:00+01:00")
    free = [
        slot["id"]
        for slot in client.get("/api/places/exemple-lure/slots?from=2026-11-24&to=2026-11-24").json()["slots"]
    ]
    assert SLOT in free and OTHER not in free


def test_moving_to_a_taken_slot_changes_nothing_and_offers_others(client: TestClient, booked: dict[str, Any]) -> None:
    client.post(
        "/api/appointments", json=body(slot=OTHER, name="Jean Dupré"), headers={"Idempotency-Key": "autre-demande"}
    )
    answer = client.patch(f"/api/appointments/{booked['code']}", json={"slot": OTHER, "phone": "0639980006"})
    assert (answer.status_code, bool(answer.json()["slots"])) == (409, True)
    assert client.get(f"/api/appointments/{booked['code']}?name=roy").json()["start"] == booked["start"]


def test_a_cancelled_appointment_frees_its_slot_and_cancelling_twice_is_once(
    client: TestClient, booked: dict[str, Any]
) -> None:
    for _ in range(2):
        answer = client.delete(f"/api/appointments/{booked['code']}", params={"name": "roy"})
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert client.get("/api/places/exemple-lure/slots?from=2026-11-24").json()["slots"][0]["id"] == SLOT


def test_the_calendar_file_holds_the_appointment(client: TestClient, booked: dict[str, Any]) -> None:
    answer = client.get(f"/api/appointments/{booked['code']}.ics", params={"phone": "0639980006"})
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event.decoded("dtstart").isoformat() == booked["start"]


def test_the_calendar_file_of_another_conversation_needs_a_proof(client: TestClient, booked: dict[str, Any]) -> None:
    answer = client.get(f"/api/appointments/{booked['code']}.ics", params={"conversation": "une-autre"})
    assert answer.status_code == 422


def test_the_page_shows_prints_and_cancels_without_javascript(client: TestClient, booked: dict[str, Any]) -> None:
    form = {"code": booked["code"], "preuve": "roy"}
    shown = client.post("/rendez-vous", data=form)
    assert booked["code"] in shown.text and "Mardi 24 novembre à 9 h" in shown.text
    asked = client.post("/rendez-vous", data={**form, "action": "demander_annulation"})
    assert "Voulez-vous vraiment annuler" in asked.text
    assert (
        client.post("/rendez-vous", data={**form, "action": "ics"}).headers["content-type"].startswith("text/calendar")
    )
    done = client.post("/rendez-vous", data={**form, "action": "annuler"})
    assert "Votre rendez-vous est annulé" in done.text
    assert client.get(f"/api/appointments/{booked['code']}?name=roy").json()["status"] == "cancelled"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"code": "2222-2222", "preuve": "roy"}, 404),
        ({"code": "\x00", "preuve": "\x00"}, 422),
        ({"code": "<script>alert(1)</script>", "preuve": '"><img src=x>'}, 404),
        ({"code": "x" * 5000, "preuve": "y" * 5000}, 404),
    ],
)
def test_the_page_answers_mistakes_with_a_page(client: TestClient, form: dict[str, str], status: int) -> None:
    answer = client.post("/rendez-vous", data=form)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert 'role="alert"' in answer.text
    assert "<script>alert" not in answer.text and "<img" not in answer.text
