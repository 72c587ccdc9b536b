"""The conversation's page in a real browser; the engine is a stand-in, all the rest runs."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from assistant.app import Services
from assistant.web.pages import STATIC
from tests.web.conftest import opened, say


def test_from_a_sentence_to_a_booked_appointment_that_a_reload_keeps(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="J'ai perdu mon permis de conduire").click()
    expect(page.get_by_role("checkbox")).to_have_count(3)
    page.get_by_label("Une pièce d'identité").check()
    page.get_by_role("button", name="Volé").click()
    expect(page.locator(".kind-documents")).to_have_count(2)
    say(page, "à Lure")
    expect(page.locator(".kind-places .card").first).to_contain_text("France services de Lure")
    page.locator(".times .choice").nth(2).click()
    code = page.locator(".appointment .code strong")
    expect(code).to_have_text(re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}"))
    booked = code.inner_text()
    page.reload()
    expect(page.locator(".appointment .code strong")).to_have_text(booked)
    expect(page.locator(".turn.person")).to_have_count(4)
    expect(page.get_by_label("Une pièce d'identité").first).to_be_checked()
    with page.expect_download() as download:
        page.get_by_role("button", name="Ajouter à mon agenda").click()
    assert "BEGIN:VEVENT" in Path(download.value.path()).read_text(encoding="utf-8")


def test_nothing_is_kept_before_the_first_message(page: Page) -> None:
    """No cookie, no storage; and it says what it is."""
    for path in ("/", "/conversation"):
        page.goto(path)
        expect(page.get_by_text("assistant automatique").first).to_be_visible()
        assert page.context.cookies() == []
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    say(page, "bonjour")
    expect(page.locator(".turn.assistant:not([hidden])")).to_have_count(2)
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Lax", -1)


def test_the_slip_is_half_a_sheet_with_the_code_spelt_and_the_documents(page: Page) -> None:
    opened(page)
    say(page, "à Lure")
    page.locator(".times .choice").first.click()
    expect(page.locator(".appointment")).to_be_visible()
    with page.expect_popup() as popup:
        page.get_by_role("button", name="Imprimer le rendez-vous").click()
    slip = popup.value
    expect(slip.get_by_text("Un justificatif de domicile")).to_be_visible()
    expect(slip.locator(".spelt")).to_contain_text(" comme ")
    assert slip.evaluate("[...document.styleSheets[0].cssRules].some((rule) => /size: a5/i.test(rule.cssText))")


def test_the_appointment_page_finds_it_again_and_cancels_it(page: Page) -> None:
    opened(page)
    say(page, "à Lure")
    page.locator(".times .choice").first.click()
    code = page.locator(".appointment .code strong").inner_text()
    page.get_by_role("link", name="Mon rendez-vous").click()
    page.get_by_label("Code du rendez-vous").fill(code.lower().replace("-", " "))
    page.get_by_label("Nom ou téléphone").fill("roy")
    page.get_by_role("button", name="Voir mon rendez-vous").click()
    expect(page.get_by_role("button", name="Imprimer")).to_be_visible()
    page.get_by_role("button", name="Annuler le rendez-vous").click()
    page.get_by_role("button", name="Oui, annuler").click()
    expect(page.get_by_role("status")).to_contain_text("Votre rendez-vous est annulé")


def test_the_printed_page_holds_the_appointment_and_what_is_folded(page: Page) -> None:
    opened(page)
    say(page, "à Lure")
    page.locator(".times .choice").first.click()
    expect(page.locator(".appointment")).to_be_visible()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.get_by_text("Le récépissé de la déclaration")).to_be_visible()
    expect(page.locator(".appointment .code")).to_be_visible()
    for hidden in (
        page.get_by_label("Votre message"),
        page.get_by_role("button", name="Recommencer"),
        page.locator(".banner"),
    ):
        expect(hidden).to_be_hidden()


SEEN = """() => {
    const focused = document.activeElement, box = focused.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height, 40) / 2);
    return focused.contains(top) || top?.contains(focused) || top?.closest('label')?.contains(focused);
}"""
SCREENS = [{"width": 360, "height": 740}, {"width": 1280, "height": 800}]


@pytest.mark.parametrize("screen", SCREENS, ids=["telephone", "desktop"])
def test_the_whole_way_by_touch(browser: Browser, address: str, screen: dict[str, int]) -> None:
    context = browser.new_context(has_touch=True, base_url=address, viewport=screen)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="J'ai perdu mon permis de conduire").tap()
    page.get_by_label("Une pièce d'identité").tap()
    page.get_by_role("button", name="Volé").tap()
    expect(page.locator(".kind-documents")).to_have_count(2)
    page.get_by_label("Votre message").tap()
    page.keyboard.type("à Lure")
    page.get_by_role("button", name="Envoyer").tap()
    page.locator(".times .choice").first.tap()
    expect(page.locator(".appointment .code strong")).to_be_visible()
    context.close()


@pytest.mark.parametrize("screen", SCREENS, ids=["telephone", "desktop"])
def test_the_whole_way_by_keyboard_alone(page: Page, screen: dict[str, int]) -> None:
    """Typed and tabbed, never clicked; the focus is never lost."""
    page.set_viewport_size(screen)  # type: ignore[arg-type]
    opened(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.get_by_label("Votre message").focus()
    for words in ("permis", "à Lure"):
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        expect(page.locator(".turn.person").last).to_contain_text(words)
        expect(page.get_by_label("Votre message")).to_be_focused()
    first = page.locator(".times .choice").first
    expect(first).to_be_visible()
    for _ in range(80):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement !== document.body"), "the focus is lost"
        page.wait_for_function(SEEN, timeout=5_000)  # scrolled to, and not behind the field
        if first.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".appointment .code strong")).to_be_visible()
    expect(page.locator(".turn.assistant").last).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.turn') !== null")


@pytest.mark.parametrize("works", [True, False], ids=["answered", "failed"])
def test_what_is_typed_while_an_answer_is_on_its_way_is_said_next_or_kept(page: Page, works: bool) -> None:
    """Who types fast is not ignored, and nothing that was typed is lost where the answer before fails."""
    opened(page)
    on_their_way: list[Route] = []
    page.route("**/conversation", lambda route: route.continue_() if on_their_way else on_their_way.append(route))
    field = page.get_by_label("Votre message")
    field.focus()
    for words in ("permis", "à Lure"):
        page.keyboard.type(words)
        page.keyboard.press("Enter")
    expect(page.locator(".turn.person")).to_have_count(1)
    expect(field).to_have_value("à Lure")
    if works:
        on_their_way[0].continue_()
        expect(page.locator(".turn.person")).to_have_text(["Vous : permis", "Vous : à Lure"])
        expect(page.locator(".kind-slots")).to_be_visible()
        expect(field).to_have_value("")
    else:
        refused = {"status": 422, "title": "Demande à corriger", "detail": "Message refusé."}
        on_their_way[0].fulfill(status=422, content_type="application/problem+json", json=refused)
        expect(page.get_by_text("Message refusé.")).to_be_visible()
        expect(field).to_have_value("permis à Lure")


def test_after_the_visit_the_person_says_what_became_of_it(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(page)
    say(page, "à Lure")
    page.locator(".times .choice").first.click()
    code = page.locator(".appointment .code strong").inner_text()
    later = Services.now(None) + timedelta(days=30)  # type: ignore[arg-type]
    monkeypatch.setattr(Services, "now", lambda self: later)
    page.goto("/rendez-vous")
    page.get_by_label("Code du rendez-vous").fill(code)
    page.get_by_label("Nom ou téléphone").fill("roy")
    page.get_by_role("button", name="Voir mon rendez-vous").click()
    expect(page.get_by_text("votre demande est-elle réglée ?")).to_be_visible()
    expect(page.get_by_role("button", name="Annuler le rendez-vous")).to_have_count(0)
    page.get_by_label("Oui, c'est réglé").check()
    page.get_by_role("button", name="Envoyer ma réponse").click()
    expect(page.get_by_text("Merci, votre réponse est notée.")).to_be_visible()
    expect(page.get_by_label("Oui, c'est réglé")).to_be_checked()


def test_the_conversation_is_a_polite_log_and_the_field_is_labelled(page: Page) -> None:
    opened(page)
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("textbox", name="Votre message")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for name in ("Recommencer", "Parler à quelqu'un", "En plus simple"):
        expect(page.get_by_role("button", name=name)).to_be_visible()


def test_a_taken_choice_is_marked_and_the_others_still_work(page: Page) -> None:
    opened(page)
    say(page, "permis")
    page.get_by_role("button", name="Volé").click()
    expect(page.get_by_role("button", name="Volé")).to_be_disabled()
    page.get_by_role("button", name="Perdu").click()
    expect(page.locator(".kind-documents")).to_have_count(3)
    expect(page.locator(".kind-documents").last).to_contain_text("Ce n'est pas nécessaire")


def test_the_last_answer_is_taken_back(page: Page, engine: Any) -> None:
    opened(page)
    say(page, "permis")
    page.get_by_role("button", name="Volé").click()
    expect(page.locator(".kind-documents")).to_have_count(2)
    page.get_by_role("button", name="Annuler ma dernière réponse").click()
    expect(page.locator(".kind-documents")).to_have_count(1)
    expect(page.get_by_role("button", name="Volé")).to_be_enabled()
    expect(page.locator(".turn.person")).to_have_count(1)


def test_it_says_how_many_questions_are_left(page: Page) -> None:
    opened(page)
    say(page, "permis")
    expect(page.get_by_text("C'est la dernière question.")).to_be_visible()


def test_the_places_are_drawn_and_said(page: Page) -> None:
    opened(page)
    say(page, "à Lure")
    plan = page.get_by_role("img", name=re.compile("Plan : Lure au milieu"))
    expect(plan).to_be_visible()
    assert plan.locator(".spot").count() == page.locator(".kind-places .card").count()
    expect(page.locator(".kind-places .card").nth(1)).to_contain_text(re.compile(r"à \d+(,\d)? km (au|à l')"))


def test_in_simpler_words_is_remembered(page: Page) -> None:
    opened(page)
    say(page, "permis")
    page.get_by_role("button", name="En plus simple").click()
    expect(page.get_by_role("button", name="Avec plus de détails")).to_be_visible()
    expect(page.locator(".documents .picto").first).to_be_visible()
    page.get_by_role("button", name="Avec plus de détails").click()
    expect(page.locator(".documents .picto")).to_have_count(0)


def test_an_opinion_is_thanked_for_and_kept(page: Page) -> None:
    opened(page)
    say(page, "permis")
    page.get_by_text("Cette liste vous aide-t-elle ?").click()
    page.get_by_label("Il manque quelque chose").check()
    page.get_by_role("button", name="Non").click()
    expect(page.get_by_text("Merci. Votre réponse")).to_be_visible()


def test_the_agent_may_read_it_only_if_the_person_says_so(page: Page) -> None:
    opened(page)
    say(page, "à Lure")
    page.locator(".kind-slots .times button").first.click()
    page.get_by_text("L'agent peut-il lire cette conversation ?").click()
    page.get_by_role("button", name="Oui, il peut la lire").click()
    expect(page.get_by_text("C'est noté : l'agent qui vous reçoit pourra lire")).to_be_visible()


def test_a_list_can_be_kept_and_sent(page: Page) -> None:
    opened(page)
    say(page, "permis")
    page.get_by_text("Imprimer, garder ou envoyer").click()
    mail = page.get_by_role("link", name="Envoyer par e-mail").get_attribute("href") or ""
    assert mail.startswith("mailto:?subject=") and "justificatif%20de%20domicile" in mail
    expect(page.get_by_role("link", name="Ouvrir la liste seule")).to_have_attribute(
        "href", "/demarches/interieur/permis_perte_vol#liste"
    )


def test_an_emergency_stands_out_with_numbers_to_call(page: Page) -> None:
    opened(page)
    say(page, "mon mari me frappe")
    expect(page.get_by_role("link", name="Appeler le 17")).to_have_attribute("href", "tel:17")
    expect(page.get_by_role("link", name="Appeler le 3919")).to_have_attribute("href", "tel:3919")


def test_a_fault_of_the_server_is_told_in_french(page: Page) -> None:
    opened(page)

    def broken(route: Route) -> None:
        route.fulfill(status=502, body="<html>Bad gateway</html>", content_type="text/html")

    page.route("**/conversation", broken)
    say(page, "bonjour")
    expect(page.get_by_role("alert")).to_contain_text("Une erreur s'est produite de notre côté")
    expect(page.get_by_label("Votre message")).to_have_value("bonjour")


def test_the_page_waits_while_the_assistant_starts(page: Page, engine: Any) -> None:
    """The message that was sent meanwhile is answered, once."""
    engine.ready = False
    opened(page)
    say(page, "bonjour")
    expect(page.get_by_role("status")).to_have_text("L'assistant démarre, encore quelques secondes.")
    engine.ready = True
    expect(page.locator(".turn.assistant").last).to_contain_text("Vous avez dit : bonjour")
    expect(page.get_by_role("status")).to_have_text("")
    assert engine.heard == ["bonjour"]


def test_a_conversation_that_ended_gives_way_to_a_new_one(page: Page, engine: Any) -> None:
    opened(page)
    say(page, "bonjour")
    expect(page.locator(".turn.person")).to_have_count(1)
    engine.turns.clear()
    say(page, "permis")
    expect(page.get_by_role("checkbox")).to_have_count(3)


def test_erasing_asks_first_and_leaves_nothing(page: Page, engine: Any) -> None:
    opened(page)
    say(page, "bonjour")
    expect(page.locator(".turn.assistant").last).to_contain_text("bonjour")
    (conversation,) = engine.turns
    page.get_by_text("Effacer ma conversation").click()
    page.get_by_role("button", name="Oui, tout effacer").click()
    expect(page.get_by_text("Votre conversation est effacée")).to_be_visible()
    expect(page.locator(".turn.person")).to_have_count(0)
    assert conversation not in engine.turns
    assert page.context.cookies() == []
    assert page.evaluate("sessionStorage.length") == 0


def test_a_message_that_is_too_long_is_told_before_it_is_sent(page: Page, engine: Any) -> None:
    opened(page)
    say(page, "a" * 1010)
    expect(page.get_by_role("alert")).to_contain_text("Message trop long de 10 caractères")
    assert engine.heard == []


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_overflows_and_every_control_can_be_touched(page: Page, width: int) -> None:
    """320 px is also a 1280 px screen at 400 %."""
    page.set_viewport_size({"width": width, "height": 640})
    opened(page)
    say(page, "permis")
    expect(page.get_by_role("checkbox")).to_have_count(3)
    say(page, "à Lure")
    page.locator(".times .choice").first.click()
    expect(page.locator(".appointment")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, .documents label, .phone, .button')]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"""
    )
    assert small == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_the_theme_have_the_contrast_wcag_asks_for(theme: str) -> None:
    css = (STATIC / "theme.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", light if theme == "light" else dark))
    texts = [(name, back) for name in ("text", "muted", "accent", "danger", "good") for back in ("page", "surface")]
    texts += [("accent-text", "accent"), ("person-text", "person"), ("surface", "danger"), ("text", "danger-soft")]
    texts += [("warning", "warning-soft"), ("text", "warning-soft"), ("accent", "accent-soft")]
    for front, back in texts:
        assert contrast(colours[front], colours[back]) >= 4.5, (front, back)
    for front, back in (("line", "surface"), ("line", "page"), ("focus", "page"), ("focus", "surface")):
        assert contrast(colours[front], colours[back]) >= 3, (front, back)


def contrast(first: str, second: str) -> float:
    """WCAG's ratio, 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
