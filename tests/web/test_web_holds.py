"""Holds, the waiting list, reminders and the order by day, over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

SLOT = "exemple-lure.20261124T0800Z.30"
OTHER = "exemple-lure.20261124T0830Z.30"
LATE = "exemple-lure.20261208T0800Z.30"


def body(**changes: Any) -> dict[str, Any]:
    return {
        "slot": SLOT,
        "procedures": ["interieur/permis_perte_vol"],
        "name": "Anna Roy",
        "phone": "06 39 98 00 06",
        **changes,
    }


def book(client: TestClient, key: str = "une-demande", **changes: Any) -> Any:
    return client.post("/api/appointments", json=body(**changes), headers={"Idempotency-Key": key})


def hold(client: TestClient, **changes: Any) -> Any:
    return client.post("/api/holds", json={"slot": SLOT, **changes})


def test_a_held_slot_is_booked_by_its_holder_alone(client: TestClient) -> None:
    held = hold(client)
    assert held.status_code == 201 and held.json()["slot"]["id"] == SLOT
    refused = book(client, "une-autre")
    assert refused.status_code == 409 and refused.json()["slots"][0]["id"] != SLOT
    assert hold(client).status_code == 409
    assert book(client, hold=held.json()["hold"]).status_code == 201


def test_a_held_slot_is_not_shown_as_free(client: TestClient) -> None:
    hold(client)
    slots = client.get("/api/places/exemple-lure/slots").json()["slots"]
    assert SLOT not in [slot["id"] for slot in slots]


def test_another_slot_held_gives_the_first_back(client: TestClient) -> None:
    first = hold(client).json()["hold"]
    again = hold(client, slot=OTHER, hold=first)
    assert (again.status_code, again.json()["hold"]) == (201, first)
    assert book(client).status_code == 201


def test_a_hold_is_renewed_a_few_times_then_released(client: TestClient) -> None:
    path = f"/api/holds/{hold(client).json()['hold']}"
    assert [client.put(path).status_code for _ in range(6)] == [200] * 5 + [422]
    assert [client.delete(path).status_code for _ in range(2)] == [204, 204]
    gone = client.put(path)
    assert gone.status_code == 404 and "plus gardé" in gone.json()["detail"]
    assert book(client).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"slot": "n'importe quoi"},
        {"slot": "exemple-vesoul.20261124T0800Z.30"},
        {"slot": "exemple-lure.20201124T0800Z.30"},
        {"slot": "inconnu.20261124T0800Z.30"},
        {"hold": "é"},
        {"hold": 3},
        {"slot": None},
    ],
)
def test_a_hold_that_cannot_be_says_why(client: TestClient, wrong: dict[str, Any]) -> None:
    answer = hold(client, **wrong)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json" and answer.json()["detail"]


def test_who_waits_needs_the_proof_and_may_stop(client: TestClient) -> None:
    code = book(client, slot=LATE).json()["code"]
    path = f"/api/appointments/{code}/waiting"
    assert client.put(path, json={"name": "Jean Dupré"}).status_code == 404
    assert client.put(path, json={}).status_code == 422
    assert client.put(path, json={"name": "Roy", "earliest": "2026-11-25T09:00:00"}).status_code == 422
    assert client.put(path, json={"name": "Roy", "earliest": "2026-11-25T09:00:00+01:00"}).json()["code"] == code
    assert [client.delete(path, params={"name": "Roy"}).status_code for _ in range(2)] == [204, 204]


def test_booked_for_somebody_else_with_reminders(client: TestClient) -> None:
    booked = book(client, booked_by="Paul Roy", email="paul@exemple.fr", reminders=True)
    assert booked.status_code == 201
    assert (booked.json()["name"], booked.json()["booked_by"]) == ("Anna Roy", "Paul Roy")


@pytest.mark.parametrize("wrong", [{"email": "pas une adresse"}, {"reminders": "peut-être"}, {"booked_by": "x"}])
def test_what_cannot_be_written_to_is_refused(client: TestClient, wrong: dict[str, Any]) -> None:
    answer = book(client, **wrong)
    assert answer.status_code == 422 and answer.json()["detail"]


def test_places_by_day_say_why_and_give_their_first_slots(client: TestClient) -> None:
    places = client.get("/api/places?near=Vesoul&order=day&limit=3").json()["places"]
    assert all(place["reason"] and len(place["slots"]) <= 3 for place in places)
    days = [place["resolved_at"] for place in places]
    assert days[0] == min(filter(None, days))


@pytest.mark.parametrize("wish", ["saturday", "evening", "wheelchair"])
def test_a_filter_never_empties_the_list(client: TestClient, wish: str) -> None:
    places = client.get(f"/api/places?near=Lure&{wish}=true").json()["places"]
    assert places and all(place["reason"] for place in places)
