"""Every role on every console route for every place, made from the API's own description: nothing leaks, everything is traced."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from assistant.staff.accounts import Role
from assistant.storage.staff_tables import Audit, Call, Visit
from assistant.storage.tables import Appointment
from assistant.web.app import create_app
from assistant.web.staff.access import CSRF_HEADER
from tests.web.staff.conftest import AWAY, Browser, World

CONSOLES = ("/operateur", "/agent", "/coordination", "/relecture", "/deconnexion")
ENDLESS = "/flux"
"""A stream that goes on for who may see it: it carries a version and no data (test_agent)."""
CANARY = "Zéphyrine Canari"
PHONE_END = "39 98 77 77"
ABSENT_CODE = "2345-CFH9"
NOBODY = {"place": "no-such-place", "code": ABSENT_CODE, "call": "999999", "sentence": "999999"}
"""What the parameters of a path are called, and values of nothing that exists."""


@dataclass(frozen=True)
class Operation:
    """One route and method of the description."""

    method: str
    path: str
    said: dict[str, Any]

    @property
    def roles(self) -> set[str]:
        return set(self.said["x-roles"])

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    def fields(self, description: dict[str, Any]) -> dict[str, Any]:
        """A body of the described form, with values of the right kind."""
        content = self.said.get("requestBody", {}).get("content", {})
        schema = next(iter(content.values()), {}).get("schema", {})
        schema = _resolved(schema.get("allOf", [schema])[0], description)
        return {name: _value(_resolved(each, description)) for name, each in schema.get("properties", {}).items()}

    @property
    def takes_json(self) -> bool:
        return "application/json" in self.said.get("requestBody", {}).get("content", {})


def _resolved(schema: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"][name] if name else schema


def _value(schema: dict[str, Any]) -> Any:
    kinds: dict[str, Any] = {"integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}
    return kinds.get(schema.get("type", "string"), "x")


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return create_app().openapi()


@pytest.fixture(scope="module")
def operations(description: dict[str, Any]) -> list[Operation]:
    return [
        Operation(method.upper(), path, said)
        for path, methods in description["paths"].items()
        for method, said in methods.items()
        if "x-roles" in said
    ]


def send(browser: Browser, operation: Operation, values: dict[str, str], description: dict[str, Any]) -> Any:
    path = operation.path.format(**{name: values[name] for name in operation.parameters})
    asked = {
        p["name"]: values.get(p["name"], "x")
        for p in operation.said.get("parameters", [])
        if p["in"] == "query" and p.get("required")
    }
    if asked:
        path = f"{path}?{urlencode(asked)}"
    given: dict[str, Any] = {"headers": {CSRF_HEADER: browser.csrf, "accept": "text/html"}, "follow_redirects": False}
    if operation.method not in ("GET", "DELETE"):
        fields = operation.fields(description)
        given |= {"json": fields} if operation.takes_json else {"data": fields}
    return browser.client.request(operation.method, path, **given)


def test_there_are_routes_and_each_one_of_a_console_is_guarded(
    operations: list[Operation], description: dict[str, Any]
) -> None:
    """A route that somebody forgot to guard is found by its address; one hidden from the description too."""
    assert len(operations) >= 20
    guarded = {operation.path for operation in operations}
    routes = [getattr(route, "path", "") for route in create_app().routes]
    consoles = {path for path in routes if path.startswith(CONSOLES)}
    assert consoles - guarded == set()


def test_every_parameter_of_a_console_has_a_foreign_value_here(operations: list[Operation]) -> None:
    unknown = {name for operation in operations for name in operation.parameters} - set(NOBODY)
    assert unknown == set(), "add it to NOBODY and to `foreign`"


@dataclass
class Foreign:
    """What belongs to another place and another operator, full of canaries."""

    values: dict[str, str]


@pytest.fixture
def foreign(world: World, sign_in: Callable[..., Browser]) -> Foreign:
    appointment = world.book(AWAY, name=CANARY, phone=f"06 {PHONE_END}")
    other = sign_in(Role.OPERATOR, place=AWAY, login="autre")
    with world.services.database.write() as session:
        now = world.services.now()
        row = session.scalars(select(Appointment).where(Appointment.code == appointment.code)).one()
        session.add(Visit(appointment_id=row.id, status="arrived", documents=[], note=f"note {CANARY}", updated_at=now))
        call = Call(account_id=other.member.account_id, conversation="c" * 32, started_at=now, note=f"appel {CANARY}")
        session.add(call)
        session.flush()
        values = {
            "place": world.places()[AWAY].id,
            "code": appointment.code,
            "call": str(call.id),
            "sentence": NOBODY["sentence"],
        }
    return Foreign(values)


def browsers(sign_in: Callable[..., Browser]) -> Iterator[Browser]:
    """One of each role, all of the first place."""
    for role in Role:
        yield sign_in(role, login=f"ici-{role.value}")


def test_nobody_signed_in_sees_nothing(
    client: TestClient, operations: list[Operation], description: dict[str, Any], foreign: Foreign
) -> None:
    stranger = Browser(TestClient(client.app, raise_server_exceptions=False), None, "")  # type: ignore[arg-type]
    for operation in operations:
        answer = send(stranger, operation, foreign.values, description)
        led = answer.status_code == 303 and answer.headers["location"].startswith("/connexion?")
        assert led or answer.status_code == 401, (operation.method, operation.path, answer.status_code)
        assert CANARY not in answer.text


def test_a_role_that_is_not_meant_is_refused_everywhere(
    sign_in: Callable[..., Browser], operations: list[Operation], description: dict[str, Any], foreign: Foreign
) -> None:
    for browser in browsers(sign_in):
        for operation in operations:
            if browser.member.role.value not in operation.roles:
                answer = send(browser, operation, foreign.values, description)
                assert answer.status_code == 403, (browser.member.role, operation.method, operation.path)


def test_what_is_foreign_answers_exactly_as_what_is_absent(
    world: World,
    sign_in: Callable[..., Browser],
    operations: list[Operation],
    description: dict[str, Any],
    foreign: Foreign,
) -> None:
    compared = 0
    for browser in browsers(sign_in):
        for operation in operations:
            if browser.member.role.value not in operation.roles or operation.path == "/deconnexion":
                continue
            there = send(browser, operation, foreign.values, description)
            where = (browser.member.role, operation.method, operation.path, there.status_code)
            assert there.status_code < 500, where
            assert CANARY not in there.text and PHONE_END not in there.text, where
            if operation.parameters:
                nowhere = send(browser, operation, NOBODY, description)
                assert _neutral(there, foreign.values) == _neutral(nowhere, NOBODY), where
                assert there.status_code in (404, 422), where
                compared += 1
    assert compared >= 20


def _neutral(answer: Any, values: dict[str, str]) -> tuple[int, str]:
    text = answer.text
    for name, value in values.items():
        text = text.replace(value, f"<{name}>") if len(value) > 6 else text
    return answer.status_code, text


def test_who_may_see_everything_finds_the_canary(
    sign_in: Callable[..., Browser], operations: list[Operation], description: dict[str, Any], foreign: Foreign
) -> None:
    """The control: the routes do show what the tests above look for, to an administrator of every place."""
    everywhere = sign_in(Role.ADMINISTRATOR, place=None)
    shown = [
        o.path
        for o in operations
        if o.method == "GET"
        and not o.path.endswith(ENDLESS)
        and CANARY in send(everywhere, o, foreign.values, description).text
    ]
    assert len(shown) >= 2, shown


def test_every_route_with_personal_data_writes_its_trace(
    world: World,
    sign_in: Callable[..., Browser],
    operations: list[Operation],
    description: dict[str, Any],
    foreign: Foreign,
) -> None:
    """Whether it was found, refused or absent; and routes without personal data write none."""
    personal = [operation for operation in operations if operation.said["x-personal"]]
    assert len(personal) >= 10
    everywhere = sign_in(Role.ADMINISTRATOR, place=None)

    def traces() -> int:
        with world.services.database.read() as session:
            return session.scalar(select(func.count()).select_from(Audit)) or 0

    for operation in operations:
        before = traces()
        if operation.path != "/deconnexion" and not operation.path.endswith(ENDLESS):
            send(everywhere, operation, foreign.values, description)
            assert traces() - before == int(operation.said["x-personal"]), (operation.method, operation.path)


def test_every_change_needs_the_forms_own_token(
    sign_in: Callable[..., Browser], operations: list[Operation], description: dict[str, Any], foreign: Foreign
) -> None:
    everywhere = sign_in(Role.ADMINISTRATOR, place=None)
    forged = Browser(everywhere.client, everywhere.member, "forged")
    for operation in operations:
        if operation.method != "GET":
            assert send(forged, operation, foreign.values, description).status_code == 403, operation.path
