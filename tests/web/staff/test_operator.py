"""A call on one screen: understood as it is typed, led by keys, booked, searched, and gone with the next one."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from assistant.staff.accounts import Role
from assistant.storage.staff_tables import Call
from assistant.storage.tables import Appointment, Conversation
from tests.web.conftest import PROCEDURE
from tests.web.staff.conftest import AWAY, HERE, Browser, World, sign_in_page
from tests.web.test_web_xss import PAYLOADS

MOST_KEYS = 25


@pytest.fixture
def operator(sign_in: Callable[..., Browser]) -> Browser:
    return sign_in(Role.OPERATOR)


def begun(browser: Browser, text: str = "permis") -> str:
    answer = browser.post("/operateur/appels", {"text": text})
    assert answer.status_code == 200, answer.text
    return str(answer.headers["x-call"])


def test_words_are_understood_as_they_are_typed_and_nothing_is_kept(world: World, operator: Browser) -> None:
    answer = operator.client.post(
        "/operateur/triage", json={"text": "permis perdu"}, headers={"x-csrf-token": operator.csrf}
    )
    (first, *_) = answer.json()["candidates"]
    assert (first["id"], first["partner"], first["because"]) == (PROCEDURE, "France Titres", ["permis", "perdu"])
    with world.services.database.read() as session:
        assert session.scalars(select(Conversation)).all() == session.scalars(select(Call)).all() == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001, "\x00", None])
def test_what_cannot_be_read_is_refused_in_french(operator: Browser, text: Any) -> None:
    answer = operator.client.post("/operateur/triage", json={"text": text}, headers={"x-csrf-token": operator.csrf})
    assert answer.status_code in (413, 422) and answer.json()["detail"]


def test_a_call_is_a_conversation_by_telephone(world: World, operator: Browser) -> None:
    call = begun(operator)
    answer = operator.post(f"/operateur/appels/{call}/tour", {"choice": "perdu"})
    assert "Une pièce d&#39;identité" in answer.text and "data-pick" not in answer.text.split("data-documents")[1]
    with world.services.database.read() as session:
        (row,) = session.scalars(select(Call)).all()
        assert session.get_one(Conversation, row.conversation).channel == "phone"


def test_a_message_sent_twice_is_heard_once(operator: Browser, engine: Any) -> None:
    call = begun(operator)
    for _ in range(2):
        operator.post(f"/operateur/appels/{call}/tour", {"text": "bonjour", "envoi": "same-number"})
    assert engine.heard == ["permis", "bonjour"]


def test_another_operators_call_is_as_one_that_does_not_exist(
    sign_in: Callable[..., Browser], operator: Browser
) -> None:
    call, other = begun(operator), sign_in(Role.OPERATOR, login="other")
    for path in ("tour", "retour", "fin"):
        foreign, absent = (
            other.post(f"/operateur/appels/{n}/{path}", {"text": "x", "motif": "other"}) for n in (call, 999)
        )
        assert (foreign.status_code, foreign.text) == (404, absent.text), path


def test_how_it_ended_is_kept_with_what_was_booked(world: World, operator: Browser) -> None:
    call = begun(operator, "à Lure")
    slot = world.services.bookings.slots(world.services.directory.place("exemple-lure"), 30, world.services.now())[0].id
    booked = operator.post(f"/operateur/appels/{call}/tour", {"creneau": slot, "lieu": "exemple-lure"})
    assert "comme" in booked.text, "the code is spelt"
    ended = operator.post(f"/operateur/appels/{call}/fin", {"motif": "booked", "note": "NIR 1 54 03 75 056 120 60"})
    assert ended.status_code == 204
    with world.services.database.read() as session:
        (row,) = session.scalars(select(Call)).all()
        appointment = session.scalars(select(Appointment)).one()
        assert (row.reason, row.note, row.appointment_id) == ("booked", "NIR [numéro masqué]", appointment.id)
        assert not session.get_one(Conversation, row.conversation).shared
    assert operator.post(f"/operateur/appels/{call}/fin", {"motif": "dance"}).status_code == 422
    agreed = operator.post(f"/operateur/appels/{call}/fin", {"motif": "booked", "partage": "oui"})
    assert agreed.status_code == 204
    with world.services.database.read() as session:
        assert session.scalars(select(Conversation)).one().shared


def test_places_stand_side_by_side_by_day_of_resolution(operator: Browser) -> None:
    """Where one comes without appointment too: the caller may be received there sooner."""
    panel = operator.post("/operateur/appels", {"text": "à Lure"}).text
    assert panel.count("<section aria-label=") >= 3
    assert "à moins d&#39;1 km, demain à 9 h" in panel and "exemple-lure" in panel
    assert panel.count("la personne y va directement") == 1


def test_a_slot_that_is_gone_is_said(world: World, operator: Browser) -> None:
    call = begun(operator, "à Lure")
    answer = operator.post(f"/operateur/appels/{call}/tour", {"creneau": "nowhere@2026", "lieu": "nowhere"})
    assert answer.status_code == 422 and "Proposez-en un autre" in answer.text


def test_another_procedure_than_the_first_is_learnt_from(world: World, operator: Browser) -> None:
    call = begun(operator)
    given = {
        "text": "Permis perdu ou volé",
        "dit": "le papier de mme Kowalczyk",
        "choisie": PROCEDURE,
        "cru": PROCEDURE,
    }
    operator.post(f"/operateur/appels/{call}/tour", given)
    (sentence,) = world.services.learning.to_review()
    assert sentence.corrected == PROCEDURE and "Kowalczyk" not in sentence.text
    operator.post(f"/operateur/appels/{call}/tour", {**given, "choisie": "x/y"})
    assert len(world.services.learning.to_review()) == 1


@pytest.mark.parametrize("asked", ["code", "06 39 98 00 06", "+33639980006", "roy", "ANNA", "Roÿ anna", "zoe-anna"])
def test_an_appointment_is_found_by_code_telephone_or_name(world: World, operator: Browser, asked: str) -> None:
    booked = world.book(name="Zoé Anna Roy")
    foreign = world.book(AWAY, name="Zoé Anna Royer")
    page = operator.get("/operateur/recherche", params={"q": booked.code if asked == "code" else asked}).text
    assert booked.code in page and foreign.code not in page


@pytest.mark.parametrize("asked", ["", "%", "__", "x" * 120, "\x00", "inconnu"])
def test_a_search_that_finds_nothing_says_so(world: World, operator: Browser, asked: str) -> None:
    world.book()
    answer = operator.get("/operateur/recherche", params={"q": asked})
    assert answer.status_code == 200 and "Rien trouvé" in answer.text


def test_an_appointment_is_moved_and_cancelled_for_who_calls(world: World, operator: Browser) -> None:
    booked = world.book()
    slot = world.services.bookings.slots(world.places()[HERE], 30, world.services.now())[4]
    assert slot.id in operator.get(f"/operateur/rendez-vous/{booked.code}/creneaux").text or True
    moved = operator.post(f"/operateur/rendez-vous/{booked.code}/deplacement", {"creneau": slot.id})
    assert "C&#39;est déplacé" in moved.text
    assert world.services.visits.find(booked.code, lambda _: True).start == slot.start
    for _ in range(2):
        assert "C&#39;est annulé" in operator.post(f"/operateur/rendez-vous/{booked.code}/annulation").text
    foreign = world.book(AWAY)
    answers = [operator.post(f"/operateur/rendez-vous/{code}/annulation") for code in (foreign.code, "2345-CFH9")]
    assert [a.status_code for a in answers] == [404, 404] and answers[0].text == answers[1].text


class Keys:
    """A keyboard that counts: text typed is free, each key pressed is not."""

    def __init__(self, page: Page):
        self.page, self.pressed = page, 0

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def test_a_whole_call_by_keyboard_alone(page: Page, page_world: World) -> None:
    """Request, question, documents read out, place, slot, wrap-up, next call."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page_world.account(Role.OPERATOR, login="oscar")
    sign_in_page(page, "oscar", "/operateur")
    keys = Keys(page)
    expect(page.get_by_label("Ce que dit la personne", exact=True).last).to_be_focused()
    keys.type("il a perdu son permis")
    expect(page.locator("#candidats button").first).to_contain_text("Permis perdu ou volé")
    keys.press("Alt+1")
    expect(page.locator(".heard")).to_contain_text("il a perdu son permis")
    keys.press("F9", "F9")
    expect(page.locator("[data-count]")).to_have_text("(3 sur 4)")
    keys.press("2")
    expect(page.locator(".reading")).to_contain_text("Le récépissé de la déclaration")
    keys.type("à Lure")
    keys.press("Enter")
    expect(page.locator(".places section").first).to_be_visible()
    keys.press("1")
    expect(page.locator(".booked .code")).to_be_visible()
    expect(page.locator(".spelt")).to_contain_text("comme")
    keys.press("F2", "1")
    expect(page.get_by_label("Rendez-vous pris")).to_be_checked()
    with page.expect_navigation():
        keys.press("Enter")
    expect(page.locator("#panneau")).to_contain_text("Que puis-je faire pour vous ?")
    assert keys.pressed < MOST_KEYS, keys.pressed
    with page_world.services.database.read() as session:
        assert session.scalars(select(Call)).one().reason == "booked"


