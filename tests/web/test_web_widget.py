"""The widget on a town hall's site: another origin, a stylesheet that means no good, an allow-list."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from assistant.settings import Settings
from tests.web.conftest import settings_in

HOSTILE = """
* { display: none !important; all: unset !important; color: red !important; font-size: 80px !important; }
html, body, h1 { display: block !important; }
button, iframe, assistant-france-services { position: absolute !important; left: -9999px !important; }
.turn, .bubble, .log { visibility: hidden !important; }
"""
KIND = "h1 { color: rgb(1, 2, 3); }"
PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Mairie</title><style>{style}</style></head>
<body><h1>Mairie de Lure</h1><script src="{assistant}/static/embed.js" async></script></body></html>"""


@pytest.fixture
def town_hall() -> Iterator[Any]:
    """Another site; `serve(assistant, style)` says what its page holds and gives its address."""
    content: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(content["page"].encode())

        def log_message(self, *_: Any) -> None: ...

    # another name than 127.0.0.1: another site, whose frames have no cookies of ours but partitioned ones
    server = ThreadingHTTPServer(("localhost", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def serve(assistant: str, style: str) -> str:
        content["page"] = PAGE.format(style=style, assistant=assistant)
        return f"http://localhost:{server.server_port}"

    serve.origin = f"http://localhost:{server.server_port}"  # type: ignore[attr-defined]
    yield serve
    server.shutdown()


@pytest.fixture
def settings(tmp_path: Any, town_hall: Any) -> Settings:
    """An assistant that lets this town hall show it."""
    return settings_in(tmp_path, embedding_sites=(town_hall.origin,))


@pytest.fixture
def visit(browser: Browser) -> Iterator[Page]:
    """Somebody on the town hall's site."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-FR")
    yield context.new_page()
    context.close()


def opened_widget(page: Page) -> FrameLocator:
    page.get_by_role("button", name="Une démarche ?").click()
    return page.frame_locator("assistant-france-services iframe")


def say(frame: FrameLocator, text: str) -> None:
    frame.get_by_label("Votre message").fill(text)
    frame.get_by_role("button", name="Envoyer").click()


def test_nothing_is_asked_before_it_is_opened(visit: Page, address: str, town_hall: Any) -> None:
    asked: list[str] = []
    visit.on("request", lambda request: asked.append(request.url) if request.url.startswith(address) else None)
    visit.goto(town_hall(address, KIND))
    expect(visit.get_by_role("button", name="Une démarche ?")).to_be_visible()
    assert asked == [f"{address}/static/embed.js"]
    assert visit.context.cookies() == []


@pytest.mark.parametrize("style", [KIND, HOSTILE], ids=["kind", "hostile"])
def test_the_whole_way_inside_another_site(visit: Page, address: str, town_hall: Any, style: str) -> None:
    """Neither style leaks; a reload of the town hall's page finds the conversation again."""
    visit.goto(town_hall(address, style))
    before = visit.locator("h1").evaluate("element => getComputedStyle(element).color")
    frame = opened_widget(visit)
    expect(frame.get_by_text("assistant automatique")).to_be_visible()
    assert frame.get_by_label("Votre message").evaluate("e => getComputedStyle(e).fontSize") == "17px"
    say(frame, "permis")
    expect(frame.get_by_role("checkbox")).to_have_count(3)
    say(frame, "à Lure")
    frame.locator(".times .choice").first.click()
    expect(frame.locator(".appointment .code strong")).to_be_visible()
    assert visit.locator("h1").evaluate("element => getComputedStyle(element).color") == before


def test_a_reload_of_the_town_hall_s_page_finds_the_conversation_again(
    visit: Page, address: str, town_hall: Any
) -> None:
    visit.goto(town_hall(address, KIND))
    say(opened_widget(visit), "permis")
    expect(visit.frame_locator("iframe").get_by_role("checkbox")).to_have_count(3)
    visit.reload()
    expect(opened_widget(visit).get_by_role("checkbox")).to_have_count(3)


def test_it_opens_and_closes_by_keyboard(visit: Page, address: str, town_hall: Any) -> None:
    visit.goto(town_hall(address, KIND))
    button = visit.get_by_role("button", name="Une démarche ?")
    button.focus()
    visit.keyboard.press("Enter")
    frame = visit.frame_locator("assistant-france-services iframe")
    frame.get_by_label("Votre message").press("Escape")
    expect(visit.locator("assistant-france-services iframe")).to_be_hidden()
    expect(button).to_be_focused()


def test_a_site_that_is_not_on_the_list_shows_nothing(visit: Page, address: str, town_hall: Any) -> None:
    """The negative control: the same page under another name is refused by the browser."""
    home = town_hall(address, KIND).replace("localhost", "127.0.0.1")
    visit.goto(home)
    visit.get_by_role("button", name="Une démarche ?").click()
    visit.wait_for_timeout(1000)
    expect(visit.frame_locator("iframe").get_by_label("Votre message")).to_have_count(0)


def test_who_may_embed_is_said_by_one_header(address: str, town_hall: Any) -> None:
    framed, page = httpx.get(f"{address}/cadre"), httpx.get(f"{address}/conversation")
    assert f"frame-ancestors 'self' {town_hall.origin}" in framed.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed.headers
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert town_hall.origin not in page.headers["Content-Security-Policy"]
