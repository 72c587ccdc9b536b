"""A day at a counter: who is expected, prepared sheets, who comes without, how it ended, two agents at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from sqlalchemy import event, select

from assistant.staff.accounts import Role
from assistant.storage.staff_tables import Visit
from assistant.storage.tables import Appointment, Message, Occupation, Outcome
from tests.web.conftest import PROCEDURE
from tests.web.staff.conftest import AWAY, HERE, Browser, World, sign_in_page
from tests.web.test_web_xss import PAYLOADS

SITUATION = {PROCEDURE: {"circonstance": "vole"}}


def day_of(world: World, code: str) -> str:
    """The page of an appointment's day."""
    view = world.services.visits.find(code, lambda _: True)
    return f"/agent/lieux/{view.place.id}?jour={view.start.date()}"


def visit_of(world: World, code: str) -> Any:
    return world.services.visits.find(code, lambda _: True)


def test_the_day_says_who_when_and_why(world: World, sign_in: Callable[..., Browser]) -> None:
    booked = [world.book(number=n, name=f"Personne {n}") for n in (3, 0, 6)]
    agent = sign_in(Role.AGENT)
    assert agent.get("/agent").url.path == f"/agent/lieux/{world.places()[HERE].id}"
    page = agent.get(day_of(world, booked[0].code)).text
    assert "Permis perdu ou volé" in page and "Attendu" in page
    assert [page.index(f"Personne {n}") for n in (0, 3, 6)] == sorted(page.index(f"Personne {n}") for n in (0, 3, 6))
    assert "Personne 0" in agent.get(day_of(world, booked[0].code).replace("?", "/semaine?")).text


def test_a_day_of_forty_is_one_query_more_than_an_empty_one(world: World, sign_in: Callable[..., Browser]) -> None:
    """The number of queries does not grow with the appointments."""
    agent, counted = sign_in(Role.AGENT), []
    event.listen(world.services.database.engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    codes = [world.book(number=n).code for n in (0, 2, 4, 6)]
    path = day_of(world, codes[0])
    for expected in (path, path.split("?")[0] + "?jour=2031-01-01"):
        counted.append("--")
        agent.get(expected)
    full, empty = (len(part) for part in _parts(counted))
    assert full == empty


def _parts(statements: list[str]) -> list[list[str]]:
    first, second = (i for i, statement in enumerate(statements) if statement == "--")
    return [statements[first + 1 : second], statements[second + 1 :]]


def test_the_sheet_is_prepared(world: World, sign_in: Callable[..., Browser]) -> None:
    booked = world.book(situation=SITUATION, booked_by="Sa fille")
    page = sign_in(Role.AGENT).get(f"/agent/rendez-vous/{booked.code}").text
    for words in (
        "Votre permis est-il perdu ou volé ?",
        "Volé",
        "Le récépissé de la déclaration",
        "Pas encore vu",
        "par Sa fille",
        "34 00",
    ):
        assert words in page, words
    assert "Ce qui a été dit" not in page


def test_what_is_ticked_and_noted_is_kept_without_forbidden_numbers(
    world: World, sign_in: Callable[..., Browser]
) -> None:
    booked, agent = world.book(), sign_in(Role.AGENT)
    given = {"vu": "", "document": ["identite"], "note": "NIR 1 54 03 75 056 120 60, revient jeudi"}
    assert agent.post(f"/agent/rendez-vous/{booked.code}", given).status_code == 303
    kept = visit_of(world, booked.code)
    assert (kept.documents, kept.note) == ({"identite"}, "NIR [numéro masqué], revient jeudi")
    assert "checked" in agent.get(f"/agent/rendez-vous/{booked.code}").text


@pytest.mark.parametrize("status", ["resolved", "to_continue", "redirected", "absent"])
def test_an_end_is_one_press_and_says_what_became_of_each_procedure(
    world: World, sign_in: Callable[..., Browser], status: str
) -> None:
    booked, agent = world.book(), sign_in(Role.AGENT)
    answer = agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "etat": status})
    assert answer.headers["location"] == day_of(world, booked.code)
    assert visit_of(world, booked.code).status == status
    with world.services.database.read() as session:
        said = session.scalars(select(Outcome)).all()
    assert [(row.procedure, row.said_by, row.outcome) for row in said] == [(PROCEDURE, "agent", status)]


