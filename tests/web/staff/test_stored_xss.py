"""Sixty ways to have a script run, stored by citizens and callers: none runs in a console, and the policy blocks nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.staff.accounts import Role
from assistant.storage.tables import Conversation
from tests.web.conftest import opened
from tests.web.staff.conftest import HERE, World, sign_in_page
from tests.web.staff.test_agent import day_of
from tests.web.staff.test_review import unclear
from tests.web.test_web_xss import PAYLOADS

LONGEST_NAME = 100
TELL = """
    Object.defineProperty(window, 'taken', {set() { window.tell('a script ran'); }});
    document.addEventListener('securitypolicyviolation', (event) => window.tell(event.violatedDirective));
"""


@pytest.fixture
def told(page: Page) -> Iterator[list[str]]:
    """What any page said, as long as the test lasts: of a script that ran, or of what the policy had to stop."""
    yield listening(page)


def listening(page: Page) -> list[str]:
    told: list[str] = []
    page.expose_function("tell", lambda what: told.append(f"{page.url}: {what}"))
    page.add_init_script(TELL)
    return told


@pytest.fixture
def stored(page: Page, page_world: World) -> dict[str, str]:
    """A payload by the code of an appointment that has it for name and for what was said; the review has it too."""
    made = {}
    for number, payload in enumerate(PAYLOADS):
        conversation = page.request.post("/api/conversations").json()["conversation"]
        page.request.post(f"/api/conversations/{conversation}/messages", data={"text": payload})
        with page_world.services.database.write() as session:
            session.get_one(Conversation, conversation).shared = True
        name = payload[:LONGEST_NAME]
        view = page_world.book(number=number % 2, name=name, booked_by=name, conversation=conversation)
        made[view.code] = payload
        unclear(page_world, payload)
    return made


def test_nothing_that_citizens_wrote_runs_at_the_counter_or_in_the_review(
    page: Page, page_world: World, told: list[str], stored: dict[str, str]
) -> None:
    page_world.account(Role.ADMINISTRATOR, place=None, login="ada")
    sign_in_page(page, "ada", "/agent")
    days = {day_of(page_world, code) for code in stored}
    place = page_world.places()[HERE].id
    paths = [f"/agent/rendez-vous/{code}" for code in stored]
    paths += [*days, *(day.replace("?", "/semaine?") for day in days), f"/agent/lieux/{place}/horaires"]
    paths += ["/relecture", "/relecture?statut=labelled", "/coordination"]
    for path in paths:
        answer = page.goto(path)
        assert answer and answer.ok, path
    assert told == []


def test_nothing_that_callers_say_or_are_called_runs_at_the_operators(
    page: Page, page_world: World, told: list[str], stored: dict[str, str]
) -> None:
    page_world.account(Role.ADMINISTRATOR, place=None, login="ada")
    sign_in_page(page, "ada", "/operateur")
    for code, payload in stored.items():
        page.goto("/operateur")
        page.locator("#mots").fill(payload)
        page.keyboard.press("Enter")
        expect(page.locator("#panneau .say").first).not_to_contain_text("Bonjour, France services")
        page.keyboard.press("F4")
        page.get_by_label("Code, téléphone ou nom").fill(code)
        page.get_by_role("button", name="Chercher", exact=True).click()
        expect(page.locator("#trouve")).to_contain_text(code)
    assert told == []


def test_a_script_that_runs_and_one_that_is_stopped_are_told_of(page: Page) -> None:
    """The negative control."""
    told = listening(page)
    opened(page)
    page.evaluate("window.taken = 1")
    assert len(told) == 1 and "ran" in told[0]


def test_the_policy_tells_of_what_it_stops(browser: Browser, address: str) -> None:
    page = browser.new_page(base_url=address)
    told = listening(page)
    opened(page)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.taken=1\">')")
    page.wait_for_timeout(500)
    page.close()
    assert any("script-src" in each for each in told)
