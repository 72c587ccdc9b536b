"""Signing in with an OpenID provider: the whole way, and every forged part of it refused."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey

from assistant.staff.accounts import Role, Scope
from assistant.staff.provider import ProviderAccounts
from assistant.web.app import create_app
from tests.web.conftest import StandIn, settings_in
from tests.web.staff.conftest import World
from tests.web.staff.openid_provider import CLIENT, SECRET, Provider, secret_key

SIRET = "12345678901234"
PERSON = {"sub": "abc-1", "email": "lea@mairie.example", "given_name": "Léa", "usual_name": "Martin", "siret": SIRET}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    made = Provider(port, dict(PERSON))
    server = made.start()
    yield made
    server.should_exit = True


@pytest.fixture
def client(tmp_path: Path, provider: Provider) -> Iterator[TestClient]:
    """The application with that provider, at the real time: tokens have dates."""
    settings = settings_in(tmp_path, oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET)
    with TestClient(create_app(settings, engine=StandIn()), raise_server_exceptions=False) as client:  # type: ignore[arg-type]
        yield client


@pytest.fixture
def world(client: TestClient) -> World:
    made = World(client.app.state.services)  # type: ignore[attr-defined]
    accounts = ProviderAccounts(made.services.database, made.services.accounts)
    accounts.open_place(SIRET, made.places()[0].id)
    return made


def leave(client: TestClient, suite: str = "") -> str:
    """To the provider and as far as the way back: the address it redirects to."""
    away = client.get("/connexion/fournisseur", params={"suite": suite}, follow_redirects=False)
    assert away.status_code == 303, away.text
    back = httpx.get(away.headers["location"])
    return back.headers["location"]


def come_back(client: TestClient, address: str) -> Any:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}", follow_redirects=False)


def refused(client: TestClient, answer: Any) -> bool:
    return answer.status_code == 403 and "session" not in client.cookies and "n&#39;a pas abouti" in answer.text


def test_an_agent_of_the_establishment_is_let_in(client: TestClient, world: World) -> None:
    answer = come_back(client, leave(client, "/agent"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/agent")
    found = world.services.sessions.find(client.cookies["session"], world.services.now())
    assert found
    member = found.member
    assert (member.role, member.name, member.scope.places) == (Role.AGENT, "Léa Martin", {world.places()[0].id})
    assert client.get("/agent", follow_redirects=False).status_code == 303


def test_an_account_made_by_hand_is_bound_once_by_its_address(
    client: TestClient, world: World, provider: Provider
) -> None:
    accounts = world.services.accounts
    accounts.add("lea@mairie.example", "Léa", Role.OPERATOR, Scope(everywhere=True), None, world.services.now())
    assert come_back(client, leave(client)).headers["location"] == "/operateur"
    member = accounts.of_subject("abc-1")
    assert member and member.role is Role.OPERATOR
    client.cookies.clear()
    provider.person["sub"] = "somebody-else"
    answer = come_back(client, leave(client))
    assert answer.status_code == 403 and "n&#39;ouvre aucun lieu" in answer.text, "the address is bound already"


@pytest.mark.parametrize(
    "told", [{"siret": "99999999999999"}, {"siret": None}, {"email": ""}, {"email_verified": False}]
)
def test_who_has_nothing_here_is_told_what_to_ask(
    client: TestClient, world: World, provider: Provider, told: dict[str, Any]
) -> None:
    provider.told = told
    answer = come_back(client, leave(client))
    assert answer.status_code == 403 and "Demandez à la personne" in answer.text
    assert "session" not in client.cookies


def test_a_closed_account_stays_closed(client: TestClient, world: World) -> None:
    come_back(client, leave(client))
    world.services.accounts.set_active("lea@mairie.example", False)
    client.cookies.clear()
    assert come_back(client, leave(client)).status_code == 403


def test_userinfo_in_plain_json_is_read_too(client: TestClient, world: World, provider: Provider) -> None:
    provider.plain_userinfo = True
    assert come_back(client, leave(client)).status_code == 303


@pytest.mark.parametrize(
    "lie",
    [
        {"signing": ECKey.generate_key("P-256", {"kid": "one"})},
        {"algorithm": "none"},
        {"algorithm": "HS256", "signing": secret_key()},
        {"claims": {"nonce": "of-another-sign-in-entirely-1234567890"}},
        {"claims": {"aud": "another-service"}},
        {"claims": {"iss": "https://ailleurs.example"}},
        {"claims": {"exp": int(time.time()) - 3600}},
        {"claims": {"sub": ""}},
        {"told": {"sub": "somebody-else"}},
        {"told": {"aud": "another-service"}},
        {"error": "access_denied"},
    ],
    ids=lambda lie: "-".join(f"{name}" for name in lie) + str(next(iter(lie.values())))[:30],
)
def test_whatever_is_forged_signs_nobody_in(
    client: TestClient, world: World, provider: Provider, lie: dict[str, Any]
) -> None:
    for name, value in lie.items():
        setattr(provider, name, value)
    assert refused(client, come_back(client, leave(client)))


def test_an_answer_of_another_browser_or_another_state_is_refused(client: TestClient, world: World) -> None:
    address = leave(client)
    stranger = TestClient(client.app)
    assert refused(stranger, come_back(stranger, address))
    assert refused(client, come_back(client, address.replace("state=", "state=x")))
    assert refused(client, come_back(client, "/connexion/retour?code=x"))
    assert refused(client, come_back(client, "/connexion/retour"))


def test_the_same_answer_serves_once(client: TestClient, world: World) -> None:
    address = leave(client)
    ticket = client.cookies["sign_in"]
    assert come_back(client, address).status_code == 303
    client.cookies.clear()
    client.cookies.set("sign_in", ticket, path="/connexion")
    assert refused(client, come_back(client, address))


def test_a_provider_that_does_not_answer_is_said(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, oidc_issuer="http://127.0.0.1:1", oidc_client_id=CLIENT, oidc_client_secret=SECRET)
    with TestClient(create_app(settings, engine=StandIn()), raise_server_exceptions=False) as client:  # type: ignore[arg-type]
        answer = client.get("/connexion/fournisseur", follow_redirects=False)
        assert answer.status_code == 503 and "ne répond pas" in answer.text
        assert "Se connecter avec mon compte professionnel" in client.get("/connexion").text


def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    with TestClient(create_app(settings_in(tmp_path), engine=StandIn()), raise_server_exceptions=False) as client:  # type: ignore[arg-type]
        assert "compte professionnel" not in client.get("/connexion").text
        assert client.get("/connexion/fournisseur").status_code == 404


@pytest.mark.parametrize("suite", ["https://ailleurs.example", "//ailleurs.example"])
def test_one_comes_back_inside_this_site_only(client: TestClient, world: World, suite: str) -> None:
    assert come_back(client, leave(client, suite)).headers["location"] == "/agent"