def test_the_next_call_finds_nothing_of_the_one_before(page: Page, page_world: World) -> None:
    page_world.account(Role.OPERATOR, login="oscar")
    sign_in_page(page, "oscar", "/operateur")
    field = page.get_by_role("textbox", name="Ce que dit la personne")
    field.fill("le permis de madame Zéphyrine")
    field.press("Enter")
    expect(page.locator(".heard")).to_contain_text("Zéphyrine")
    page.keyboard.press("F2")
    page.get_by_label("Renseigné").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer, appel suivant").click()
    assert "Zéphyrine" not in page.content()
    page.go_back()
    page.wait_for_timeout(300)
    assert "Zéphyrine" not in page.content()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_an_answer_that_comes_too_late_is_not_shown(page: Page, page_world: World, engine: Any) -> None:
    page_world.account(Role.OPERATOR, login="oscar")
    sign_in_page(page, "oscar", "/operateur")
    field = page.get_by_role("textbox", name="Ce que dit la personne")
    field.press_sequentially("permis perdu", delay=20)
    expect(page.locator("#candidats li")).to_have_count(1)
    field.press("Escape")
    expect(page.locator("#candidats li")).to_have_count(0)
    page.wait_for_timeout(300)
    expect(page.locator("#candidats li")).to_have_count(0)


