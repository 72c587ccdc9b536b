"""People of the counters who are signed in, and appointments for them to find."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from assistant.app import Services
from assistant.booking.appointments import AppointmentView, BookingRequest
from assistant.staff.accounts import Member, Role, Scope

from tests.web.conftest import PROCEDURE  # isort: skip

PASSWORD = "une phrase assez longue"
LURE, HERE, AWAY = "Lure", 0, 1


@dataclass
class World:
    """The services of the application under test, with accounts and appointments made on demand."""

    services: Services

    def places(self) -> list[Any]:
        """Places that take appointments, in a fixed order: the first is "here", the second "away"."""
        return [place for place in self.services.directory.places() if place.takes_appointments]

    def account(self, role: Role, place: int | None = HERE, login: str | None = None) -> Member:
        """An account of that role: in one place, in a whole département (coordinator), or everywhere (None)."""
        scope = Scope(everywhere=True)
        if place is not None:
            here = self.places()[place]
            scope = Scope(places=frozenset({here.id}))
            if role is Role.COORDINATOR:
                scope = Scope(departements=frozenset({here.departement}))
        name = login or f"{role.value}{'' if place is None else place}"
        return self.services.accounts.add(name, f"Personne {name}", role, scope, PASSWORD, self.services.now())

    def book(self, place: int = HERE, number: int = 0, **given: Any) -> AppointmentView:
        """An appointment at the place's free slot of that number."""
        now, bookings = self.services.now(), self.services.bookings
        free = bookings.slots(self.places()[place], 30, now)
        # not of today: late in the day the next slots would be of several days
        slot = [slot for slot in free if slot.start.date() > now.astimezone(slot.start.tzinfo).date()][number]
        fields = {"procedures": (PROCEDURE,), "name": "Anna Roy", "phone": "06 39 98 00 06", **given}
        return bookings.book(BookingRequest(slot=slot.id, **fields), bookings.new_key(), now)


@pytest.fixture
def world(client: TestClient) -> World:
    """The world behind `client`."""
    return World(client.app.state.services)  # type: ignore[attr-defined]


def csrf_of(text: str) -> str:
    """The token of a console's page."""
    found = re.search(r'data-csrf="([^"]+)"', text)
    assert found, "no token on this page"
    return found[1]


@dataclass
class Browser:
    """A test client of somebody signed in: it sends the token that its pages would."""

    client: TestClient
    member: Member
    csrf: str

    def get(self, path: str, **given: Any) -> Any:
        return self.client.get(path, **given)

    def post(self, path: str, data: dict[str, Any] | None = None, **given: Any) -> Any:
        """A form of the console."""
        return self.client.post(path, data={"csrf": self.csrf, **(data or {})}, follow_redirects=False, **given)


@pytest.fixture
def sign_in(client: TestClient, world: World) -> Callable[..., Browser]:
    """Sign somebody in on a client with its own cookies: `sign_in(Role.AGENT)`, `sign_in(Role.AGENT, place=AWAY)`."""

    def made(role: Role, place: int | None = HERE, login: str | None = None) -> Browser:
        member = world.account(role, place, login)
        own = TestClient(client.app, raise_server_exceptions=False)
        answer = own.post(
            "/connexion", data={"identifiant": member.login, "mot_de_passe": PASSWORD}, follow_redirects=False
        )
        assert answer.status_code == 303
        token = own.cookies["session"]
        found = world.services.sessions.find(token, world.services.now())
        assert found
        return Browser(own, member, found.csrf)

    return made


@pytest.fixture
def page_world(address: str) -> World:
    """The world behind `page` (a real browser on a real server)."""
    from assistant.app import current

    return World(current())


def sign_in_page(page: Page, login: str, path: str) -> None:
    """Through the form, as people do, to a console."""
    page.goto(f"/connexion?suite={path}")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
