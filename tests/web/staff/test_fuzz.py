"""Made-up requests of somebody signed in: no server error in the consoles, and every refusal in French."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from assistant.app import current
from assistant.staff.accounts import Role, Scope
from assistant.web.staff.access import CSRF_HEADER
from tests.web.staff.conftest import PASSWORD
from tests.web.staff.test_matrix import ENDLESS
from tests.web.test_web_fuzz import OPERATIONS, Operation, World, checked, many, requests, world_of

OURS = [
    each for each in OPERATIONS if "x-roles" in each.described and not each.path.endswith((ENDLESS, "/deconnexion"))
]


@dataclass
class Signed:
    """Somebody who may see everything, with the token of their pages."""

    client: TestClient
    csrf: str

    def send(self, request: dict[str, Any]) -> Any:
        request["headers"] |= {CSRF_HEADER: self.csrf}
        return self.client.request(**request)


@pytest.fixture(scope="module")
def signed(shared_client: TestClient) -> Iterator[Signed]:
    """An administrator, on the application that the made-up requests share."""
    services = current()
    services.accounts.add("ada", "Ada", Role.ADMINISTRATOR, Scope(everywhere=True), PASSWORD, services.now())
    own = TestClient(shared_client.app, raise_server_exceptions=False, follow_redirects=False)
    own.post("/connexion", data={"identifiant": "ada", "mot_de_passe": PASSWORD})
    found = services.sessions.find(own.cookies["session"], services.now())
    assert found
    yield Signed(own, found.csrf)


@pytest.mark.parametrize("operation", OURS, ids=lambda operation: f"{operation.method} {operation.path}")
@many(40)
@given(data=st.data())
def test_no_made_up_request_ever_gives_a_500(
    signed: Signed, staff_world: World, operation: Operation, data: st.DataObject
) -> None:
    answer = signed.send(data.draw(requests(operation, staff_world)))
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and "json" in answer.headers["content-type"]:
        checked(answer)


@pytest.fixture
def staff_world(signed: Signed) -> World:
    """What the API's requests know, and a call of one's own."""
    begun = signed.client.post("/operateur/appels", data={"text": "permis", "csrf": signed.csrf})
    return {
        **world_of(signed.client),
        "call": [begun.headers["x-call"]],
        "jour": ["2026-11-23"],
        "q": ["Anna", "permis"],
    }


def test_the_made_up_requests_get_in(signed: Signed, staff_world: World) -> None:
    """The control: what one asks for as one should is given."""
    assert len(OURS) >= 20
    assert signed.client.get(f"/agent/rendez-vous/{staff_world['code'][0]}").status_code == 200
