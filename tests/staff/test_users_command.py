"""`assistant users`: accounts made, shown, closed and opened from the command line."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.app import Services
from assistant.errors import AssistantError, NotFound, Refused
from assistant.settings import Settings
from assistant.staff.accounts import LockedOut, Role, SignInRefused
from assistant.staff.cli import app

PASSWORD = "une phrase assez longue"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("ASSISTANT_STATE_DIR", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, words)


@pytest.fixture
def services(command: Callable[..., Result]) -> Services:
    return Services.open(Settings())


def place_of(services: Services) -> str:
    return services.directory.places()[0].id


def test_an_account_is_added_and_signs_in(command: Callable[..., Result], services: Services) -> None:
    done = command(
        "add", "lea", "--role", "agent", "--place", place_of(services), "--name", "Léa", "--password", PASSWORD
    )
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    member = services.accounts.authenticate("lea", PASSWORD, services.now())
    assert (member.role, member.name, member.scope.places) == (Role.AGENT, "Léa", {place_of(services)})
    assert "lea" in command("list").output


def test_a_password_that_nobody_gave_is_drawn_and_shown_once(
    command: Callable[..., Result], services: Services
) -> None:
    first, second = (command("add", login, "--role", "operator", "--everywhere").output for login in ("lea", "max"))
    drawn = [re.search(r"fois : (\S+)", text) for text in (first, second)]
    assert drawn[0] and drawn[1] and drawn[0][1] != drawn[1][1]
    assert services.accounts.authenticate("lea", drawn[0][1], services.now()).login == "lea"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("--role", "agent", "--place", "nowhere"), NotFound),
        (("--role", "coordinator", "--departement", "00"), NotFound),
        (("--role", "agent"), Refused),
        (("--role", "operator", "--everywhere", "--password", "court"), Refused),
    ],
)
def test_what_makes_no_sense_is_said(
    command: Callable[..., Result], services: Services, words: tuple[str, ...], error: type[AssistantError]
) -> None:
    done = command("add", "lea", *words)
    assert isinstance(done.exception, error)
    assert services.accounts.every() == []
    assert command("add", "lea", "--role", "king", "--everywhere").exit_code == 2


def test_a_closed_account_signs_in_no_more_until_it_is_opened(
    command: Callable[..., Result], services: Services
) -> None:
    command("add", "lea", "--role", "operator", "--everywhere", "--password", PASSWORD)
    command("close", "lea")
    assert "fermé" in command("list").output
    with pytest.raises(SignInRefused):
        services.accounts.authenticate("lea", PASSWORD, services.now())
    command("open", "lea")
    assert services.accounts.authenticate("lea", PASSWORD, services.now())
    assert isinstance(command("close", "nobody").exception, NotFound)


def test_a_new_password_unlocks(command: Callable[..., Result], services: Services) -> None:
    command("add", "lea", "--role", "operator", "--everywhere", "--password", PASSWORD)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            services.accounts.authenticate("lea", "faux", services.now())
    with pytest.raises(LockedOut):
        services.accounts.authenticate("lea", PASSWORD, services.now())
    command("password", "lea", "--password", "une tout autre phrase")
    assert services.accounts.authenticate("lea", "une tout autre phrase", services.now())