def test_arriving_says_when(world: World, sign_in: Callable[..., Browser]) -> None:
    booked, agent = world.book(), sign_in(Role.AGENT)
    agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "etat": "arrived"})
    agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": visit_of(world, booked.code).seen, "etat": "in_progress"})
    with world.services.database.read() as session:
        (visit,) = session.scalars(select(Visit)).all()
        assert (visit.status, visit.arrived_at) == ("in_progress", world.services.now())
        assert session.scalars(select(Outcome)).all() == []


def test_two_agents_do_not_overwrite_each_other(world: World, sign_in: Callable[..., Browser]) -> None:
    """The second is told, sees the state, and finds the words typed again."""
    booked, first, second = world.book(), sign_in(Role.AGENT), sign_in(Role.AGENT, login="bob")
    first.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "etat": "arrived", "note": "carte vue"})
    answer = second.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "etat": "absent", "note": "personne ce matin"})
    assert answer.status_code == 409
    assert "Un collègue vient de modifier" in answer.text
    assert "carte vue\npersonne ce matin" in answer.text
    assert visit_of(world, booked.code).status == "arrived"
    seen = visit_of(world, booked.code).seen
    assert second.post(f"/agent/rendez-vous/{booked.code}", {"vu": seen, "etat": "absent"}).status_code == 303


def test_who_comes_without_appointment_is_two_presses_and_takes_no_slot(
    world: World, sign_in: Callable[..., Browser]
) -> None:
    place, agent = world.places()[HERE], sign_in(Role.AGENT)
    before = [slot.id for slot in world.services.bookings.slots(place, 30, world.services.now())]
    assert "Permis perdu ou volé" in agent.get(f"/agent/lieux/{place.id}/venue?q=permis").text
    answer = agent.post(f"/agent/lieux/{place.id}/venue", {"demarche": PROCEDURE})
    sheet = agent.get(answer.headers["location"]).text
    assert "Sans nom" in sheet and "Arrivé" in sheet and "Une pièce d&#39;identité" in sheet
    with world.services.database.read() as session:
        assert session.scalars(select(Occupation)).all() == session.scalars(select(Message)).all() == []
        (row,) = session.scalars(select(Appointment)).all()
    assert [slot.id for slot in world.services.bookings.slots(place, 30, world.services.now())] == before
    assert world.services.repair.stranded(place.id, world.services.now() - timedelta(hours=1)) is not None
    assert row.code in str(answer.headers["location"])
    assert agent.post(f"/agent/lieux/{place.id}/venue", {"demarche": "x/y"}).status_code == 404


def test_what_was_ticked_is_not_lost_to_a_colleague_s_change(world: World, sign_in: Callable[..., Browser]) -> None:
    booked, first, second = world.book(), sign_in(Role.AGENT), sign_in(Role.AGENT, login="bob")
    first.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "etat": "arrived"})
    page = second.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "document": ["identite"]}).text
    assert 'value="identite" checked' in page
    assert visit_of(world, booked.code).documents == frozenset()


def test_what_was_typed_is_not_lost_to_a_refusal(world: World, sign_in: Callable[..., Browser]) -> None:
    booked, agent = world.book(), sign_in(Role.AGENT)
    for given in ({"note": "x" * 2001}, {"note": "revient jeudi", "etat": "dancing"}):
        answer = agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "document": ["identite"], **given})
        assert answer.status_code == 422
        assert given["note"] in answer.text and 'value="identite" checked' in answer.text


