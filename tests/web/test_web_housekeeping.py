"""Beside answering, the server sends what is in the outbox and forgets expired holds; a bad moment does not stop it."""

import json
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from assistant.app import current
from assistant.storage.tables import Hold
from assistant.web import housekeeping


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "EVERY_SECONDS", 0.05)


def wait_for(happened: Callable[[], bool]) -> bool:
    patience = time.monotonic() + 20
    while not happened() and time.monotonic() < patience:
        time.sleep(0.05)
    return happened()


def book(client: TestClient) -> str:
    body = {
        "slot": "exemple-lure.20261124T0800Z.30",
        "procedures": ["interieur/permis_perte_vol"],
        "name": "Anna Roy",
        "email": "anna@exemple.fr",
        "reminders": True,
    }
    answer = client.post("/api/appointments", json=body, headers={"Idempotency-Key": "une-demande"})
    return str(answer.json()["code"])


def test_a_confirmation_leaves_by_itself(client: TestClient) -> None:
    code, outbox = book(client), current().settings.outbox
    assert wait_for(outbox.exists)
    lines = [json.loads(line) for line in outbox.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 1 and code in json.dumps(lines[0], ensure_ascii=False)


def test_an_expired_hold_is_forgotten(client: TestClient) -> None:
    services = current()
    services.bookings.holds.take("exemple-lure.20261124T0800Z.30", services.now() - timedelta(minutes=15))

    def none_left() -> bool:
        with services.database.read() as session:
            return session.scalar(select(func.count(Hold.id))) == 0

    assert wait_for(none_left)


def test_a_database_in_trouble_is_tried_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first sweeps fail, the outbox is emptied all the same, and sweeping goes on."""
    holds, calls = current().bookings.holds, []

    def fails(now: object) -> int:
        calls.append(now)
        raise OperationalError("locked", None, Exception())

    monkeypatch.setattr(holds, "sweep", fails)
    book(client)
    assert wait_for(lambda: len(calls) >= 3) and wait_for(current().settings.outbox.exists)
