"""Pictures of every state of the citizen's pages, on a telephone and on a desktop, into docs/images/ and docs/captures.md.

    python scripts/screenshots.py http://127.0.0.1:8000

The assistant must be running there. Look at each picture: that is what they are for.
"""

import shutil
import sys
from collections.abc import Callable
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.settings import PROJECT

IMAGES = PROJECT / "docs" / "images"
PAGE = PROJECT / "docs" / "captures.md"
SHAPES = ({"width": 360, "height": 740}, {"width": 1280, "height": 800})
TALLEST = 1800
expect.set_options(timeout=60_000)
GAP, BACKGROUND = 24, "#8a8a8a"


def say(page: Page, text: str) -> None:
    """Type, send, and wait for the answer."""
    turns = page.locator(".turn.assistant:not([hidden])").count()
    page.get_by_label("Votre message").fill(text)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator(".log .turn.assistant")).not_to_have_count(turns, timeout=60_000)
    page.wait_for_timeout(800)


def conversation(page: Page, *texts: str) -> None:
    """A new conversation, so far."""
    page.context.clear_cookies()
    page.goto("/conversation")
    for text in texts:
        say(page, text)


def documents(page: Page) -> None:
    """What to bring."""
    conversation(page, "j'ai perdu mon permis de conduire")


def opinion(page: Page) -> None:
    """What can be done with the list, unfolded."""
    documents(page)
    page.get_by_text("Imprimer, garder ou envoyer").last.click()
    page.get_by_text("Cette liste vous aide-t-elle ?").last.click()


def slots(page: Page) -> None:
    """Places and slots."""
    conversation(page, "un rendez-vous à Lure pour ma carte grise")


def booked(page: Page) -> None:
    """An appointment."""
    slots(page)
    page.locator(".times .choice").first.click()
    expect(page.get_by_text("votre nom").last).to_be_visible()
    say(page, "Anna Roy 06 39 98 00 06")


def slip(page: Page) -> None:
    """Half a sheet to take along."""
    booked(page)
    form = page.locator(".appointment form")
    form.evaluate("form => form.removeAttribute('target')")
    form.get_by_role("button", name="Imprimer le rendez-vous").click()
    expect(page.get_by_text("Au nom de")).to_be_visible()


def simple(page: Page) -> None:
    """The same answer in simpler words."""
    conversation(page, "bonjour")
    page.get_by_role("button", name="En plus simple").click()
    expect(page.get_by_role("button", name="Avec plus de détails")).to_be_visible()
    say(page, "j'ai perdu mon permis de conduire")


def offline(page: Page) -> None:
    """A message that waits."""
    conversation(page, "bonjour")
    page.context.set_offline(True)
    page.get_by_label("Votre message").fill("j'ai perdu mon permis")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("Pas de connexion")).to_be_visible()


def erasing(page: Page) -> None:
    """The question before everything is erased."""
    conversation(page, "bonjour")
    page.get_by_text("Effacer ma conversation").click()


STATES: list[tuple[str, str, Callable[[Page], object]]] = [
    ("accueil", "La page d'accueil", lambda page: page.goto("/")),
    ("debut", "Avant le premier message", lambda page: page.goto("/conversation")),
    ("documents", "Les documents, et la question qui les précise", documents),
    ("avis", "Imprimer, envoyer, donner son avis", opinion),
    ("creneaux", "Les lieux et les créneaux", slots),
    ("rendez-vous", "Le rendez-vous pris", booked),
    ("bulletin", "Le bulletin à imprimer (A5)", slip),
    ("simple", "En plus simple", simple),
    ("urgence", "Une urgence", lambda page: conversation(page, "mon mari me frappe")),
    ("quelquun", "Parler à quelqu'un", lambda page: conversation(page, "je veux parler à quelqu'un à Lure")),
    ("refus", "Ce que l'assistant ne sait pas faire", lambda page: conversation(page, "quelle est la capitale du Pérou ?")),
    ("hors-ligne", "Sans connexion : le message attend", offline),
    ("effacer", "Effacer la conversation", erasing),
    ("mon-rendez-vous", "Retrouver son rendez-vous", lambda page: page.goto("/rendez-vous")),
    ("aide", "L'aide en arabe, avec le téléphone du lieu", lambda page: page.goto("/aide/ar?lieu=Lure")),
]  # fmt: skip


def picture(browser: Browser, address: str, shape: dict[str, int], reach: Callable[[Page], object]) -> Image.Image:
    """One state on one screen, as long as it is."""
    context = browser.new_context(base_url=address, locale="fr-FR", viewport=shape)  # type: ignore[arg-type]
    page = context.new_page()
    reach(page)
    # stuck to the bottom of the window, the field would cover the middle of a picture of the whole page
    page.evaluate("for (const field of document.querySelectorAll('.composer')) field.style.position = 'static'")
    taken = Image.open(BytesIO(page.screenshot(full_page=True)))
    context.close()
    # of a long conversation, the end
    first = max(0, taken.height - TALLEST)
    return taken.crop((0, first, taken.width, taken.height)).convert("RGB")


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """The telephone, then the desktop."""
    sheet = Image.new(
        "RGB", (sum(p.width + GAP for p in pictures) + GAP, max(p.height for p in pictures) + 2 * GAP), BACKGROUND
    )
    left = GAP
    for each in pictures:
        sheet.paste(each, (left, GAP))
        left += each.width + GAP
    return sheet


def main(address: str) -> None:
    """Every state."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    lines = ["# Les pages, état par état", "", "Faites par `python scripts/screenshots.py`, sur un téléphone (360 px) et un écran (1280 px).", ""]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, title, reach in STATES:
            sheet = side_by_side([picture(browser, address, shape, reach) for shape in SHAPES])
            sheet.save(IMAGES / f"{name}.jpg", quality=72, optimize=True)
            lines += [f"## {title}", "", f"![{title}](images/{name}.jpg)", ""]
        browser.close()
    PAGE.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
