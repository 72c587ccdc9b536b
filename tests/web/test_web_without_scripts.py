"""Without JavaScript: the same way from a message to a booking, with forms alone."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import opened, say


@pytest.fixture
def plain(browser: Browser, address: str) -> Iterator[Page]:
    """A browser that runs no script."""
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 360, "height": 740}, base_url=address, locale="fr-FR"
    )
    yield context.new_page()
    context.close()


def test_from_a_message_to_a_booked_appointment_and_its_slip(plain: Page) -> None:
    plain.goto("/")
    plain.get_by_label("Votre demande").fill("j'ai perdu mon permis")
    plain.get_by_role("button", name="Envoyer").click()
    expect(plain.get_by_role("checkbox")).to_have_count(3)
    plain.get_by_role("button", name="Volé").click()
    expect(plain.locator(".kind-documents")).to_have_count(2)
    say(plain, "à Lure")
    plain.locator(".times .choice").first.click()
    expect(plain.locator(".appointment .code strong")).to_have_text(re.compile(r"\w{4}-\w{4}"))
    plain.reload()
    expect(plain.locator(".appointment")).to_have_count(1)
    expect(plain.locator(".turn.person")).to_have_count(4)
    with plain.expect_popup() as popup:
        plain.get_by_role("button", name="Imprimer le rendez-vous").click()
    expect(popup.value.get_by_text("Un justificatif de domicile")).to_be_visible()


def test_the_last_answer_is_taken_back_and_the_conversation_erased(plain: Page) -> None:
    opened(plain)
    say(plain, "permis")
    plain.get_by_role("button", name="Annuler ma dernière réponse").click()
    expect(plain.locator(".turn.person")).to_have_count(0)
    plain.get_by_role("button", name="Annuler ma dernière réponse").click()
    expect(plain.get_by_role("alert")).to_contain_text("Il n'y a rien à reprendre")
    plain.get_by_text("Effacer ma conversation").click()
    plain.get_by_role("button", name="Oui, tout effacer").click()
    expect(plain.get_by_text("Votre conversation est effacée.")).to_be_visible()


def test_an_opinion_and_simpler_words(plain: Page) -> None:
    opened(plain)
    say(plain, "permis")
    plain.get_by_text("Cette liste vous aide-t-elle ?").click()
    plain.get_by_role("button", name="Oui").click()
    expect(plain.get_by_text("Merci. Votre réponse")).to_be_visible()
    plain.get_by_role("button", name="En plus simple").click()
    expect(plain.locator(".picto").first).to_be_visible()


def test_what_cannot_be_read_comes_back_with_a_word_of_why(plain: Page) -> None:
    opened(plain)
    say(plain, "a" * 1001)
    expect(plain.get_by_role("alert")).to_contain_text("trop long")
    expect(plain.get_by_label("Votre message")).to_have_value("a" * 1001)


def test_a_procedure_s_page_leads_to_the_conversation(plain: Page) -> None:
    plain.goto("/demarches/interieur/permis_perte_vol")
    plain.get_by_role("link", name="Prendre rendez-vous").click()
    plain.get_by_role("button", name="Continuer : Permis perdu ou volé").click()
    expect(plain.locator(".turn.person")).to_contain_text("Permis perdu ou volé")
