"""The page, the server and the trained model together, in a real browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from assistant.settings import PROJECT, Settings
from tests.web.conftest import PATIENCE_MS


def newest_model() -> Path:
    models = sorted(Settings().models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        if os.environ.get("CI"):
            pytest.fail("no trained model, and CI must talk to it: make train")
        pytest.skip("no trained model: make train")
    return models[-1]


class Server:
    """`create_app` as it is served, in a process of its own, over an empty state folder."""

    def __init__(self, model: Path, state: Path, port: int):
        self.address, self._port = f"http://127.0.0.1:{port}", port
        self._environment = {"ASSISTANT_STATE_DIR": str(state), "ASSISTANT_MODEL_PATH": str(model)}
        self.start()

    def start(self) -> None:
        """A process."""
        served = (
            f"--factory assistant.web.app:create_app --ws none --log-level error --no-access-log --port {self._port}"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *served.split()], cwd=PROJECT, env={**os.environ, **self._environment}
        )

    def stop(self) -> None:
        """Its end."""
        self._process.terminate()
        self._process.wait(timeout=20)


@pytest.fixture
def server(tmp_path: Path, free_port: int) -> Iterator[Server]:
    running = Server(newest_model(), tmp_path, free_port)
    expect.set_options(timeout=60_000)  # the trained model, on a machine that may be doing something else
    yield running
    expect.set_options(timeout=PATIENCE_MS)
    running.stop()


def say(page: Page, text: str) -> None:
    page.get_by_label("Votre message").fill(text)
    page.get_by_role("button", name="Envoyer").click()


def test_a_citizen_books_an_appointment_with_the_trained_model(browser: Browser, server: Server) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740}, base_url=server.address)
    for _ in range(240):
        try:
            page.goto("/conversation")
            break
        except Error:  # nothing listens yet
            page.wait_for_timeout(500)
    # sent while the model is still loading: it waits, and is answered
    say(page, "j'ai perdu mon permis de conduire")
    expect(page.get_by_label("pièce d'identité").first).to_be_visible(timeout=120_000)
    question = page.locator(".turn.assistant").last.inner_text()
    page.get_by_role("group", name="Réponses proposées").last.get_by_role("button").first.click()
    expect(page.locator(".turn.person")).to_have_count(2)
    page.get_by_role("button", name="Annuler ma dernière réponse").click()
    expect(page.locator(".turn.person")).to_have_count(1)
    assert page.locator(".turn.assistant").last.inner_text() == question
    say(page, "je veux un rendez-vous à Lure")
    page.locator(".times .choice").first.click()
    expect(page.locator(".turn.assistant").last).to_contain_text(re.compile("nom", re.IGNORECASE))
    say(page, "Anna Roy 06 39 98 00 06")
    code = page.locator(".appointment .code strong")
    expect(code).to_have_text(re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}"))
    booked = code.inner_text()
    page.reload()
    expect(page.locator(".appointment .code strong")).to_have_text(booked)
    # the server goes and comes back; what is said meanwhile waits, and the conversation is there
    server.stop()
    say(page, "combien ça coûte ?")
    expect(page.get_by_text("Pas de connexion")).to_be_visible()
    server.start()
    expect(page.locator(".turn.assistant").last).to_contain_text("gratuite", timeout=120_000)
    expect(page.locator(".appointment .code strong")).to_have_text(booked)
    say(page, "mon mari me frappe")
    expect(page.get_by_role("link", name="Appeler le 17")).to_be_visible()
    page.close()
