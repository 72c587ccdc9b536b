"""Bad days: the network goes, the page is reloaded, two tabs are open. Nothing is lost, nothing is said twice."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import opened, say

STEPS: list[tuple[str, Callable[[Page], None], str]] = [
    ("permis", lambda page: say(page, "permis"), ".kind-documents"),
    ("an answer", lambda page: page.get_by_role("button", name="Volé").click(), ".kind-documents >> nth=1"),
    ("a place", lambda page: say(page, "à Lure"), ".kind-slots"),
    ("a slot", lambda page: page.locator(".times .choice").first.click(), ".appointment"),
]
"""From the first message to the booking: what is done, and what shows that it was answered."""


def test_a_reload_at_each_step_keeps_everything(page: Page) -> None:
    opened(page)
    for number, (_, act, shown) in enumerate(STEPS, start=1):
        act(page)
        expect(page.locator(shown).first).to_be_visible()
        page.reload()
        expect(page.locator(shown).first).to_be_visible()
        expect(page.locator(".turn.person")).to_have_count(number)


def test_a_message_sent_without_network_waits_and_is_heard_once_at_each_step(page: Page, engine: Any) -> None:
    opened(page)
    for number, (_, act, shown) in enumerate(STEPS, start=1):
        page.context.set_offline(True)
        act(page)
        expect(page.get_by_role("status")).to_contain_text("Votre message partira tout seul")
        assert len(engine.heard) == number - 1
        page.context.set_offline(False)
        expect(page.locator(shown).first).to_be_visible()
        expect(page.locator(".turn.person")).to_have_count(number)
        assert len(engine.heard) == number


def test_an_answer_lost_on_the_way_back_is_given_again_and_done_once(page: Page, engine: Any) -> None:
    """The server heard, booked, and its answer never came: the same message gets the same answer."""
    opened(page)
    STEPS[0][1](page)
    expect(page.get_by_role("checkbox")).to_have_count(3)
    for number, (_, act, shown) in enumerate(STEPS[1:], start=2):
        page.route("**/conversation", heard_then_lost, times=1)
        act(page)
        expect(page.locator(shown).first).to_be_visible()
        expect(page.locator(".turn.person")).to_have_count(number)
        assert len(engine.heard) == number


def heard_then_lost(route: Route) -> None:
    route.fetch()
    route.abort()


def test_a_page_closed_while_its_message_waits_sends_it_when_it_is_opened_again(page: Page, engine: Any) -> None:
    opened(page)
    say(page, "bonjour")
    expect(page.locator(".turn.person")).to_have_count(1)
    page.route("**/conversation", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    say(page, "permis")
    expect(page.get_by_role("status")).to_contain_text("Votre message partira tout seul")
    page.unroute("**/conversation")
    page.reload()
    expect(page.get_by_role("checkbox")).to_have_count(3)
    assert engine.heard == ["bonjour", "permis"]
    page.reload()
    expect(page.get_by_role("checkbox")).to_have_count(3)
    assert engine.heard == ["bonjour", "permis"]


def test_a_second_tab_has_the_same_conversation_and_follows_it(page: Page) -> None:
    opened(page)
    say(page, "permis")
    expect(page.get_by_role("checkbox")).to_have_count(3)
    second = page.context.new_page()
    second.goto("/conversation")
    expect(second.get_by_role("checkbox")).to_have_count(3)
    say(second, "à Lure")
    expect(second.locator(".kind-slots")).to_be_visible()
    expect(page.locator(".kind-slots")).to_be_visible()
    page.locator(".times .choice").first.click()
    expect(second.locator(".appointment")).to_be_visible()


def test_an_impatient_double_press_is_one_message(page: Page, engine: Any) -> None:
    engine.slow = 0.5
    opened(page)
    say(page, "permis")
    expect(page.get_by_role("button", name="Volé")).to_be_visible()
    page.get_by_role("button", name="Volé").dblclick()
    expect(page.locator(".kind-documents")).to_have_count(2)
    assert len(engine.heard) == 2


def test_an_answer_taken_back_while_it_is_on_its_way_is_taken_back(page: Page, engine: Any) -> None:
    engine.slow = 0.5
    opened(page)
    say(page, "permis")
    expect(page.get_by_role("button", name="Volé")).to_be_visible()
    page.get_by_role("button", name="Volé").click()
    page.get_by_role("button", name="Annuler ma dernière réponse").dblclick()
    expect(page.locator(".turn.person")).to_have_count(2)
    expect(page.locator(".turn.person")).to_have_count(1)
    expect(page.locator(".kind-documents")).to_have_count(1)
    assert len(engine.heard) == 2


def test_on_a_slow_telephone_network_everything_arrives(page: Page, engine: Any) -> None:
    """Slow 3G: 400 kbit/s, 400 ms away."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000},
    )
    opened(page)
    for _, act, shown in STEPS:
        act(page)
        expect(page.locator(shown).first).to_be_visible()
    expect(page.locator(".appointment .code strong")).to_have_text(re.compile(r"\w{4}-\w{4}"))
    assert len(engine.heard) == len(STEPS)


@pytest.mark.parametrize("status", [500, 429, 413, 404])
def test_a_refusal_gives_the_words_back(page: Page, status: int) -> None:
    opened(page)
    page.route("**/conversation", lambda route: route.fulfill(status=status, json={"detail": "Voici pourquoi."}))
    say(page, "bonjour")
    expect(page.get_by_role("alert")).to_have_text("Voici pourquoi.")
    expect(page.get_by_label("Votre message")).to_have_value("bonjour")
    expect(page.locator(".turn.person")).to_have_count(0)
