"""The application over a fresh SQLite file and the project's sample directory, with a stand-in for the engine."""

import asyncio
import os
import re
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.app import Services, current
from assistant.booking.appointments import AppointmentView, BookingRequest
from assistant.booking.wording import appointment_data, slot_data, slot_label
from assistant.catalogue.planner import plan
from assistant.catalogue.wording import procedure_data, reminder_data
from assistant.dialogue.replies import Choice, Reply, State, Triage, Turn
from assistant.directory.wording import place_data
from assistant.errors import NotFound, Refused, Unavailable
from assistant.settings import Settings
from assistant.storage.tables import Conversation
from assistant.web.app import create_app

PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PROCEDURE = "interieur/permis_perte_vol"
SUNDAY = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
CATALOGUE = {
    "topics.yml": "{}\n",
    "documents.yml": "identite:\n  label: Une pièce d'identité\n  accepted: [carte nationale d'identité, passeport]\n",
    "interieur/partner.yml": (
        "name: France Titres\nfull_name: Ministère de l'Intérieur\npurpose: Le permis, la carte grise.\n"
        "phone: {number: 34 00, name: France Titres, reference: page vue, date: 2025-01-02}\n"
    ),
    "interieur/permis_perte_vol.yml": """
title: Permis perdu ou volé
official_title: Demande de permis de conduire après perte ou vol
asked_as: refaire un permis de conduire perdu ou volé
summary: Vous avez perdu votre permis, ou on vous l'a volé. Vous en demandez un nouveau.
counter: {help: with_you, text: L'agent fait la demande en ligne avec vous., minutes: 30}
questions:
  - id: circonstance
    text: Votre permis est-il perdu ou volé ?
    choices: [{id: perdu, label: Perdu}, {id: vole, label: Volé}]
documents:
  - {use: identite, note: Si vous l'avez encore.}
  - {id: justificatif_domicile, label: Un justificatif de domicile, max_age_months: 6, form: original}
  - {id: photo, label: Une photo numérique, required: false}
  - {id: recepisse_vol, label: Le récépissé de la déclaration, when: {circonstance: vole}, why: Il prouve le vol.}
not_needed:
  - {id: declaration_police, label: Aller à la police, note: La perte se déclare en ligne., when: {circonstance: perdu}}
cost: [{text: Le nouveau permis coûte 25 €.}]
online: {label: Demander le permis, url: "https://example.org/permis"}
references:
  - {id: F1727, title: Perte du permis, url: "https://example.org/F1727", date: 2025-01-03}
checked: 2025-11-22
official_list: true
""",
}


@dataclass
class StandIn:
    """Says by rote what the trained model would, with the same data: the page and the routes are what is tested."""

    ready: bool = True
    problem: str | None = None
    heard: list[str] = field(default_factory=list)
    fails_with: Exception | None = None
    slow: float = 0
    turns: dict[str, list[Turn]] = field(default_factory=dict)
    answered: dict[str | None, list[Reply]] = field(default_factory=dict)
    offered: dict[str, str | None] = field(default_factory=dict)

    def start(self) -> None: ...

    def stop(self) -> None: ...

    async def open(self, channel: str = "web") -> tuple[str, list[Reply]]:
        self._require_ready()
        conversation, now = secrets.token_urlsafe(24), current().now()
        row = Conversation(id=conversation, started_at=now, last_message_at=now, turns=0, channel=channel)
        with current().database.write() as session:
            session.add(row)
        welcome = Reply(text="Bonjour. Je suis un assistant automatique.\nDites-moi votre démarche.")
        self.turns[conversation] = [Turn(author="assistant", reply=welcome)]
        return conversation, [welcome]

    async def message(
        self,
        conversation: str,
        *,
        text: str | None = None,
        choice: str | None = None,
        message_id: str | None = None,
        simple: bool = False,
    ) -> list[Reply]:
        self._require_ready()
        if conversation not in self.turns:
            raise NotFound("Cette conversation n'existe plus. Commencez une nouvelle conversation.")
        if self.fails_with:
            raise self.fails_with
        await asyncio.sleep(self.slow)
        if message_id in self.answered:
            return self.answered[message_id]
        self.heard.append(text or choice or "")
        replies = self._choice(conversation, choice) if choice else self._text(text or "")
        said = self.turns[conversation]
        offered = {c.id: c.label for turn in said if turn.reply for c in turn.reply.choices}
        said.append(Turn(author="person", text=text or offered.get(choice or "", choice or "")))
        said.extend(Turn(author="assistant", reply=reply) for reply in replies)
        if message_id:
            self.answered[message_id] = replies
        return replies

    async def take_back(self, conversation: str) -> None:
        said = await self.history(conversation)
        last = max((n for n, turn in enumerate(said) if turn.author == "person"), default=None)
        if last is None:
            raise Refused("Il n'y a rien à reprendre : vous n'avez encore rien dit.")
        del said[last:]

    async def state(self, conversation: str) -> State:
        return State(procedures=[PROCEDURE], situation={}, commune="Lure", step="documents")

    async def history(self, conversation: str) -> list[Turn]:
        self._require_ready()
        if conversation not in self.turns:
            raise NotFound("Cette conversation n'existe plus. Commencez une nouvelle conversation.")
        return self.turns[conversation]

    async def erase(self, conversation: str) -> None:
        if self.turns.pop(conversation, None) is None:
            raise NotFound("Cette conversation n'existe plus.")

    async def triage(self, text: str) -> Triage:
        self._require_ready()
        first = {"id": PROCEDURE, "title": "Permis perdu ou volé", "partner": "interieur", "confidence": 0.9}
        return Triage(
            kind="procedure",
            labels=[PROCEDURE],
            candidates=[first | {"because": text.split()[:2]}],
            confidence=0.9,
        )

    def _require_ready(self) -> None:
        if self.problem or not self.ready:
            raise Unavailable("L'assistant démarre. Réessayez dans quelques secondes.")

    def _text(self, text: str) -> list[Reply]:
        services = current()
        if re.search("danger|frappe", text):
            return [
                Reply(
                    kind="emergency",
                    text="Appelez tout de suite.",
                    data={"type": "violences", "numbers": ["17", "3919"]},
                )
            ]
        if re.search("quelqu'un", text):
            return [Reply(kind="handoff", text="Voici qui appeler.", data=_places(services))]
        if re.search("Lure|rendez-vous", text):
            return [Reply(kind="places", text="Le plus proche :", data=_places(services)), _slots(services)]
        if re.search("permis", text):
            return _documents(services, {})
        return [Reply(text=f"Vous avez dit : {text}", choices=(Choice(id="/permis", label="Permis perdu"),))]

    def _choice(self, conversation: str, choice: str) -> list[Reply]:
        services = current()
        if choice in {"perdu", "vole"}:
            return _documents(services, {"circonstance": choice})
        if choice == "/permis":
            return _documents(services, {})
        if choice.startswith("exemple-"):
            request = BookingRequest(slot=choice, procedures=(PROCEDURE,), name="Anna Roy", conversation=conversation)
            return [_appointment(services, services.bookings.book(request, secrets.token_urlsafe(16), services.now()))]
        raise Refused("Ce choix n'est pas proposé. Choisissez une des réponses affichées.")


