"""axe-core on every state of every page of the citizen, light and dark, on a telephone and zoomed; RGAA's rules included."""

from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import opened, say

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]


def violations(page: Page) -> list[str]:
    """What axe finds wrong, a line each."""
    # where the field stands in its own place: what it covers while one scrolls is not small, only further up
    page.evaluate("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    assert len(found["passes"]) > 10, "axe looked at nothing"
    return [f"{v['id']}: {node['html'][:160]}" for v in found["violations"] for node in v["nodes"]]


def documents(page: Page) -> None:
    say(page, "permis")
    expect(page.get_by_role("checkbox")).to_have_count(3)


def answered(page: Page) -> None:
    documents(page)
    page.get_by_role("button", name="Volé").click()
    expect(page.locator(".kind-documents")).to_have_count(2)
    page.get_by_text("Cette liste vous aide-t-elle ?").first.click()


def slots(page: Page) -> None:
    say(page, "à Lure")
    expect(page.locator(".kind-slots")).to_be_visible()


def booked(page: Page) -> None:
    slots(page)
    page.locator(".times .choice").first.click()
    expect(page.locator(".appointment")).to_be_visible()


def emergency(page: Page) -> None:
    say(page, "mon mari me frappe")
    expect(page.locator(".calls")).to_be_visible()


def handed_over(page: Page) -> None:
    say(page, "parler à quelqu'un")
    expect(page.locator(".kind-handoff")).to_be_visible()


def refused(page: Page) -> None:
    say(page, "a" * 1010)
    expect(page.get_by_role("alert")).not_to_be_empty()


def simple(page: Page) -> None:
    documents(page)
    page.get_by_role("button", name="En plus simple").click()
    expect(page.locator(".picto").first).to_be_visible()


def erasing(page: Page) -> None:
    documents(page)
    page.get_by_text("Effacer ma conversation").click()


STATES: list[Callable[[Page], None]] = [
    opened,
    documents,
    answered,
    slots,
    booked,
    emergency,
    handed_over,
    refused,
    simple,
    erasing,
]
PAGES = ["/", "/cadre", "/demarches", "/demarches/interieur/permis_perte_vol", "/rendez-vous", "/aide", "/aide/ar"]
SHAPES = {
    "telephone": {"viewport": {"width": 360, "height": 740}},
    "zoomed": {"viewport": {"width": 320, "height": 256}},
    "desktop in the dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
}


@pytest.fixture(params=list(SHAPES.values()), ids=list(SHAPES))
def shaped(request: pytest.FixtureRequest, browser, address: str) -> Iterator[Page]:  # type: ignore[no-untyped-def]
    context = browser.new_context(base_url=address, locale="fr-FR", **request.param)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_no_violation_in_any_state_of_the_conversation(shaped: Page, state: Callable[[Page], None]) -> None:
    opened(shaped)
    state(shaped)
    assert violations(shaped) == []
    assert shaped.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_no_violation_on_any_page(shaped: Page) -> None:
    for path in PAGES:
        shaped.goto(path)
        assert violations(shaped) == [], path
        assert shaped.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_no_violation_on_the_appointment_and_its_slip(shaped: Page) -> None:
    opened(shaped)
    booked(shaped)
    code = shaped.locator(".appointment .code strong").inner_text()
    with shaped.expect_popup() as popup:
        shaped.get_by_role("button", name="Imprimer le rendez-vous").click()
    assert violations(popup.value) == []
    shaped.goto("/rendez-vous")
    shaped.get_by_label("Code du rendez-vous").fill(code)
    shaped.get_by_label("Nom ou téléphone").fill("roy")
    shaped.get_by_role("button", name="Voir mon rendez-vous").click()
    expect(shaped.get_by_role("button", name="Annuler le rendez-vous")).to_be_visible()
    assert violations(shaped) == []


def test_axe_sees_what_is_wrong(page: Page) -> None:
    """The negative control: a button without a name and an image without words are found."""
    opened(page)
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button><img src=\"/static/icon.svg\">')"
    )
    found = " ".join(violations(page))
    assert "button-name" in found and "image-alt" in found


def test_reduced_motion_and_forced_colours_are_heeded(browser, address: str) -> None:  # type: ignore[no-untyped-def]
    context = browser.new_context(base_url=address, reduced_motion="reduce", forced_colors="active")
    page = context.new_page()
    opened(page)
    documents(page)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.locator(".choice").first.evaluate("e => getComputedStyle(e).borderTopStyle") == "solid"
    context.close()
