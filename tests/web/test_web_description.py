"""What the API says of itself at /api/openapi.json, held against what it answers."""

import json
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from assistant.settings import Settings
from assistant.web.app import create_app

JSON = {"Content-Type": "application/json"}
PROBLEM = "application/problem+json"
DESCRIPTION = create_app(Settings()).openapi()
OPERATIONS = {
    (method.upper(), path): operation
    for path, methods in DESCRIPTION["paths"].items()
    for method, operation in methods.items()
}
UNKNOWN_PLACE = {"slot": "nulle-part.20261126T0900Z.30"}
CLOSED = {"slot": "exemple-lure.20261126T0000Z.30"}
APPOINTMENT, WAITING = "/api/appointments/{code}", "/api/appointments/{code}/waiting"
REFUSALS: tuple[tuple[str, str, dict[str, Any], int], ...] = (
    ("POST", "/api/conversations/{conversation}/messages", {"json": {"text": "a"}}, 404),
    ("GET", "/api/conversations/{conversation}", {}, 404),
    ("DELETE", "/api/conversations/{conversation}", {}, 404),
    ("POST", "/api/triage", {"content": b'{"text": "\xff"}', "headers": JSON}, 400),
    ("POST", "/api/triage", {"content": b"x" * 40_000}, 413),
    ("POST", "/api/triage", {"json": {"text": "a" * 1_001}}, 413),
    ("POST", "/api/triage", {"json": {}}, 422),
    ("GET", "/api/procedures", {"params": {"partner": "a"}}, 404),
    ("GET", "/api/procedures/{partner}/{procedure}", {}, 404),
    ("GET", "/api/visit", {"params": {"procedure": "a/b"}}, 404),
    ("GET", "/api/visit", {}, 422),
    ("GET", "/api/places", {"params": {"near": "xyzxyz"}}, 404),
    ("GET", "/api/places", {"params": {"near": "Lure", "limit": "a"}}, 422),
    ("GET", "/api/places/{place}/slots", {}, 404),
    ("POST", "/api/holds", {"json": UNKNOWN_PLACE}, 404),
    ("POST", "/api/holds", {"json": CLOSED}, 422),
    ("PUT", "/api/holds/{hold}", {}, 404),
    ("GET", "/api/appointments/{code}.ics", {"params": {"name": "Roy"}}, 404),
    ("GET", APPOINTMENT, {"params": {"name": "Roy"}}, 404),
    ("PATCH", APPOINTMENT, {"json": {**UNKNOWN_PLACE, "name": "Roy"}}, 404),
    ("DELETE", APPOINTMENT, {"params": {"name": "Roy"}}, 404),
    ("PUT", WAITING, {"json": {"name": "Roy"}}, 404),
    ("DELETE", WAITING, {"params": {"name": "Roy"}}, 404),
)


def as_described(answer: Any, method: str, path: str) -> None:
    """Its status, its media type and its form are among those described."""
    responses = OPERATIONS[method, path]["responses"]
    assert str(answer.status_code) in responses
    described = responses[str(answer.status_code)].get("content", {})
    assert answer.headers["content-type"].split(";")[0] in described
    if "json" in answer.headers["content-type"]:
        schema = next(iter(described.values()))["schema"]
        jsonschema.validate(answer.json(), {**schema, "components": DESCRIPTION["components"]})


@pytest.mark.parametrize(("method", "path", "sent", "status"), REFUSALS)
def test_a_refusal_is_as_described(
    client: TestClient, method: str, path: str, sent: dict[str, Any], status: int
) -> None:
    answer = client.request(method, path.replace("{", "").replace("}", ""), **sent)
    assert answer.status_code == status, answer.text
    as_described(answer, method, path)


def test_a_slot_that_is_gone_is_answered_as_described(client: TestClient) -> None:
    slot = client.get("/api/places/exemple-lure/slots").json()["slots"][0]["id"]
    answers = [client.post("/api/holds", json={"slot": slot}) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {201, 409}
    assert answers[-1].json()["slots"]
    as_described(answers[-1], "POST", "/api/holds")


def test_what_is_not_ready_answers_as_described(client: TestClient, engine: Any) -> None:
    engine.ready = False
    as_described(client.get("/readyz"), "GET", "/readyz")
    as_described(client.post("/api/conversations"), "POST", "/api/conversations")


def test_a_conversation_answers_as_described(client: TestClient) -> None:
    opened = client.post("/api/conversations")
    as_described(opened, "POST", "/api/conversations")
    path = "/api/conversations/{conversation}"
    here = path.format(**opened.json())
    answered = client.post(f"{here}/messages", json={"text": "j'ai perdu mon permis"})
    as_described(answered, "POST", f"{path}/messages")
    found = client.get(here)
    assert "turns" in found.json()
    as_described(found, "GET", path)
    as_described(client.post("/api/triage", json={"text": "permis"}), "POST", "/api/triage")


@pytest.mark.parametrize(
    ("method", "path", "field"), [("POST", "/api/triage", "kind"), ("POST", "/api/conversations", "replies")]
)
def test_what_the_dialogue_answers_is_described_field_by_field(method: str, path: str, field: str) -> None:
    responses = OPERATIONS[method, path]["responses"]
    reference = next(response for status, response in responses.items() if status < "300")
    name = reference["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert field in DESCRIPTION["components"]["schemas"][name]["properties"]


def test_what_is_no_json_is_described_as_what_it_is(client: TestClient) -> None:
    as_described(client.get("/metrics"), "GET", "/metrics")
    calendar = OPERATIONS["GET", "/api/appointments/{code}.ics"]["responses"]["200"]
    assert set(calendar["content"]) == {"text/calendar"}


def test_every_error_described_is_a_problem_and_none_of_the_framework_s_own() -> None:
    errors = [
        response
        for operation in OPERATIONS.values()
        for status, response in operation["responses"].items()
        if status >= "400"
    ]
    assert len(errors) > len(OPERATIONS)
    assert all(set(error["content"]) == {PROBLEM} for error in errors)
    assert "HTTPValidationError" not in json.dumps(DESCRIPTION)


def test_the_description_is_the_same_asked_for_twice(client: TestClient) -> None:
    first, second = (client.get("/api/openapi.json").json() for _ in range(2))
    assert first == second == json.loads(json.dumps(DESCRIPTION))