def _documents(services: Services, situation: dict[str, str]) -> list[Reply]:
    found = plan(services.catalogue.procedure(PROCEDURE), situation)
    replies = [Reply(kind="documents", text="Voici ce qu'il faut apporter.", data=procedure_data(found))]
    if found.question:
        choices = tuple(Choice(id=c.id, label=c.label) for c in found.question.choices)
        data = {"left": len(found.open_questions)}
        replies.append(Reply(kind="question", text=found.question.text, choices=choices, data=data))
    return replies


def _places(services: Services) -> dict[str, Any]:
    lure = services.directory.search("Lure").matches[0].commune
    near = services.directory.nearest(lure, 3)
    return {
        "places": [place_data(each, services.now(), services.directory.data_date) for each in near],
        "origin": {"name": lure.name, "latitude": lure.point.latitude, "longitude": lure.point.longitude},
    }


def _slots(services: Services) -> Reply:
    now = services.now()
    slots = services.bookings.slots(services.directory.place("exemple-lure"), 30, now)[:14]
    choices = (
        *(Choice(id=s.id, label=slot_label(s, now)) for s in slots),
        Choice(id="/autres", label="Autres créneaux"),
    )
    return Reply(
        kind="slots", text="Choisissez un créneau :", choices=choices, data={"slots": [slot_data(s) for s in slots]}
    )


def _appointment(services: Services, view: AppointmentView) -> Reply:
    reminder = reminder_data(services.catalogue, view.procedures, view.situation)
    data = appointment_data(view, services.now(), reminder)
    return Reply(
        kind="appointment", text="C'est réservé.", data=data, choices=(Choice(id="/annuler", label="Annuler"),)
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def settings_in(folder: Path, **others: Any) -> Settings:
    """Everything in one folder: state, database, a catalogue of one procedure."""
    procedures = folder / "procedures"
    for name, content in CATALOGUE.items():
        (procedures / name).parent.mkdir(parents=True, exist_ok=True)
        (procedures / name).write_text(content, encoding="utf-8")
    return Settings(state_dir=folder / "var", procedures_dir=procedures, database_url="", redis_url="", **others)


@pytest.fixture
def engine() -> StandIn:
    return StandIn()


@pytest.fixture
def client(settings: Settings, engine: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A client of the whole application; it is Sunday 22 November 2026, 14 h in Paris."""
    monkeypatch.setattr(Services, "now", lambda self: SUNDAY)
    yield from client_of(settings, engine)


@pytest.fixture(scope="module")
def shared_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One application for many requests that change nothing; nobody is asked to slow down."""
    folder = tmp_path_factory.mktemp("shared")
    yield from client_of(settings_in(folder, messages_per_minute=1_000_000), StandIn())


@pytest.fixture(scope="module")
def whole_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One application over the project's own catalogue, for requests that change nothing."""
    state = tmp_path_factory.mktemp("whole")
    yield from client_of(Settings(state_dir=state, database_url="", redis_url=""), StandIn())


def client_of(settings: Settings, engine: StandIn) -> Iterator[TestClient]:
    app = create_app(settings, engine=engine)  # type: ignore[arg-type]
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def conversation(client: TestClient) -> str:
    """An open conversation."""
    return str(client.post("/api/conversations").json()["conversation"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; playwright's own is not there offline."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on this machine, and CI must look at the page")
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def address(settings: Settings, engine: Any, free_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real server on a free port."""
    fixed = Services.now(None)  # type: ignore[arg-type]
    monkeypatch.setattr(Services, "now", lambda self: fixed)
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings, engine=engine), port=free_port, ws="none", log_level="error")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{free_port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A telephone; the test fails on a script error, a blocked resource or a request to another site."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-FR", base_url=address)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(address) else None)
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()
    assert wrong == []


def opened(page: Page) -> Page:
    """The conversation's page, before anything was said."""
    page.goto("/conversation")
    expect(page.get_by_label("Votre message")).to_be_visible()
    return page


def say(page: Page, text: str) -> None:
    """Type and send."""
    page.get_by_label("Votre message").fill(text)
    page.get_by_role("button", name="Envoyer").click()
