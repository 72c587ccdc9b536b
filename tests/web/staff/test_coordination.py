"""The coordinator's page and table."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from assistant.staff.accounts import Role
from assistant.storage.tables import Conversation
from assistant.web.staff.coordination import _harmless
from tests.web.conftest import PROCEDURE
from tests.web.staff.conftest import Browser, World, sign_in_page
from tests.web.test_web_xss import PAYLOADS


def talk(world: World, count: int, procedure: str = PROCEDURE) -> None:
    now, departement = world.services.now(), world.places()[0].departement
    with world.services.database.write() as session:
        for number in range(count):
            session.add(
                Conversation(
                    id=f"{procedure}-{number}", started_at=now, last_message_at=now, turns=1, channel="web",
                    procedures=[procedure], departement=departement, shared=False,
                )
            )  # fmt: skip


def test_a_coordinator_sees_the_figures_of_their_departement(world: World, sign_in: Callable[..., Browser]) -> None:
    talk(world, 12)
    page = sign_in(Role.COORDINATOR).get("/coordination").text
    assert "Permis perdu ou volé" in page and ">10<" in page and ">12<" not in page
    month = f"{world.services.now() - timedelta(days=60):%Y-%m}"
    assert (
        "Permis perdu ou volé" not in sign_in(Role.COORDINATOR, login="c2").get(f"/coordination?periode={month}").text
    )


@pytest.mark.parametrize("path", ["/coordination", "/coordination/chiffres.csv"])
def test_another_departement_is_as_one_that_does_not_exist(
    sign_in: Callable[..., Browser], world: World, path: str
) -> None:
    browser = sign_in(Role.COORDINATOR)
    own = world.places()[0].departement
    other = next(p.departement for p in world.services.directory.places() if p.departement != own)
    answers = [browser.get(f"{path}?departement={code}") for code in (other, "00", "zz")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({answer.text for answer in answers}) == 1
    assert browser.get(f"{path}?departement={own}").status_code == 200
    assert browser.get(f"{path}?periode=2026-11-03").status_code == 422


def test_the_table_is_read_by_a_spreadsheet_and_runs_nothing(world: World, sign_in: Callable[..., Browser]) -> None:
    talk(world, 12)
    talk(world, 6, procedure="=cmd|calc/x")
    answer = sign_in(Role.COORDINATOR).get("/coordination/chiffres.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    assert ["demandes par démarche", "Permis perdu ou volé", "France Titres", "10"] in rows
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]
    assert _harmless("=1+1") == "'=1+1"


def test_from_one_month_to_another(world: World, sign_in: Callable[..., Browser]) -> None:
    talk(world, 12)
    browser, now = sign_in(Role.COORDINATOR), world.services.now()
    first = f"{now - timedelta(days=70):%Y-%m}"
    asked = f"?periode={first}&jusqua={now:%Y-%m}"
    assert "Permis perdu ou volé" in browser.get(f"/coordination{asked}").text
    assert "Permis perdu ou volé" in browser.get(f"/coordination/chiffres.csv{asked}").text
    for wrong in (f"?periode={now:%Y-%m}&jusqua={first}", "?periode=2026-11&jusqua=%00", "?periode=\u0661"):
        assert browser.get(f"/coordination{wrong}").status_code == 422


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)])
def test_figures_are_accessible(page: Page, page_world: World, size: tuple[int, int]) -> None:
    talk(page_world, 12)
    talk(page_world, 30, procedure="caf/" + PAYLOADS[0])
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page_world.account(Role.COORDINATOR, login="carole")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    sign_in_page(page, "carole", "/coordination")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Chiffres")
    expect(page.get_by_role("table")).to_have_count(2)
    found = Axe().run(page).response["violations"]
    assert found == [], [each["id"] for each in found]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
