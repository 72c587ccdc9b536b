"""Headers, health, figures and logs."""

import logging

import pytest
from fastapi.testclient import TestClient


@pytest.mark.parametrize(
    "path", ["/", "/rendez-vous", "/static/chat.js", "/healthz", "/api/procedures", "/nulle-part", "/api/triage"]
)
def test_every_answer_has_its_security_headers_and_no_cookie(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", ["/", "/rendez-vous"])
def test_pages_hold_no_inline_script_style_or_foreign_address(client: TestClient, path: str) -> None:
    page = client.get(path).text
    assert 'lang="fr"' in page
    assert "style=" not in page and "<style" not in page and " onclick" not in page
    assert page.count("<script") == page.count('<script type="module" src="/static/')
    assert "http://" not in page and "https://" not in page


def test_personal_answers_are_not_kept_by_caches(client: TestClient) -> None:
    assert client.get("/rendez-vous").headers["Cache-Control"] == "no-store"


def test_a_browser_that_is_lost_gets_a_page(client: TestClient) -> None:
    answer = client.get("/nulle-part", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "Page introuvable" in answer.text


def test_the_process_is_alive_while_the_model_loads_and_ready_after(client: TestClient, engine) -> None:  # type: ignore[no-untyped-def]
    engine.ready = False
    assert client.get("/healthz").status_code == 200
    assert client.get("/").status_code == 200
    assert client.get("/readyz").status_code == 503
    engine.ready = True
    assert client.get("/readyz").json() == {"status": "ok", "database": "ok", "engine": "ok"}


def test_a_model_that_could_not_be_loaded_is_never_ready_and_says_no_more(client: TestClient, engine) -> None:  # type: ignore[no-untyped-def]
    engine.problem = "FileNotFoundError: /secret/path"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "secret" not in answer.text


def test_figures_count_routes_and_turns_and_hold_nothing_personal(client: TestClient, conversation: str) -> None:
    client.post(f"/api/conversations/{conversation}/messages", json={"text": "je suis Jean Dupré"})
    client.get("/api/appointments/2222-2222?name=Dupont")
    figures = client.get("/metrics").text
    assert 'method="POST",route="/api/conversations/{conversation}/messages",status="200"} 1.0' in figures
    assert 'route="/api/appointments/{code}",status="404"' in figures
    assert "assistant_turn_seconds_count 1.0" in figures
    assert not any(word in figures for word in (conversation, "Dup", "2222"))


def test_the_access_log_holds_neither_names_nor_codes_nor_words(
    client: TestClient, conversation: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="assistant.access")
    client.post(f"/api/conversations/{conversation}/messages", json={"text": "je suis Jean Dupré"})
    client.get("/api/appointments/2222-2222?name=Dupont")
    written = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("assistant"))
    assert "GET /api/appointments/{code} 404" in written
    assert not any(word in written for word in (conversation, "Dup", "2222"))
