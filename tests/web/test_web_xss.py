"""Sixty ways to have a script run, through the message, the name and the telephone: none does, and the policy blocks nothing.

That the policy has nothing to block says that nothing got as far as being HTML.
"""

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import PROCEDURE, opened, say

TAGS = [
    "<script>{}</script>",
    "<ScRiPt>{}</sCrIpT>",
    "<script src=//example.org/x.js></script>",
    "<script>{}//",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<img src=x onerror={}>",
    "<img src=x onerror='{}'>",
    '<img src="x" onerror="{}">',
    "<img/src=x/onerror={}>",
    "<IMG SRC=javascript:{}>",
    "<img src=`x`onerror={}>",
    "<svg onload={}>",
    "<svg/onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<svg><use href=data:image/svg+xml,<svg id=x onload={}>#x>",
    "<body onload={}>",
    "<iframe src=javascript:{}>",
    "<iframe srcdoc='<script>{}</script>'>",
    "<object data=javascript:{}>",
    "<embed src=javascript:{}>",
    "<a href=javascript:{}>ici</a>",
    '<a href="javascript:{}">ici</a>',
    "<a href='java\tscript:{}'>ici</a>",
    "<form action=javascript:{}><button>ici</button></form>",
    "<button formaction=javascript:{}>ici</button>",
    "<input autofocus onfocus={}>",
    "<select autofocus onfocus={}>",
    "<textarea autofocus onfocus={}>",
    "<details open ontoggle={}>",
    "<video src=x onerror={}>",
    "<audio src=x onerror={}>",
    "<video><source onerror={}></video>",
    "<marquee onstart={}>",
    "<style>@import 'javascript:{}';</style>",
    "<style onload={}></style>",
    "<link rel=stylesheet href=javascript:{} onerror={}>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<base href=javascript:{}//>",
    "<math><mi xlink:href=javascript:{}>x</mi></math>",
    "<template><script>{}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<div style=\"background:url('javascript:{}')\">",
    "<div onmouseover={} style='position:fixed;inset:0'>",
    "<xss id=x tabindex=1 onfocus={}></xss>",
    "</textarea><script>{}</script>",
    "</p></div><script>{}</script>",
    '"><script>{}</script>',
    "'><img src=x onerror={}>",
    '" onfocus={} autofocus x="',
    "' onmouseover={} x='",
    "javascript:{}",
    "data:text/html,<script>{}</script>",
    "{{{{constructor.constructor('{}')()}}}}",
    "${{{}}}",
    "{{% raw %}}<script>{}</script>{{% endraw %}}",
    "<!--><script>{}</script>-->",
    "<![CDATA[<script>{}</script>]]>",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;script&#62;{}&#60;/script&#62;",
    "%3Cscript%3E{}%3C/script%3E",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
]
PAYLOADS = [tag.format(*["window.taken=1"] * tag.replace("{{", "").count("{}")) for tag in TAGS]
WATCH = """
    window.taken = 0;
    window.reports = [];
    document.addEventListener('securitypolicyviolation', (event) => window.reports.push(event.violatedDirective));
"""


@pytest.fixture
def watched(page: Page) -> Page:
    """Tells of a script that ran and of whatever the policy had to stop."""
    page.add_init_script(WATCH)
    return page


def assert_nothing_ran(page: Page) -> None:
    page.wait_for_timeout(100)
    assert page.evaluate("[window.taken, window.reports]") == [0, []]


def test_there_are_sixty() -> None:
    assert len(set(PAYLOADS)) >= 60


def test_no_message_runs_in_the_conversation_or_after_a_reload(watched: Page) -> None:
    opened(watched)
    for number, payload in enumerate(PAYLOADS, start=1):
        if number % 25 == 0:
            watched.context.clear_cookies()  # another conversation: one is told to slow down
            opened(watched)
        said = watched.locator(".turn.person").count()
        say(watched, payload)
        expect(watched.locator(".turn.assistant").last).to_contain_text("Vous avez dit")
        expect(watched.locator(".turn.person")).to_have_count(said + 1)
        assert_nothing_ran(watched)
        if number % 12 == 0:
            watched.reload()
            assert_nothing_ran(watched)


def test_no_name_or_telephone_runs_on_the_appointment_or_its_slip(watched: Page, address: str) -> None:
    """Booked by the API, as anybody may; read on the page and on the slip."""
    with httpx.Client(base_url=address) as api:
        slots = [
            slot["id"] for slot in api.get("/api/places/exemple-lure/slots", params={"minutes": 15}).json()["slots"]
        ]
        for payload, slot in zip(PAYLOADS, slots, strict=False):
            body = {"slot": slot, "procedures": [PROCEDURE], "name": payload[:100], "phone": "06 39 98 00 06"}
            booked = api.post("/api/appointments", json=body, headers={"Idempotency-Key": f"key-{slot}"})
            bad_phone = api.post(
                "/api/appointments", json=body | {"phone": payload[:40]}, headers={"Idempotency-Key": f"bad-{slot}"}
            )
            assert bad_phone.status_code == 422
            if booked.status_code != 201:
                assert booked.status_code in (409, 422)
                continue
            watched.goto("/rendez-vous")
            watched.get_by_label("Code du rendez-vous").fill(booked.json()["code"])
            watched.get_by_label("Nom ou téléphone").fill("06 39 98 00 06")
            watched.get_by_role("button", name="Voir mon rendez-vous").click()
            expect(watched.locator(".appointment")).to_be_visible()
            assert_nothing_ran(watched)
            watched.get_by_role("button", name="Imprimer").click()
            expect(watched.get_by_text("Au nom de")).to_be_visible()
            assert_nothing_ran(watched)


def test_the_watch_sees_a_script_that_runs_and_one_that_is_stopped(browser: Browser, address: str) -> None:
    """The negative control."""
    page = browser.new_page(base_url=address)
    page.add_init_script(WATCH)
    opened(page)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.taken=1\">')")
    page.wait_for_function("window.reports.length > 0")
    with pytest.raises(AssertionError):
        assert_nothing_ran(page)
    page.evaluate("window.reports = []; window.taken = 1")
    with pytest.raises(AssertionError):
        assert_nothing_ran(page)
    page.close()
