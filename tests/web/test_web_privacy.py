"""The page about personal data says what the declaration says; the citizen's routes leave a trace; the server purges."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from assistant.app import current
from assistant.privacy.purge import Purge
from assistant.privacy.retention import TABLES
from assistant.staff.audit import AuditLog
from assistant.storage.staff_tables import Audit
from assistant.web import housekeeping
from tests.web.conftest import PROCEDURE, StandIn, client_of, settings_in
from tests.web.test_web_accessible import violations

PHONE = "06 39 98 00 06"
SLOT = "exemple-lure.20261124T0800Z.30"
LATER = "exemple-lure.20261126T0800Z.30"


def traces() -> list[tuple[str, str, str | None]]:
    """(who, what, of which appointment), the oldest first."""
    with current().database.read() as session:
        return [(each.actor, each.action, each.subject) for each in session.scalars(select(Audit).order_by(Audit.id))]


def book(client: TestClient, key: str = "one-request") -> Any:
    body = {"slot": SLOT, "procedures": [PROCEDURE], "name": "Anna Roy", "phone": PHONE}
    return client.post("/api/appointments", json=body, headers={"Idempotency-Key": key})


@pytest.fixture
def code(client: TestClient) -> str:
    """A booked appointment."""
    return str(book(client).json()["code"])


def test_the_page_tells_of_every_table(client: TestClient) -> None:
    text = unescape(client.get("/vie-privee").text)
    missing = [name for name, kept in TABLES.items() if kept.title not in text or kept.why not in text]
    assert missing == []
    assert (
        "6 mois après la date du rendez-vous" in text.lower() and "set-cookie" not in client.get("/vie-privee").headers
    )


def test_every_page_leads_to_it(client: TestClient) -> None:
    for path in ("/", "/conversation", "/rendez-vous", "/demarches", "/aide/en", "/vie-privee"):
        assert 'href="/vie-privee"' in client.get(path).text, path


def test_it_names_the_contact_that_is_set_and_invents_none(client: TestClient, tmp_path: Path) -> None:
    assert "France services le plus proche" in client.get("/vie-privee").text
    settings = settings_in(tmp_path / "other", privacy_contact="donnees@exemple.fr <b>")
    for other in client_of(settings, StandIn()):
        text = other.get("/vie-privee").text
        assert "donnees@exemple.fr &lt;b&gt;" in text and "<b>" not in text


@pytest.mark.parametrize("size", [(320, 740), (360, 740), (1280, 800)])
def test_the_page_fits_and_is_accessible(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/vie-privee")
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []


@dataclass(frozen=True)
class Asked:
    """One request of a person, and the route it is traced as."""

    method: str
    path: str
    route: str
    given: dict[str, Any]


PROOF = {"phone": PHONE}
REQUESTS = [
    Asked("GET", "/api/appointments/{code}", "/api/appointments/{code}", {"params": PROOF}),
    Asked("GET", "/api/appointments/{code}.ics", "/api/appointments/{code}.ics", {"params": PROOF}),
    Asked("PATCH", "/api/appointments/{code}", "/api/appointments/{code}", {"json": {**PROOF, "slot": LATER}}),
    Asked("PUT", "/api/appointments/{code}/waiting", "/api/appointments/{code}/waiting", {"json": PROOF}),
    Asked("DELETE", "/api/appointments/{code}/waiting", "/api/appointments/{code}/waiting", {"params": PROOF}),
    Asked("DELETE", "/api/appointments/{code}", "/api/appointments/{code}", {"params": PROOF}),
    Asked("POST", "/rendez-vous", "/rendez-vous", {"data": {"code": "{code}", "preuve": PHONE}}),
    Asked("POST", "/rendez-vous/resultat", "/rendez-vous/resultat", {"data": {"code": "{code}", "preuve": PHONE}}),
]
"""Every route of a person's own data."""


