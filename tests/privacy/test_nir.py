"""A thousand social security numbers, and bank numbers, through every way in: none is in the files afterwards."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.app import Services, current
from assistant.booking.appointments import BookingRequest
from assistant.dialogue.replies import Reply
from assistant.dialogue.tracker_store import ConversationStore
from assistant.masks import MASK
from assistant.staff.accounts import Role, Scope
from assistant.web.gate import tidy
from tests.loops import in_a_loop
from tests.privacy.canary import PROCEDURE
from tests.web.conftest import SUNDAY, StandIn, client_of, settings_in

THOUSAND = 1000
BOOKINGS = 250
PASSWORD = "une phrase assez longue"
SPACES = (" ", "\u00a0", "\u202f", ".", "-", "")
ROUND = (
    "{}",
    "mon numéro est {}",
    "nir:{}",
    "numéro{}",
    "({})",
    "c'est {}, merci",
    "Anna Roy {}",
    "{} Anna",
    "sécu\t{}",
)


@dataclass(frozen=True)
class Secret:
    """A number as it is typed, and its digits alone."""

    typed: str
    digits: str

    @property
    def forms(self) -> tuple[bytes, ...]:
        """As they would stand in a file."""
        return self.typed.encode(), json.dumps(self.typed)[1:-1].encode(), self.digits.encode()


def nirs(how_many: int) -> list[Secret]:
    """Numbers with right keys, written in every way people write them."""
    draw = random.Random(20261122)
    return [_nir(draw) for _ in range(how_many)]


def _nir(draw: random.Random) -> Secret:
    departement = draw.choice(("75", "2A", "2B", "70", "97", "99", "01", "13"))
    parts = [
        draw.choice("12"),
        f"{draw.randrange(100):02}",
        f"{draw.randrange(1, 13):02}",
        departement,
        f"{draw.randrange(1000):03}",
        f"{draw.randrange(1000):03}",
    ]
    body = "".join(parts)
    key = 97 - int(body.replace("2A", "19").replace("2B", "18")) % 97
    parts.append(f"{key:02}")
    written = draw.choice(SPACES).join(parts)
    if draw.random() < 0.5:
        written = written.lower()
    if draw.random() < 0.1:
        written = written.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    return Secret(written, body + parts[-1])


def ibans(how_many: int) -> list[Secret]:
    draw = random.Random(7)
    made = []
    for _ in range(how_many):
        account = "".join(draw.choice("0123456789") for _ in range(23))
        check = 98 - int(account + "152700") % 97
        whole = f"FR{check:02}{account}"
        groups = draw.choice(("", " ", "\u00a0")).join(whole[n : n + 4] for n in range(0, len(whole), 4))
        made.append(Secret(groups if draw.random() < 0.5 else groups.lower(), whole))
    return made


def cards(how_many: int) -> list[Secret]:
    draw = random.Random(8)
    made = []
    for _ in range(how_many):
        number = "4" + "".join(draw.choice("0123456789") for _ in range(14))
        total = sum(sum(divmod(2 * int(d), 10)) if n % 2 == 0 else int(d) for n, d in enumerate(number))
        whole = f"{number}{-total % 10}"
        made.append(Secret(draw.choice(("", " ", "-")).join(whole[n : n + 4] for n in range(0, 16, 4)), whole))
    return made


def sentences(secrets: list[Secret]) -> list[str]:
    return [ROUND[n % len(ROUND)].format(secret.typed) for n, secret in enumerate(secrets)]


@dataclass
class Remembering(StandIn):
    """A stand-in that writes what it hears as Rasa does, by Rasa's own store."""

    written: dict[str, list[str]] = field(default_factory=dict)

    async def message(self, conversation: str, **given: Any) -> list[Reply]:
        self.written.setdefault(conversation, []).append(given.get("text") or "")
        return await super().message(conversation, **given)

    def save(self) -> None:
        store = ConversationStore(url=current().settings.tracker_database)
        for conversation, texts in self.written.items():
            events = [UserUttered(text, parse_data={"text": text}) for text in texts]
            in_a_loop(store.save(DialogueStateTracker.from_events(conversation, events)))
        store.engine.dispose()


@pytest.fixture
def engine() -> Remembering:
    return Remembering()


