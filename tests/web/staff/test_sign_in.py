"""Signing in: who may, who is locked out, and what a forged form or cookie gets."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.app import Services
from assistant.errors import Conflict, Refused
from assistant.staff.accounts import LOCKED, MAX_FAILURES, WRONG, Role, Scope
from assistant.staff.sessions import IDLE, LONGEST
from assistant.storage.staff_tables import Account, StaffSession
from tests.web.staff.conftest import PASSWORD, Browser, World, csrf_of


def give(client: TestClient, login: str, password: str, **headers: str) -> Any:
    fields = {"identifiant": login, "mot_de_passe": password}
    return client.post("/connexion", data=fields, headers=headers, follow_redirects=False)


def test_the_right_password_opens_a_session_that_scripts_cannot_read(client: TestClient, world: World) -> None:
    world.account(Role.OPERATOR, login="lea")
    answer = give(client, " LEA ", PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/operateur")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    token = client.cookies["session"]
    with world.services.database.read() as session:
        (row,) = session.query(StaffSession).all()
        account = session.query(Account).one()
    assert token not in (row.id, row.csrf)
    assert account.password.startswith("$argon2id$")


def test_wrong_login_and_wrong_password_answer_alike(client: TestClient, world: World) -> None:
    world.account(Role.OPERATOR, login="lea")
    wrong = [give(client, *given) for given in (("lea", "faux"), ("personne", "faux"), ("", ""), ("léa", PASSWORD))]
    assert {answer.status_code for answer in wrong} == {401}
    assert all(WRONG.replace("'", "&#39;") in answer.text for answer in wrong)
    assert "session" not in client.cookies


@pytest.mark.parametrize("login", ["lea", "personne"])
def test_brute_force_is_locked_whoever_is_tried(
    client: TestClient, world: World, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.account(Role.OPERATOR, login="lea")
    for _ in range(MAX_FAILURES):
        assert give(client, login, "faux").status_code == 401
    locked = give(client, login, PASSWORD)
    assert locked.status_code == 429
    assert LOCKED.replace("'", "&#39;") in locked.text
    later = world.services.now() + timedelta(minutes=16)
    monkeypatch.setattr(Services, "now", lambda self: later)
    assert give(client, login, PASSWORD).status_code == (303 if login == "lea" else 401)


def test_a_right_password_forgets_the_wrong_ones(client: TestClient, world: World) -> None:
    world.account(Role.OPERATOR, login="lea")
    for _ in range(3):
        for _ in range(MAX_FAILURES - 1):
            give(client, "lea", "faux")
        assert give(client, "lea", PASSWORD).status_code == 303


def test_a_session_known_before_is_not_the_one_that_is_opened(client: TestClient, world: World) -> None:
    """Session fixation: a cookie that somebody planted, or was signed in with, is of no use afterwards."""
    world.account(Role.OPERATOR, login="lea")
    give(client, "lea", PASSWORD)
    first = client.cookies["session"]
    give(client, "lea", PASSWORD)
    second = client.cookies["session"]
    client.cookies.clear()
    client.cookies.set("session", "planted-by-somebody")
    third = give(client, "lea", PASSWORD).cookies["session"]
    assert len({first, second, third, "planted-by-somebody"}) == 4
    assert world.services.sessions.find(first, world.services.now()) is None


def test_a_session_ends(world: World, sign_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself after hours unused or a day, by the button, by closing the account, by a new password."""
    now = world.services.now()
    lea = sign_in(Role.OPERATOR, login="lea")
    token = lea.client.cookies["session"]
    sessions = world.services.sessions
    assert sessions.find(token, now + IDLE - timedelta(seconds=1))
    assert sessions.find(token, now + 2 * IDLE - timedelta(seconds=2)), "it was seen three hours ago"
    assert sessions.find(token, now + 3 * IDLE) is None
    assert sessions.find(token, now + LONGEST) is None
    assert lea.post("/deconnexion").headers["location"] == "/connexion"
    assert sessions.find(token, now) is None
    for end in (lambda: world.services.accounts.set_active("max", False), lambda: _new_password(world, "max2")):
        login = "max" if world.services.accounts.every()[-1][0].login != "max" else "max2"
        token = sign_in(Role.OPERATOR, login=login).client.cookies["session"]
        end()
        assert sessions.find(token, now) is None


def _new_password(world: World, login: str) -> None:
    world.services.accounts.set_password(login, "une tout autre phrase")


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://ailleurs.example"}],
)
def test_a_form_of_another_site_signs_nobody_in(client: TestClient, world: World, headers: dict[str, str]) -> None:
    world.account(Role.OPERATOR, login="lea")
    assert give(client, "lea", PASSWORD, **headers).status_code == 403
    assert "session" not in client.cookies
    assert give(client, "lea", PASSWORD, origin="http://testserver").status_code == 303


def test_a_forged_form_is_refused_and_traced(world: World, sign_in: Callable[..., Browser]) -> None:
    lea = sign_in(Role.OPERATOR)
    for given in ({}, {"csrf": ""}, {"csrf": "é"}, {"csrf": lea.csrf[:-1]}):
        assert lea.client.post("/deconnexion", data=given).status_code == 403
    assert world.services.sessions.find(lea.client.cookies["session"], world.services.now())
    lines = world.services.audit.since(datetime.fromtimestamp(0, tz=world.services.now().tzinfo))
    assert [line.allowed for line in lines] == [False] * 4


@pytest.mark.parametrize("elsewhere", ["https://ailleurs.example", "//ailleurs.example", "/\\ailleurs.example", "x"])
def test_one_goes_on_inside_this_site_only(client: TestClient, world: World, elsewhere: str) -> None:
    world.account(Role.OPERATOR, login="lea")
    fields = {"identifiant": "lea", "mot_de_passe": PASSWORD, "suite": elsewhere}
    assert client.post("/connexion", data=fields, follow_redirects=False).headers["location"] == "/operateur"
    fields["suite"] = "/agent/semaine"
    assert client.post("/connexion", data=fields, follow_redirects=False).headers["location"] == "/agent/semaine"


def test_accounts_that_make_no_sense_are_refused(world: World) -> None:
    services, here = world.services, Scope(places=frozenset({world.places()[0].id}))
    wrong = [
        ("lea", "Léa", Role.AGENT, Scope(everywhere=True), PASSWORD),
        ("lea", "Léa", Role.COORDINATOR, here, PASSWORD),
        ("lea", "Léa", Role.OPERATOR, Scope(), PASSWORD),
        ("l", "Léa", Role.OPERATOR, here, PASSWORD),
        ("lea", "", Role.OPERATOR, here, PASSWORD),
        ("lea", "Léa", Role.OPERATOR, here, "court"),
        ("lea", "Léa", Role.OPERATOR, here, "x" * 201),
    ]
    for given in wrong:
        with pytest.raises(Refused):
            services.accounts.add(*given, services.now())
    services.accounts.add("lea", "Léa", Role.AGENT, here, PASSWORD, services.now())
    with pytest.raises(Conflict):
        services.accounts.add("LEA", "Léa", Role.AGENT, here, PASSWORD, services.now())


def test_a_page_carries_its_token(world: World, sign_in: Callable[..., Browser]) -> None:
    """`csrf_of` reads what the frame writes; the sign-in page has none."""
    lea = sign_in(Role.OPERATOR)
    assert 'data-csrf=""' in TestClient(lea.client.app).get("/connexion").text
    with pytest.raises(AssertionError):
        csrf_of(TestClient(lea.client.app).get("/connexion").text)