def test_a_procedure_may_end_otherwise_than_the_visit_and_be_said_again(
    world: World, sign_in: Callable[..., Browser]
) -> None:
    booked, agent = world.book(), sign_in(Role.AGENT)
    result = f"resultat.{PROCEDURE}"

    def said() -> dict[str, str]:
        return world.services.feedback.concluded(booked.code, "agent")

    agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "etat": "resolved", result: "redirected"})
    assert said() == {PROCEDURE: "redirected"}
    seen = visit_of(world, booked.code).seen
    agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": seen, result: "to_continue"})
    assert said() == {PROCEDURE: "to_continue"}
    agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": seen, result: "dancing"})
    assert said() == {PROCEDURE: "resolved"}
    agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": seen, "etat": "in_progress"})
    assert said() == {}, "a visit that goes on again has not ended"


def test_the_day_counts_the_documents_seen(world: World, sign_in: Callable[..., Browser]) -> None:
    booked, agent = world.book(situation=SITUATION), sign_in(Role.AGENT)
    assert "0 document vu sur " in agent.get(day_of(world, booked.code)).text
    agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "document": ["identite", "of-no-list"]})
    assert "1 document vu sur " in agent.get(day_of(world, booked.code)).text


def test_a_cancelled_appointment_is_shown_and_not_changed(world: World, sign_in: Callable[..., Browser]) -> None:
    booked, agent = world.book(), sign_in(Role.AGENT)
    world.services.bookings.cancel(booked.code, "Anna Roy", world.services.now())
    assert "Annulé" in agent.get(day_of(world, booked.code)).text
    assert agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", "etat": "arrived"}).status_code == 422


def test_another_place_is_as_one_that_does_not_exist(world: World, sign_in: Callable[..., Browser]) -> None:
    booked, agent = world.book(AWAY), sign_in(Role.AGENT)
    foreign, absent = (agent.get(f"/agent/rendez-vous/{code}") for code in (booked.code, "2345-CFH9"))
    assert (foreign.status_code, foreign.text) == (absent.status_code, absent.text) == (404, absent.text)
    places = (world.places()[AWAY].id, "nowhere")
    assert len({agent.get(f"/agent/lieux/{place}").text for place in places}) == 1


@pytest.mark.parametrize("asked", ["2026-13-01", "demain", "\x00", "0001-01-01", "9999-12-31", "2026-11-23T10:00"])
def test_a_day_that_is_none_is_refused(world: World, sign_in: Callable[..., Browser], asked: str) -> None:
    place = world.places()[HERE].id
    answer = sign_in(Role.AGENT).client.get(f"/agent/lieux/{place}", params={"jour": asked})
    assert answer.status_code == 422 and "2026-11-23" in answer.text


@pytest.mark.parametrize(
    "given",
    [{"etat": "dancing"}, {"vu": "x" * 61}, {"note": "x" * 2001}, {"document": ["x" * 300] * 300}, {"vu": "\x00"}],
)
def test_nonsense_on_a_sheet_is_never_an_error_of_ours(
    world: World, sign_in: Callable[..., Browser], given: dict[str, Any]
) -> None:
    booked, agent = world.book(), sign_in(Role.AGENT)
    assert agent.post(f"/agent/rendez-vous/{booked.code}", {"vu": "", **given}).status_code in (303, 409, 413, 422)
    assert visit_of(world, booked.code).status == "expected"