@pytest.fixture
def client(tmp_path: Path, engine: Remembering, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(Services, "now", lambda self: SUNDAY)
    yield from client_of(settings_in(tmp_path, messages_per_minute=1_000_000), engine)


def stored(secrets: list[Secret]) -> list[Secret]:
    """Those that are in a file of the state folder, as typed, as JSON writes it, or as digits."""
    folder = current().settings.state_dir
    content = b"\0".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"SQLite format 3" in content
    return [each for each in secrets if any(form in content for form in each.forms)]


def test_none_that_is_said_is_stored(client: TestClient, engine: Remembering) -> None:
    """Half to the API, half by the page's form."""
    secrets = [*nirs(THOUSAND), *ibans(200), *cards(200)]
    conversation = client.post("/api/conversations").json()["conversation"]
    for number, text in enumerate(sentences(secrets)):
        if number % 2:
            answer = client.post(f"/api/conversations/{conversation}/messages", json={"text": text})
            assert answer.status_code == 200
        else:
            form = {"conversation": conversation, "text": text}
            assert client.post("/conversation", data=form, follow_redirects=False).status_code == 303
    engine.save()
    assert len(engine.heard) == len(secrets) and "[numéro masqué]" in engine.heard[0]
    assert stored(secrets) == []


def test_the_search_finds_one_that_was_not_masked(client: TestClient, engine: Remembering) -> None:
    """The control."""
    secret = nirs(1)[0]
    engine.written["open"] = [f"mon numéro est {secret.typed}"]
    engine.save()
    assert stored([secret]) == [secret]


def test_none_given_as_a_name_is_stored(client: TestClient) -> None:
    """As the name of who comes and of who books: what is kept of them is the mask."""
    secrets = [*nirs(2 * BOOKINGS - 60), *ibans(30), *cards(30)]
    texts = [text[:100] for text in sentences(secrets)]
    for number in range(BOOKINGS):
        answer = book(client, number, name=texts[2 * number], booked_by=texts[2 * number + 1])
        assert answer.status_code == 201, answer.text
        assert "[numéro masqué]" in answer.json()["name"]
        freed = client.delete(f"/api/appointments/{answer.json()['code']}", params={"phone": "06 39 98 00 06"})
        assert freed.status_code == 200
    assert stored(secrets) == []


def test_none_given_as_a_telephone_an_address_or_a_code_is_stored(client: TestClient) -> None:
    secrets = nirs(100)
    for number, secret in enumerate(secrets):
        plain = "".join(filter(str.isalnum, secret.typed))
        book(client, number, phone=secret.typed[:40])
        refused = book(client, number, email=f"{plain}@exemple.fr")
        assert refused.status_code == 422, refused.text
        client.get(f"/api/appointments/{plain}", params={"name": secret.typed})
        client.post("/rendez-vous", data={"code": secret.typed, "preuve": secret.typed})
        client.put(f"/api/appointments/{plain}/waiting", json={"name": secret.typed})
    assert stored(secrets) == []


def book(client: TestClient, number: int, **given: str) -> Any:
    body = {
        "slot": "exemple-lure.20261124T0800Z.30",
        "procedures": [PROCEDURE],
        "name": "Anna Roy",
        "phone": "06 39 98 00 06",
        **given,
    }
    key = f"request-{number}-{'-'.join(sorted(given))}"
    return client.post("/api/appointments", json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("secret", [*nirs(30), *ibans(5), *cards(5)], ids=lambda secret: secret.digits)
def test_none_comes_in_by_a_booking_that_no_page_made(secret: Secret) -> None:
    """The consoles book without the API: the request itself masks."""
    typed = tidy(secret.typed)
    request = BookingRequest(slot="x", procedures=(PROCEDURE,), name=f"Anna {typed}", booked_by=typed)
    assert secret.digits not in "".join(filter(str.isalnum, request.model_dump_json().upper()))
    assert request.booked_by == MASK and request.name.startswith("Anna ")


def test_none_noted_at_a_counter_or_in_a_call_is_stored(client: TestClient) -> None:
    """A thousand: half as the note of a visit, half as what the caller said or the note at the end of the call."""
    services = current()
    services.accounts.add("ada", "Ada", Role.ADMINISTRATOR, Scope(everywhere=True), PASSWORD, SUNDAY)
    client.post("/connexion", data={"identifiant": "ada", "mot_de_passe": PASSWORD}, follow_redirects=False)
    signed = services.sessions.find(client.cookies["session"], SUNDAY)
    assert signed
    form = {"csrf": signed.csrf}
    code = book(client, 0).json()["code"]
    secrets = nirs(THOUSAND)
    texts = iter(sentences(secrets))
    for told, noted, said, seen in zip(texts, texts, texts, texts, strict=False):
        call = client.post("/operateur/appels", data={**form, "text": told}).headers["x-call"]
        ended = client.post(f"/operateur/appels/{call}/fin", data={**form, "motif": "other", "note": noted})
        assert ended.status_code == 204
        assert client.post("/operateur/triage", json={"text": said}, headers={"x-csrf-token": signed.csrf}).is_success
        before = services.visits.find(code, lambda _: True).seen
        kept = client.post(
            f"/agent/rendez-vous/{code}", data={**form, "vu": before, "note": seen}, follow_redirects=False
        )
        assert kept.status_code == 303
        client.get("/operateur/recherche", params={"q": told})
    assert MASK in services.visits.find(code, lambda _: True).note
    assert stored(secrets) == []
