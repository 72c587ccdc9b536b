"""Whatever is sent: never a 500, always a problem in French."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

ENGLISH = re.compile(
    r"\b(should|must|field|required|input|valid|error|found|allowed|entity|invalid|unexpected)\b", re.IGNORECASE
)
BODIES: tuple[bytes, ...] = (
    b"",
    b" ",
    b"null",
    b"true",
    b"1",
    b"[]",
    b"{}",
    b'""',
    b'"text"',
    b"{",
    b"]",
    b"{'text': 'a'}",
    b'{"text": }',
    b'{"text": null}',
    b'{"text": 1}',
    b'{"text": 1e400}',
    b'{"text": NaN}',
    b'{"text": true}',
    b'{"text": []}',
    b'{"text": ["a"]}',
    b'{"text": {"a": 1}}',
    b'{"text": ""}',
    b'{"text": "   "}',
    b'{"text": "\\u0000"}',
    b'{"text": "\\ud800"}',
    b'{"text": "\\ud800\\ud800"}',
    b'{"text": "/"}',
    b'{"choice": ""}',
    b'{"choice": "\\u0000"}',
    b'{"choice": "\\ud800"}',
    b'{"choice": 3}',
    b'{"choice": ["a"]}',
    b'{"choice": "' + b"a" * 600 + b'"}',
    b'{"texte": "bonjour"}',
    b'{"text": "\xff\xfe"}',
    b"\xff\xfe\x00\x01",
    b"\x00",
    b"\xef\xbb\xbf{}",
    b"[" * 15_000,
    b'{"a":' * 5_000,
    b"9" * 10_000,
    b'{"text": ' + b"9" * 10_000 + b"}",
    b'{"text": "' + b"a" * 1_001 + b'"}',
    b'{"text": "' + b"a" * 40_000 + b'"}',
    b"x" * 1_000_000,
    b'<?xml version="1.0"?><a/>',
    b"text=bonjour",
    b"--x\r\nContent-Disposition: form-data; name=text\r\n\r\nbonjour\r\n--x--",
    b'{"slot": {"$ne": null}, "procedures": {"a": 1}, "name": []}',
    b'{"slot": "exemple-lure.99999999T9999Z.30", "procedures": ["interieur/permis_perte_vol"], "name": "Anna"}',
    b'{"slot": "a.b.c", "procedures": [null], "name": "Anna", "situation": {"a": {"b": {"c": 1}}}}',
    b'{"slot": "\\ud800", "procedures": ["\\ud800"], "name": "\\ud800"}',
)
ROUTES = (
    ("POST", "/api/conversations/{conversation}/messages"),
    ("POST", "/api/triage"),
    ("POST", "/api/appointments"),
    ("PATCH", "/api/appointments/2222-2222"),
)
PATHS = (
    "/api/conversations/%00",
    "/api/conversations/%ff%fe",
    "/api/conversations/" + "a" * 3000,
    "/api/conversations/..%2f..%2fetc%2fpasswd",
    "/api/procedures/%00/%00",
    "/api/procedures/interieur/..%2f..%2fsecret",
    "/api/procedures/interieur/permis_perte_vol?%00=%00",
    "/api/procedures/interieur/permis_perte_vol?circonstance=%ff",
    "/api/procedures?partner=%00",
    "/api/places?near=%ff%fe",
    "/api/places?near=%F0%9F%98%80",
    "/api/places?near=" + "9" * 150,
    "/api/places?near=" + "1," * 90,
    "/api/places/%00/slots",
    "/api/places/exemple-lure/slots?minutes=" + "9" * 5000,
    "/api/appointments/%00?name=%00",
    "/api/appointments/%00.ics?conversation=%00",
    "/api/appointments/" + "2" * 3000 + "?name=roy",
    "/api/appointments/2222-2222?name=" + "a" * 200,
    "/api/appointments/2222-2222?phone=%F0%9F%98%80",
    "/api/nulle-part",
    "/api",
    "/static/..%2fapp.py",
    "/static/%00",
)


@pytest.fixture(scope="module")
def conversation(shared_client: TestClient) -> str:
    """One open conversation for them all."""
    return str(shared_client.post("/api/conversations").json()["conversation"])


def checked(answer: Any) -> None:
    """A problem in French that shows nothing of the inside."""
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail"} <= set(problem)
    assert problem["status"] == answer.status_code
    words = " ".join([problem["title"], problem["detail"], *(wrong["problem"] for wrong in problem.get("errors", []))])
    assert not ENGLISH.search(words), words
    assert "Traceback" not in answer.text


def cases() -> Iterator[tuple[str, str, bytes]]:
    for method, path in ROUTES:
        for body in BODIES:
            yield method, path, body


@pytest.mark.parametrize(("method", "path", "body"), list(cases()))
def test_no_body_ever_gives_a_500(
    shared_client: TestClient, conversation: str, method: str, path: str, body: bytes
) -> None:
    headers = {"Content-Type": "application/json", "Idempotency-Key": "une-cle-quelconque"}
    answer = shared_client.request(method, path.format(conversation=conversation), content=body, headers=headers)
    checked(answer)


def test_a_message_is_a_text_or_a_choice_and_not_both(shared_client: TestClient, conversation: str) -> None:
    answer = shared_client.post(f"/api/conversations/{conversation}/messages", json={"text": "a", "choice": "b"})
    assert answer.status_code == 422
    checked(answer)


@pytest.mark.parametrize("path", PATHS)
def test_no_address_ever_gives_a_500(shared_client: TestClient, path: str) -> None:
    checked(shared_client.get(path))


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a", ""]
)
def test_another_content_type_is_refused(shared_client: TestClient, conversation: str, kind: str) -> None:
    path = f"/api/conversations/{conversation}/messages"
    checked(shared_client.post(path, content=b'{"text": "bonjour"}', headers={"Content-Type": kind}))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_another_method_is_refused_in_french(shared_client: TestClient, method: str) -> None:
    answer = shared_client.request(method, "/api/conversations")
    assert answer.status_code == 405
    checked(answer)


def test_a_body_without_announced_length_is_cut_off(shared_client: TestClient) -> None:
    """Chunked: only counting what arrives can stop it."""

    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 1000

    answer = shared_client.post("/api/triage", content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    checked(answer)


def test_a_body_that_is_no_object_is_told_so_with_json_in_capitals(shared_client: TestClient) -> None:
    answer = shared_client.post("/api/triage", content=b"[]", headers={"Content-Type": "application/json"})
    assert answer.json()["detail"].startswith("Un objet JSON est attendu.")