@pytest.mark.parametrize("fragment", [{}, {"x-fragment": "1"}])
def test_what_was_said_is_shown_only_while_the_person_agrees(
    world: World, sign_in: Callable[..., Browser], client: TestClient, conversation: str, fragment: dict[str, str]
) -> None:
    def answer(agreed: str) -> str:
        given = {"conversation": conversation, "accord": agreed}
        return client.post("/conversation/partage", data=given, headers=fragment).raise_for_status().text

    sign = sign_in(Role.AGENT)
    sign.client.post(
        f"/api/conversations/{conversation}/messages", json={"text": "madame Kowalczyk a perdu son permis"}
    )
    booked = world.book(conversation=conversation)
    sheet = f"/agent/rendez-vous/{booked.code}"
    assert "Ce qui a été dit" not in sign.get(sheet).text
    assert "pourra lire cette conversation" in answer("oui")
    page = sign.get(sheet).text
    assert "madame [nom] a perdu son permis" in page and "Kowalczyk" not in page
    assert "personne ne lira" in answer("non")
    assert "Ce qui a été dit" not in sign.get(sheet).text


def test_whether_an_unknown_conversation_may_be_read_is_not_asked(client: TestClient) -> None:
    for conversation in ("", "unknown", "\x00"):
        given = {"conversation": conversation, "accord": "oui"}
        assert client.post("/conversation/partage", data=given, headers={"x-fragment": "1"}).status_code == 404


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)])
def test_the_console_is_accessible_and_runs_nothing_that_people_wrote(
    page: Page, page_world: World, size: tuple[int, int]
) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    codes = [page_world.book(number=n, name=payload[:100]).code for n, payload in enumerate(PAYLOADS[:6])]
    page_world.account(Role.AGENT, login="ada")
    place = page_world.places()[HERE].id
    sign_in_page(page, "ada", day_of(page_world, codes[0]))
    sheet = f"/agent/rendez-vous/{codes[0]}"
    paths = [
        day_of(page_world, codes[0]),
        day_of(page_world, codes[0]).replace("?", "/semaine?"),
        sheet,
        f"/agent/lieux/{place}/horaires",
        f"/agent/lieux/{place}/venue?q=permis",
    ]
    page.goto(sheet)
    page.get_by_label("Note").fill(PAYLOADS[0])
    page.get_by_role("button", name="Enregistrer").click()
    for path in paths:
        page.goto(path)
        found = Axe().run(page).response["violations"]
        assert found == [], (path, [(each["id"], each["nodes"][0]["html"]) for each in found])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert page.evaluate("window.taken") is None