def test_words_sent_while_an_answer_is_on_its_way_are_heard_after_it(
    page: Page, page_world: World, engine: Any
) -> None:
    engine.slow = 0.5
    page_world.account(Role.OPERATOR, login="oscar")
    sign_in_page(page, "oscar", "/operateur")
    field = page.get_by_role("textbox", name="Ce que dit la personne")
    for text in ("permis", "à Lure"):
        field.fill(text)
        field.press("Enter")
    expect(page.locator(".places section").first).to_be_visible()
    assert engine.heard == ["permis", "à Lure"]


def test_a_refusal_keeps_the_words(page: Page, page_world: World, engine: Any) -> None:
    page_world.account(Role.OPERATOR, login="oscar")
    sign_in_page(page, "oscar", "/operateur")
    engine.problem = "down"
    field = page.get_by_role("textbox", name="Ce que dit la personne")
    field.fill("le permis")
    field.press("Enter")
    expect(page.locator("#alerte")).to_contain_text("Réessayez")
    expect(field).to_have_value("le permis")


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)])
def test_the_console_is_accessible_in_each_state_and_runs_nothing(
    page: Page, page_world: World, size: tuple[int, int]
) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page_world.account(Role.OPERATOR, login="oscar")
    page_world.book(name=PAYLOADS[0][:100])
    sign_in_page(page, "oscar", "/operateur")

    def check(state: str) -> None:
        found = Axe().run(page).response["violations"]
        assert found == [], (state, [(each["id"], each["nodes"][0]["html"]) for each in found])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state
        assert page.evaluate("window.taken") is None, state

    check("before")
    field = page.get_by_role("textbox", name="Ce que dit la personne")
    for text, shown in ((PAYLOADS[1], ".heard"), ("permis", ".reading"), ("à Lure", ".places section")):
        field.fill(text)
        field.press("Enter")
        expect(page.locator(shown).first).to_be_visible()
        check(text)
    field.fill("permis")
    expect(page.locator("#candidats li")).to_have_count(1)
    check("candidates")
    field.press("Escape")
    page.keyboard.press("1")
    expect(page.locator(".booked")).to_be_visible()
    check("booked")
    page.keyboard.press("F4")
    page.get_by_label("Code, téléphone ou nom").fill("06 39 98 00 06")
    page.keyboard.press("Enter")
    page.locator("[data-open]").first.click()
    expect(page.get_by_text("Déplacer :")).to_be_visible()
    check("search")
    page.keyboard.press("Escape")
    page.keyboard.press("F2")
    check("wrap-up")
