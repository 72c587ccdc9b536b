"""`assistant place`: what an agent types, what it answers, and that nonsense is said in French."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.app import Services
from assistant.booking.appointments import BookingRequest
from assistant.booking.cli import app
from assistant.errors import AssistantError
from assistant.settings import Settings

LURE = "exemple-lure"
HOURS = """
- {rule: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", first_day: 2026-11-26, start: "14:00", end: "17:00", purpose: walk_in}
- {rule: "FREQ=MONTHLY;BYDAY=1TU,3TU", first_day: 2026-12-01, start: "09:30", end: "11:30", stop: "Place de la Mairie"}
"""
Run = Callable[..., Result]


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("ASSISTANT_STATE_DIR", str(tmp_path))
    made = Services.open(Settings())
    yield made
    made.close()


@pytest.fixture
def run(services: Services) -> Run:
    return lambda *words: CliRunner().invoke(app, words)


def book(services: Services) -> tuple[str, datetime]:
    now = datetime.now(UTC)
    slot = services.bookings.next_slots(services.directory.place(LURE), 30, now + timedelta(days=3), now)[0]
    request = BookingRequest(slot=slot.id, procedures=("caf/rsa",), name="Anna Roy", phone="06 39 98 00 06")
    return services.bookings.book(request, services.bookings.new_key(), now).code, slot.start


def test_a_closure_says_whom_it_strands_and_repairing_puts_them_on_the_list_of_calls(
    services: Services, run: Run
) -> None:
    code, start = book(services)
    day = f"{start:%Y-%m-%d}"
    closed = run("close", LURE, f"{day}T00:00", f"{day}T23:59", "--reason", "travaux")
    assert code in closed.output and "repair" in closed.output
    assert "travaux" in run("show", LURE).output
    assert "1 à rappeler" in run("repair", LURE).output
    listed = run("calls", LURE).output
    assert code in listed
    number = next(word for word in listed.split() if word.isdigit())
    assert "noté" in run("called", number).output
    assert "Personne à rappeler" in run("calls").output


def test_a_closure_is_undone_by_its_number(services: Services, run: Run) -> None:
    code, start = book(services)
    closed = run("close", LURE, f"{start:%Y-%m-%d}T00:00", f"{start:%Y-%m-%d}T23:59")
    number = closed.output.split("Fermeture ")[1].split()[0]
    assert code not in run("reopen", LURE, number).output
    assert code not in run("show", LURE).output


def test_hours_are_replaced_by_a_file_and_given_back_by_an_empty_one(
    services: Services, run: Run, tmp_path: Path
) -> None:
    before = run("show", LURE).output
    file = tmp_path / "horaires.yml"
    file.write_text(HOURS, encoding="utf-8")
    words = " ".join(run("hours", LURE, str(file)).output.split())
    assert "un jeudi sur deux 14 h – 17 h (sans rendez-vous)" in words
    assert "1er et 3e mardi du mois 9 h 30 – 11 h 30 (Place de la Mairie)" in words
    file.write_text("", encoding="utf-8")
    run("hours", LURE, str(file))
    assert run("show", LURE).output == before


@pytest.mark.parametrize(
    "text",
    [
        "- {rule: x}",
        "{",
        "- 3",
        "\x00",
        "- {rule: 'FREQ=SECONDLY', first_day: 2026-12-01, start: '09:00', end: '10:00'}",
    ],
)
def test_a_file_that_says_nothing_is_refused_in_french(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "horaires.yml"
    file.write_text(text, encoding="utf-8")
    error = run("hours", LURE, str(file)).exception
    assert isinstance(error, AssistantError) and error.message.endswith((".", "deux."))


@pytest.mark.parametrize(
    "words",
    [
        ("show", "inconnu"),
        ("close", LURE, "2026-12-24T12:00", "2026-12-23T12:00"),
        ("close", LURE, "2026-12-24T12:00", "2026-12-25T12:00", "--counter", "99"),
        ("capacity", LURE, "0"),
        ("called", "99"),
        ("hours", LURE, "/nulle/part.yml"),
    ],
)
def test_nonsense_is_refused_in_french(run: Run, words: tuple[str, ...]) -> None:
    assert isinstance(run(*words).exception, AssistantError)