def test_a_day_at_a_counter_seen_live_by_a_colleague(
    page: Page, page_world: World, browser: Chromium, address: str
) -> None:
    first = page_world.book(name="Anna Roy")
    page_world.account(Role.AGENT, login="ada")
    page_world.account(Role.AGENT, login="bob")
    sign_in_page(page, "ada", day_of(page_world, first.code))
    other = browser.new_context(base_url=address).new_page()
    sign_in_page(other, "bob", day_of(page_world, first.code))
    expect(page.get_by_role("link", name="Anna Roy")).to_be_visible()
    page.wait_for_timeout(2500)  # both have heard the present version
    page_world.book(number=3, name="Zoé Petit")
    expect(page.get_by_role("link", name="Zoé Petit")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("1 nouveau rendez-vous")
    other.get_by_role("link", name="Anna Roy").click()
    other.get_by_label("Une pièce d'identité").check()
    other.get_by_role("button", name="Réglé").click()
    expect(other.get_by_role("heading", level=1)).to_contain_text("novembre")
    expect(page.get_by_role("row", name="Anna Roy")).to_contain_text("Réglé")
    other.context.close()


def test_a_closure_is_made_and_its_appointments_repaired(page: Page, page_world: World) -> None:
    booked = page_world.book(name="Anna Roy")
    page_world.account(Role.AGENT, login="ada")
    place, day = page_world.places()[HERE].id, booked.start.date()
    sign_in_page(page, "ada", f"/agent/lieux/{place}/horaires")
    page.get_by_label("Du", exact=True).fill(f"{day}T00:00")
    page.get_by_label("Au", exact=True).fill(f"{day}T23:59")
    page.get_by_label("Raison").fill("Formation")
    page.get_by_role("button", name="Fermer").click()
    expect(page.get_by_text("Formation")).to_be_visible()
    expect(page.get_by_role("heading", name="1 rendez-vous sans personne")).to_be_visible()
    page.get_by_role("button", name="Les mettre sur la liste des appels").click()
    expect(page.get_by_text("1 à rappeler")).to_be_visible()
    page.get_by_role("button", name="C'est fait").click()
    expect(page.get_by_role("heading", name="À rappeler")).to_have_count(0)
    page.get_by_role("button", name="Déplacer automatiquement").click()
    expect(page.get_by_text("1 déplacé(s)")).to_be_visible()
    moved = visit_of(page_world, booked.code)
    assert (moved.place.id, moved.start) != (booked.place.id, booked.start)
    expect(page.get_by_role("heading", name="1 rendez-vous sans personne")).to_have_count(0)
    page.get_by_role("button", name="Enlever").click()
    expect(page.get_by_text("Aucune à venir.")).to_be_visible()


def test_without_scripts_the_counter_works(browser: Chromium, address: str, page_world: World) -> None:
    booked = page_world.book(name="Anna Roy")
    page_world.account(Role.AGENT, login="ada")
    plain = browser.new_context(java_script_enabled=False, base_url=address).new_page()
    sign_in_page(plain, "ada", day_of(page_world, booked.code))
    plain.get_by_role("link", name="Anna Roy").click()
    plain.get_by_role("button", name="Arrivé").click()
    expect(plain.locator("p .state")).to_have_text("Arrivé")
    plain.context.close()


def test_what_changes_while_the_page_opens_is_not_missed(page: Page, page_world: World) -> None:
    """The stream opens after the list was read: what is booked between the two comes in all the same."""
    booked = page_world.book(name="Anna Roy")
    page_world.account(Role.AGENT, login="ada")
    sign_in_page(page, "ada", "/agent")
    page.route("**/flux", lambda route: (page_world.book(number=3, name="Zoé Petit"), route.continue_()))
    page.goto(day_of(page_world, booked.code))
    expect(page.get_by_role("link", name="Zoé Petit")).to_be_visible()


def test_the_focus_stays_where_it_is_when_the_list_changes(page: Page, page_world: World) -> None:
    booked = page_world.book(number=3, name="Anna Roy")
    page_world.account(Role.AGENT, login="ada")
    sign_in_page(page, "ada", day_of(page_world, booked.code))
    page.get_by_role("link", name="Anna Roy").focus()
    page_world.book(name="Zoé Petit")
    expect(page.get_by_role("link", name="Zoé Petit")).to_be_visible()
    expect(page.get_by_role("link", name="Anna Roy")).to_be_focused()


def test_the_enter_key_changes_no_state(page: Page, page_world: World) -> None:
    booked = page_world.book(name="Anna Roy")
    page_world.account(Role.AGENT, login="ada")
    sign_in_page(page, "ada", f"/agent/rendez-vous/{booked.code}")
    box = page.get_by_label("Une pièce d'identité")
    box.check()
    box.press("Enter")
    expect(page.locator("input[name=vu]")).not_to_have_value("")
    assert visit_of(page_world, booked.code).status == "expected"
    assert visit_of(page_world, booked.code).documents == {"identite"}


def test_what_is_printed_is_the_list_and_the_sheet_alone(page: Page, page_world: World) -> None:
    booked = page_world.book(name="Anna Roy", situation=SITUATION)
    page_world.account(Role.AGENT, login="ada")
    sign_in_page(page, "ada", day_of(page_world, booked.code))
    page.emulate_media(media="print")
    expect(page.get_by_text("Anna Roy")).to_be_visible()
    for path in (day_of(page_world, booked.code), f"/agent/rendez-vous/{booked.code}"):
        page.goto(path)
        assert page.locator("button:visible, nav:visible, header.banner:visible").count() == 0, path
    expect(page.get_by_text("Une pièce d'identité").first).to_be_visible()
