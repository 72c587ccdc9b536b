"""The reviewer's page: what was not understood, of one's own départements, labelled by keyboard; hostile texts stay texts."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from assistant.staff.accounts import Role
from assistant.storage.staff_tables import Unclear
from assistant.storage.tables import Conversation
from tests.web.conftest import PROCEDURE
from tests.web.staff.conftest import HERE, Browser, World, sign_in_page
from tests.web.test_web_xss import PAYLOADS

TEXT = "le papier machin pour la voiture"
ELSEWHERE = "le machin d'un autre pays"


def unclear(world: World, text: str = TEXT, place: int = HERE) -> int:
    """A sentence of somebody in that place's département."""
    now, departement = world.services.now(), world.places()[place].departement
    conversation = f"c-{departement}"
    with world.services.database.write() as session:
        if session.get(Conversation, conversation) is None:
            session.add(
                Conversation(
                    id=conversation, started_at=now, last_message_at=now, turns=1, channel="web", procedures=[],
                    departement=departement, shared=False,
                )
            )  # fmt: skip
        row = Unclear(
            at=now, text=text, conversation=conversation, guessed=[PROCEDURE], why="not_understood", status="new"
        )
        session.add(row)
        session.flush()
        return row.id


def away(world: World) -> int:
    """The first place of another département."""
    here = world.places()[HERE].departement
    return next(n for n, place in enumerate(world.places()) if place.departement != here)


def test_a_sentence_is_reviewed_and_reviewed_again(world: World, sign_in: Callable[..., Browser]) -> None:
    identity, browser = unclear(world), sign_in(Role.COORDINATOR)
    assert TEXT in browser.get("/relecture").text
    kept = browser.post(f"/relecture/{identity}", {"action": "garder", "etiquette": PROCEDURE})
    assert kept.status_code == 303
    assert TEXT not in browser.get("/relecture").text
    assert TEXT in browser.get("/relecture?statut=labelled").text
    assert world.services.learning.labelled() == [(TEXT, PROCEDURE)]
    browser.post(f"/relecture/{identity}", {"action": "annuler", "statut": "labelled"})
    assert TEXT in browser.get("/relecture").text


@pytest.mark.parametrize(
    "given",
    [{"action": "garder"}, {"action": "garder", "etiquette": "x/y"}, {"action": "dance"}, {}, {"action": "\x00"}],
)
def test_nonsense_is_said_and_nothing_changes(
    world: World, sign_in: Callable[..., Browser], given: dict[str, Any]
) -> None:
    identity, browser = unclear(world), sign_in(Role.COORDINATOR)
    answer = browser.post(f"/relecture/{identity}", given)
    assert answer.status_code == 422
    assert "Choisissez" in answer.text and TEXT in answer.text
    assert browser.post("/relecture/999999", {"action": "ecarter"}).status_code == 404
    assert browser.post("/relecture/99999999999999999999", {"action": "ecarter"}).status_code == 422


def test_a_sentence_of_another_departement_is_as_one_that_does_not_exist(
    world: World, sign_in: Callable[..., Browser]
) -> None:
    foreign, browser = unclear(world, ELSEWHERE, away(world)), sign_in(Role.COORDINATOR)
    assert "un autre pays" not in browser.get("/relecture").text
    assert "À relire (0)" in browser.get("/relecture").text
    for action in ("garder", "ecarter", "annuler"):
        given = {"action": action, "etiquette": PROCEDURE}
        there, nowhere = (browser.post(f"/relecture/{number}", given) for number in (foreign, 999_999))
        assert (there.status_code, there.text) == (nowhere.status_code, nowhere.text)
        assert there.status_code == 404
    assert [each.text for each in world.services.learning.to_review()] == [ELSEWHERE], "nothing changed"
    everywhere = sign_in(Role.COORDINATOR, place=None, login="partout")
    assert "un autre pays" in everywhere.get("/relecture").text, "the control: it is there to be seen"


def test_what_the_person_refused_is_not_offered_again(world: World, sign_in: Callable[..., Browser]) -> None:
    identity, browser = unclear(world), sign_in(Role.COORDINATOR)
    chosen = f'value="{PROCEDURE}" selected'
    assert chosen in browser.get("/relecture").text, "the control: a guess is"
    with world.services.database.write() as session:
        session.get_one(Unclear, identity).why = "not_helpful"
    assert chosen not in browser.get("/relecture").text


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)])
def test_review_is_accessible_and_runs_nothing(page: Page, page_world: World, size: tuple[int, int]) -> None:
    for payload in PAYLOADS[:20]:
        unclear(page_world, payload)
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page_world.account(Role.COORDINATOR, login="carole")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in_page(page, "carole", "/relecture")
    expect(page.locator(".sentence")).to_have_count(20)
    found = Axe().run(page).response["violations"]
    assert found == [], [each["id"] for each in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_reviewer_labels_with_the_keyboard(page: Page, page_world: World) -> None:
    unclear(page_world)
    page_world.account(Role.COORDINATOR, login="carole")
    sign_in_page(page, "carole", "/relecture")
    page.get_by_label("Démarche voulue").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Il n'y a rien ici.")).to_be_visible()
    assert page_world.services.learning.labelled() == [(TEXT, PROCEDURE)]


def test_a_slip_is_undone_at_once_and_the_next_sentence_is_at_hand(page: Page, page_world: World) -> None:
    unclear(page_world, "la première phrase")
    unclear(page_world)
    page_world.account(Role.COORDINATOR, login="carole")
    sign_in_page(page, "carole", "/relecture")
    page.get_by_role("button", name="Écarter").first.press("Enter")
    expect(page.get_by_role("status")).to_have_text("C'est noté.")
    expect(page.get_by_label("Démarche voulue")).to_be_focused()
    expect(page.locator(".sentence")).to_have_count(1)
    page.get_by_role("button", name="Annuler").press("Enter")
    expect(page.locator(".sentence")).to_have_count(2)
    expect(page.get_by_role("button", name="Annuler")).to_have_count(0)
