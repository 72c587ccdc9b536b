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


def newest_model() -> Path:
    models = sorted(Settings().models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        if os.environ.get("CI"):
            pytest.fail("no trained model, and CI must talk to it: make train")
        pytest.skip("no trained model: make train")
    return models[-1]


@pytest.fixture
def address(tmp_path: Path, free_port: int) -> Iterator[str]:
    """`create_app` as it is served, in a process of its own, over an empty state folder."""
    model = newest_model()
    served = "--factory assistant.web.app:create_app --ws none --log-level error --no-access-log"
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", *served.split(), "--port", str(free_port)],
        cwd=PROJECT,
        env={**os.environ, "ASSISTANT_STATE_DIR": str(tmp_path), "ASSISTANT_MODEL_PATH": str(model)},
    )
    yield f"http://127.0.0.1:{free_port}"
    process.terminate()
    process.wait(timeout=20)


def say(page: Page, text: str) -> None:
    page.get_by_label("Votre message").fill(text)
    page.get_by_role("button", name="Envoyer").click()


def test_a_citizen_books_an_appointment_with_the_trained_model(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740}, base_url=address)
    for _ in range(240):
        try:
            page.goto("/")
            break
        except Error:  # nothing listens yet
            page.wait_for_timeout(500)
    expect(page.locator(".turn.assistant")).to_have_count(1, timeout=120_000)
    say(page, "j'ai perdu mon permis de conduire")
    expect(page.get_by_label("pièce d'identité").first).to_be_visible()
    say(page, "je veux un rendez-vous à Lure")
    page.locator(".times .choice").first.click()
    expect(page.locator(".turn.assistant").last).to_contain_text(re.compile("nom", re.IGNORECASE))
    say(page, "Anna Roy 06 39 98 00 06")
    code = page.locator(".appointment .code strong")
    expect(code).to_have_text(re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}"))
    booked = code.inner_text()
    page.reload()
    expect(page.locator(".appointment .code strong")).to_have_text(booked)
    say(page, "mon mari me frappe")
    expect(page.get_by_role("link", name="Appeler le 17")).to_be_visible()
    page.close()