def send(client: TestClient, asked: Asked, code: str) -> Any:
    given = dict(asked.given)
    if "data" in given:
        given["data"] = {name: value.replace("{code}", code) for name, value in given["data"].items()}
    return client.request(asked.method, asked.path.replace("{code}", code), **given)


@pytest.mark.parametrize("asked", REQUESTS, ids=lambda asked: f"{asked.method} {asked.path}")
def test_who_asks_for_an_appointment_leaves_a_trace(client: TestClient, code: str, asked: Asked) -> None:
    before = len(traces())
    answer = send(client, asked, code)
    assert answer.status_code < 400 or asked.path.endswith("resultat"), answer.text
    assert traces()[before:] == [("person", f"{asked.method} {asked.route}", code)]


@pytest.mark.parametrize("asked", REQUESTS, ids=lambda asked: f"{asked.method} {asked.path}")
def test_nothing_is_shown_or_changed_where_the_trace_cannot_be_written(
    client: TestClient, code: str, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("full", None, Exception())

    with monkeypatch.context() as patched:
        patched.setattr(AuditLog, "write", fails)
        answer = send(client, asked, code)
    assert answer.status_code == 503 and "Anna" not in answer.text
    assert client.get(f"/api/appointments/{code}", params=PROOF).json()["start"].startswith("2026-11-24T09:00")


def test_a_wrong_proof_leaves_a_trace_too(client: TestClient, code: str) -> None:
    before = len(traces())
    assert client.get(f"/api/appointments/{code}", params={"name": "Personne"}).status_code == 404
    assert len(traces()) == before + 1


def test_a_booking_is_traced_with_its_code(client: TestClient) -> None:
    code = book(client).json()["code"]
    assert traces() == [("person", "POST /api/appointments", code)]


def test_a_booking_whose_trace_failed_is_given_again_by_its_key(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("full", None, Exception())

    with monkeypatch.context() as patched:
        patched.setattr(AuditLog, "write", fails)
        assert book(client).status_code == 503
    answer = book(client)
    assert answer.status_code == 201 and answer.json()["start"].startswith("2026-11-24T09:00")


@pytest.mark.parametrize("wrong", ["185057800608436", "Anna Roy", "AAAA-AAAA", "%00", "x" * 300])
def test_what_cannot_be_a_code_leaves_none(client: TestClient, wrong: str) -> None:
    """Else anybody could fill the table, with names and numbers at that."""
    for asked in REQUESTS:
        assert send(client, asked, wrong).status_code < 500
    assert traces() == []


def test_the_description_says_which_routes_are_personal(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    told = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method, said in methods.items()
        if path.startswith("/api/appointments") and said.get("x-personal")
    }
    every = {(m.upper(), p) for p, methods in paths.items() if p.startswith("/api/appointments") for m in methods}
    assert told == every and len(every) == 7


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Housekeeping without its patience; a purge at the start, and no second one today."""
    monkeypatch.setattr(housekeeping, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(housekeeping, "FIRST_PURGE_SECONDS", 0.2)
    yield


def wait_for(happened: Callable[[], bool]) -> bool:
    patience = time.monotonic() + 20
    while not happened() and time.monotonic() < patience:
        time.sleep(0.05)
    return happened()


def old_traces() -> int:
    with current().database.read() as session:
        return session.scalar(select(func.count()).select_from(Audit)) or 0


def test_the_server_purges_by_itself(soon: None, client: TestClient) -> None:
    services = current()
    with services.database.write() as session:
        session.add(Audit(at=services.now() - timedelta(days=400), actor="system", action="x", allowed=True))
    assert wait_for(lambda: old_traces() == 0)


def test_a_purge_that_fails_is_not_tried_again_at_once(
    soon: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runs = []

    def fails(self: Purge, now: object) -> dict[str, int]:
        runs.append(now)
        raise OperationalError("locked", None, Exception())

    monkeypatch.setattr(Purge, "run", fails)
    for _client in client_of(settings_in(tmp_path), StandIn()):
        assert wait_for(lambda: bool(runs))
        time.sleep(0.5)
    assert len(runs) == 1
