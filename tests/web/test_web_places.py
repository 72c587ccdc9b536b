"""Places and slots over HTTP, on the project's sample directory."""

import pytest
from fastapi.testclient import TestClient

FIELDS = {"id", "name", "address", "commune", "distance_km", "open_now", "next_opening", "takes_appointments", "phone"}


def test_the_nearest_places_come_first_with_what_the_contract_names(client: TestClient) -> None:
    found = client.get("/api/places", params={"near": "Lure", "limit": 3}).json()
    assert found["places"][0]["id"] == "exemple-lure"
    assert all(set(place) >= FIELDS for place in found["places"])
    assert found["commune"]["label"] == "Lure (70)"
    assert found["communes"] == []


def test_a_closed_place_says_when_it_opens_with_its_offset(client: TestClient) -> None:
    """It is Sunday: Lure opens on Monday morning."""
    place = client.get("/api/places", params={"near": "70200"}).json()["places"][0]
    assert (place["open_now"], place["next_opening"]) == (False, "2026-11-23T09:00:00+01:00")
    assert place["opening"] == "Prochaine ouverture : demain de 9 h à 12 h"


def test_the_sample_directory_is_named_as_such(client: TestClient) -> None:
    found = client.get("/api/places?near=Vesoul").json()
    assert found["sample"] is True
    assert "Annuaire d'exemple" in found["notice"]
    assert all(place["sample"] for place in found["places"])


def test_coordinates_are_a_place_to_search_from(client: TestClient) -> None:
    found = client.get("/api/places", params={"near": "47.685,6.497", "limit": 1}).json()
    assert [place["id"] for place in found["places"]] == ["exemple-lure"]
    assert found["commune"] is None


def test_only_those_that_take_appointments_can_be_asked_for(client: TestClient) -> None:
    found = client.get("/api/places?near=Vesoul&appointments=true&limit=20").json()["places"]
    assert found and all(place["takes_appointments"] for place in found)


def test_an_ambiguous_commune_gives_the_others_to_choose_from(client: TestClient) -> None:
    found = client.get("/api/places?near=Saint-Martin").json()
    assert found["places"] and found["commune"]
    assert len(found["communes"]) >= 1
    assert found["commune"]["code"] not in {commune["code"] for commune in found["communes"]}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("near=", 422),
        ("near=%00", 422),
        ("near=qqxxzz", 404),
        ("near=91,0", 422),
        ("near=0,181", 422),
        ("near=nan,inf", 404),
        ("near=Lure&limit=0", 422),
        ("near=Lure&limit=21", 422),
        ("near=Lure&limit=99999999999999999999", 422),
        ("near=Lure&limit=x", 422),
        ("near=Lure&appointments=peut-etre", 422),
        (f"near={'a' * 201}", 422),
    ],
)
def test_a_search_that_cannot_be_made_says_what_to_write(client: TestClient, query: str, status: int) -> None:
    answer = client.get(f"/api/places?{query}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_slots_are_in_the_zone_of_the_place_with_a_key_to_book_with(client: TestClient) -> None:
    found = client.get("/api/places/exemple-lure/slots").json()
    assert found["slots"][0] == {
        "id": "exemple-lure.20261123T0800Z.30",
        "place": "exemple-lure",
        "start": "2026-11-23T09:00:00+01:00",
        "end": "2026-11-23T09:30:00+01:00",
        "stop": None,
        "label": "lundi 23 novembre à 9 h",
    }
    assert len(found["idempotency_key"]) >= 16


def test_slots_can_be_asked_for_between_two_days_and_by_length(client: TestClient) -> None:
    found = client.get("/api/places/exemple-lure/slots?from=2026-11-24&to=2026-11-24&minutes=60").json()["slots"]
    assert {slot["start"][:10] for slot in found} == {"2026-11-24"}
    assert [slot["start"][11:16] for slot in found] == ["09:00", "10:00", "11:00", "14:00", "15:00", "16:00"]


def test_slots_from_a_moment_with_its_offset_in_a_query(client: TestClient) -> None:
    """A "+" arrives as a space when a client forgets to escape it."""
    for moment in (
        "2026-11-24T14:00:00+01:00",
        "2026-11-24T14:00:00%2B01:00",
        "2026-11-24T13:00:00Z",
        "2026-11-24T14:00",
    ):
        found = client.get(f"/api/places/exemple-lure/slots?from={moment}&to=2026-11-24").json()["slots"]
        assert found[0]["start"] == "2026-11-24T14:00:00+01:00", moment


def test_a_place_without_appointments_has_no_slot_and_says_so(client: TestClient) -> None:
    found = client.get("/api/places/exemple-vesoul/slots").json()
    assert (found["slots"], found["place"]["takes_appointments"]) == ([], False)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=demain", 422),
        ("from=2026-13-45", 422),
        ("from=2026-11-25&to=2026-11-24", 422),
        ("minutes=0", 422),
        ("minutes=1e9", 422),
        ("minutes=-30", 422),
        ("from=0001-01-01&to=9999-12-31", 200),
        ("from=0001-01-01T00:00:00%2B23:59", 200),
        ("to=9999-12-31T23:59:59-23:59", 200),
        ("from=%00", 422),
    ],
)
def test_dates_of_any_kind_never_break_the_slots(client: TestClient, query: str, status: int) -> None:
    assert client.get(f"/api/places/exemple-lure/slots?{query}").status_code == status


def test_an_unknown_place_is_not_found(client: TestClient) -> None:
    assert client.get("/api/places/inconnu/slots").status_code == 404
