"""The citizen's page in a real browser; the engine is a stand-in, all the rest runs."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, expect

from assistant.app import Services
from assistant.settings import Settings
from assistant.web.app import create_app
from assistant.web.pages import STATIC

expect.set_options(timeout=15_000)


@pytest.fixture
def address(settings: Settings, engine: Any, free_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real server on a free port."""
    fixed = Services.now(None)  # type: ignore[arg-type]
    monkeypatch.setattr(Services, "now", lambda self: fixed)
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings, engine=engine), port=free_port, ws="none", log_level="error")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{free_port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A telephone; the test fails on a script error, a blocked resource or a request to another site."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-FR", base_url=address)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(address) else None)
    page.set_default_timeout(15_000)
    yield page
    context.close()
    assert wrong == []


def opened(page: Page) -> Page:
    page.goto("/")
    expect(page.locator(".turn.assistant")).to_have_count(1)
    return page


def say(page: Page, text: str) -> None:
    page.get_by_label("Votre message").fill(text)
    page.get_by_role("button", name="Envoyer").click()


def test_from_a_sentence_to_a_booked_appointment_that_a_reload_keeps(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="J'ai perdu mon permis de conduire").click()
    expect(page.get_by_role("checkbox")).to_have_count(3)
    page.get_by_label("Une pièce d'identité").check()
    page.get_by_role("button", name="Volé").click()
    expect(page.locator(".kind-documents")).to_have_count(2)
    say(page, "à Lure")
    expect(page.locator(".places, .kind-places .card").first).to_contain_text("France services de Lure")
    expect(page.locator(".times .choice").first).to_be_visible()
    page.locator(".times .choice").nth(2).click()
    code = page.locator(".appointment .code strong")
    expect(code).to_have_text(re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}"))
    booked = code.inner_text()
    page.reload()
    expect(page.locator(".appointment .code strong")).to_have_text(booked)
    expect(page.locator(".turn.person")).to_have_count(4)
    with page.expect_download() as download:
        page.get_by_role("link", name="Ajouter à mon agenda").click()
    assert "BEGIN:VEVENT" in Path(download.value.path()).read_text(encoding="utf-8")


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


def test_the_keyboard_alone_is_enough_and_the_focus_is_never_lost(page: Page) -> None:
    opened(page)
    page.get_by_label("Votre message").focus()
    page.keyboard.type("bonjour")
    page.keyboard.press("Enter")
    expect(page.locator(".turn.assistant")).to_have_count(2)
    expect(page.get_by_label("Votre message")).to_be_focused()
    page.get_by_role("button", name="Permis perdu").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".turn.assistant")).to_have_count(3)
    expect(page.locator(".turn.assistant").last).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.turn') !== null")


def test_the_conversation_is_a_polite_log_and_the_field_is_labelled(page: Page) -> None:
    opened(page)
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("textbox", name="Votre message")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for name in ("Recommencer", "Parler à quelqu'un", "Effacer ma conversation"):
        expect(page.get_by_role("button", name=name)).to_be_visible()


def test_a_taken_choice_is_marked_and_the_others_still_work(page: Page) -> None:
    opened(page)
    say(page, "permis")
    page.get_by_role("button", name="Volé").click()
    expect(page.get_by_role("button", name="Volé")).to_be_disabled()
    page.get_by_role("button", name="Perdu").click()
    expect(page.locator(".kind-documents")).to_have_count(3)
    expect(page.locator(".kind-documents").last).to_contain_text("Ce n'est pas nécessaire")


def test_what_is_said_is_never_read_as_html(page: Page) -> None:
    opened(page)
    say(page, "<img src=x onerror=\"document.title='pris'\"><b>gras</b>")
    expect(page.locator(".turn.assistant").last).to_contain_text("<b>gras</b>")
    assert page.locator(".log img, .log b").count() == 0
    assert page.title() != "pris"


def test_an_emergency_stands_out_with_numbers_to_call(page: Page) -> None:
    opened(page)
    say(page, "mon mari me frappe")
    expect(page.get_by_role("link", name="Appeler le 17")).to_have_attribute("href", "tel:17")
    expect(page.get_by_role("link", name="Appeler le 3919")).to_have_attribute("href", "tel:3919")


def test_a_message_lost_once_is_sent_again_by_itself(page: Page) -> None:
    opened(page)
    failures = iter((True, False))
    page.route("**/messages", lambda route: route.abort() if next(failures, False) else route.continue_())
    say(page, "bonjour")
    expect(page.locator(".turn.assistant").last).to_contain_text("Vous avez dit : bonjour")
    expect(page.locator(".turn.person")).to_have_count(1)


def test_a_message_that_cannot_be_sent_comes_back_in_the_field_with_a_word_of_why(page: Page) -> None:
    opened(page)
    page.route("**/messages", lambda route: route.abort())
    say(page, "j'ai perdu mon permis")
    expect(page.get_by_role("alert")).to_contain_text("vérifiez votre connexion")
    expect(page.get_by_label("Votre message")).to_have_value("j'ai perdu mon permis")
    page.unroute("**/messages")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("checkbox")).to_have_count(3)
    expect(page.get_by_role("alert")).to_have_text("")


def test_a_choice_that_cannot_be_sent_can_be_sent_again(page: Page) -> None:
    opened(page)
    say(page, "permis")
    expect(page.get_by_role("button", name="Volé")).to_be_visible()
    page.route("**/messages", lambda route: route.abort())
    page.get_by_role("button", name="Volé").click()
    expect(page.get_by_role("button", name="Renvoyer")).to_be_visible()
    page.unroute("**/messages")
    page.get_by_role("button", name="Renvoyer").click()
    expect(page.locator(".kind-documents")).to_have_count(2)


def test_a_fault_of_the_server_is_told_in_french(page: Page) -> None:
    opened(page)

    def broken(route: Route) -> None:
        route.fulfill(status=502, body="<html>Bad gateway</html>", content_type="text/html")

    page.route("**/messages", broken)
    say(page, "bonjour")
    expect(page.get_by_role("alert")).to_contain_text("Une erreur s'est produite de notre côté")
    expect(page.get_by_label("Votre message")).to_have_value("bonjour")


def test_the_page_waits_while_the_assistant_starts(page: Page, engine: Any) -> None:
    engine.ready = False
    page.goto("/")
    expect(page.get_by_role("status")).to_have_text("L'assistant démarre, encore quelques secondes.")
    engine.ready = True
    expect(page.locator(".turn.assistant")).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("")


def test_a_conversation_that_ended_gives_way_to_a_new_one(page: Page, engine: Any) -> None:
    opened(page)
    engine.turns.clear()
    say(page, "bonjour")
    expect(page.locator(".log")).to_contain_text("La conversation précédente est terminée")
    expect(page.locator(".turn.assistant").last).to_contain_text("Vous avez dit : bonjour")


def test_erasing_asks_first_and_leaves_nothing(page: Page, engine: Any) -> None:
    opened(page)
    say(page, "bonjour")
    expect(page.locator(".turn.assistant")).to_have_count(2)
    (conversation,) = engine.turns
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Effacer ma conversation").click()
    expect(page.locator(".log")).to_contain_text("Votre conversation est effacée")
    expect(page.locator(".turn.person")).to_have_count(0)
    assert conversation not in engine.turns


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
