"""Hours, closures, absences and counters edited by the place, and what becomes of the appointments concerned."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from assistant.staff.accounts import Role
from assistant.storage.tables import Closure, Message, Opening
from tests.web.staff.conftest import AWAY, HERE, Browser, World

CLOSURE = {"debut": "2026-11-23T00:00", "fin": "2026-12-24T23:59"}
HOURS = {"jour": "TH", "de": "14:00", "a": "16:30"}


def hours_of(world: World, place: int = HERE) -> str:
    """The page of a place's hours."""
    return f"/agent/lieux/{world.places()[place].id}/horaires"


def rows(world: World, table: Any) -> list[Any]:
    with world.services.database.read() as session:
        return list(session.scalars(select(table)))


@pytest.mark.parametrize(
    ("route", "given"),
    [
        ("fermeture", CLOSURE),
        ("reouverture", {"fermeture": "1"}),
        ("plage", HOURS),
        ("plage/retrait", {"plage": "0", "version": "0"}),
        ("guichets", {"guichets": "3"}),
        ("reparation", {"action": "deplacer"}),
        ("appel", {"message": "1"}),
    ],
)
def test_another_place_s_hours_are_as_absent_and_stay_as_they_are(
    world: World, sign_in: Callable[..., Browser], route: str, given: dict[str, str]
) -> None:
    agent, before = sign_in(Role.AGENT), world.places()[AWAY]
    foreign = agent.post(f"{hours_of(world, AWAY)}/{route}", given)
    absent = agent.post(f"/agent/lieux/nowhere/horaires/{route}", given)
    assert (foreign.status_code, foreign.text) == (absent.status_code, absent.text) == (404, absent.text)
    assert agent.get(hours_of(world, AWAY)).text == agent.get("/agent/lieux/nowhere/horaires").text
    assert world.places()[AWAY] == before


def test_a_closure_says_whom_it_leaves_and_the_list_of_calls_what_to_offer(
    world: World, sign_in: Callable[..., Browser]
) -> None:
    booked, agent, path = world.book(name="Anna Roy"), sign_in(Role.AGENT), hours_of(world)
    untouched = world.book(AWAY, name="Zoé Petit")
    assert "sans personne pour les recevoir" not in agent.get(path).text
    assert agent.post(f"{path}/fermeture", {**CLOSURE, "raison": "Travaux"}).status_code == 303
    page = agent.get(path).text
    assert "1 rendez-vous sans personne pour les recevoir" in page and booked.code in page and "Travaux" in page
    assert "À proposer :" in page and untouched.code not in page
    assert "1 à rappeler" in agent.post(f"{path}/reparation", {"action": "appeler"}).text
    (call,) = (message for message in rows(world, Message) if message.channel == "call")
    assert "À rappeler (1)" in agent.get(path).text and "06 39 98 00 06" in agent.get(path).text
    assert agent.post(f"{path}/appel", {"message": str(call.id)}).status_code == 303
    assert "À rappeler (" not in agent.get(path).text
    assert agent.post(f"{path}/appel", {"message": str(call.id)}).status_code == 422


def test_who_is_moved_has_another_slot_and_is_told(world: World, sign_in: Callable[..., Browser]) -> None:
    booked, agent, path = world.book(), sign_in(Role.AGENT), hours_of(world)
    agent.post(f"{path}/fermeture", CLOSURE)
    assert "1 déplacé(s)" in agent.post(f"{path}/reparation", {"action": "deplacer"}).text
    moved = world.services.visits.find(booked.code, lambda _: True)
    assert (moved.place.id, moved.start) != (booked.place.id, booked.start)
    assert any("déplacé" in message.subject for message in rows(world, Message))
    assert "sans personne pour les recevoir" not in agent.get(path).text
    assert agent.post(f"{path}/reparation", {"action": "danser"}).status_code == 422


def test_an_absence_shuts_one_counter_and_seats_people_at_the_other(
    world: World, sign_in: Callable[..., Browser]
) -> None:
    agent, path = sign_in(Role.AGENT), hours_of(world)
    assert agent.post(f"{path}/guichets", {"guichets": "2"}).status_code == 303
    assert world.places()[HERE].capacity == 2
    world.book()
    agent.post(f"{path}/fermeture", {**CLOSURE, "guichet": "1"})
    assert "guichet 1 absent" in agent.get(path).text
    assert "1 à un autre guichet" in agent.post(f"{path}/reparation", {"action": "appeler"}).text
    assert not any(message.channel == "call" for message in rows(world, Message))


def test_a_closure_is_undone(world: World, sign_in: Callable[..., Browser]) -> None:
    agent, path = sign_in(Role.AGENT), hours_of(world)
    agent.post(f"{path}/fermeture", CLOSURE)
    (closure,) = rows(world, Closure)
    for _ in range(2):  # a colleague was quicker
        assert agent.post(f"{path}/reouverture", {"fermeture": str(closure.id)}).status_code == 303
    assert rows(world, Closure) == [] and "Aucune à venir." in agent.get(path).text


def test_a_closure_of_another_place_is_not_undone_from_here(world: World, sign_in: Callable[..., Browser]) -> None:
    sign_in(Role.AGENT, place=AWAY).post(f"{hours_of(world, AWAY)}/fermeture", CLOSURE)
    (closure,) = rows(world, Closure)
    sign_in(Role.AGENT).post(f"{hours_of(world)}/reouverture", {"fermeture": str(closure.id)})
    assert [row.id for row in rows(world, Closure)] == [closure.id]


def test_a_call_of_another_place_is_not_crossed_out_from_here(world: World, sign_in: Callable[..., Browser]) -> None:
    other, path = sign_in(Role.AGENT, place=AWAY), hours_of(world, AWAY)
    world.book(AWAY)
    other.post(f"{path}/fermeture", CLOSURE)
    other.post(f"{path}/reparation", {"action": "appeler"})
    (call,) = (message for message in rows(world, Message) if message.channel == "call")
    assert sign_in(Role.AGENT).post(f"{hours_of(world)}/appel", {"message": str(call.id)}).status_code == 422
    assert "À rappeler (1)" in other.get(path).text


def test_own_hours_replace_those_of_the_directory_and_give_them_back(
    world: World, sign_in: Callable[..., Browser]
) -> None:
    agent, path = sign_in(Role.AGENT), hours_of(world)
    before = world.places()[HERE]
    assert "horaires de l'annuaire" in agent.get(path).text
    given = {**HOURS, "semaines": "2", "premier": "2026-11-26", "usage": "appointments", "arret": "Place du marché"}
    assert agent.post(f"{path}/plage", given).status_code == 303
    page = agent.get(path).text
    assert "Le jeudi de 14:00 à 16:30, une semaine sur 2 à partir du 26/11/2026" in page and "Place du marché" in page
    slots = world.services.bookings.slots(world.places()[HERE], 30, world.services.now())
    assert {slot.start.strftime("%a %d") for slot in slots[:5]} == {"Thu 26"}
    assert all(later - sooner in (timedelta(0), timedelta(14)) for sooner, later in _days(slots))
    agent.post(f"{path}/plage/retrait", {"plage": "0", "version": str(world.places()[HERE].timetable)})
    assert rows(world, Opening) == [] and world.places()[HERE].hours == before.hours


def test_hours_that_a_colleague_changed_meanwhile_are_not_taken_away_by_their_number(
    world: World, sign_in: Callable[..., Browser]
) -> None:
    agent, path = sign_in(Role.AGENT), hours_of(world)
    agent.post(f"{path}/plage", HOURS)
    read = str(world.places()[HERE].timetable)
    agent.post(f"{path}/plage", {**HOURS, "jour": "FR"})
    answer = agent.post(f"{path}/plage/retrait", {"plage": "0", "version": read})
    assert answer.status_code == 422 and "ont changé" in answer.text
    assert len(rows(world, Opening)) == 2


@pytest.mark.parametrize(
    ("route", "given"),
    [
        ("fermeture", {"debut": "", "fin": ""}),
        ("fermeture", {"debut": "demain", "fin": "2026-12-24T12:00"}),
        ("fermeture", {"debut": "2026-12-24T12:00", "fin": "2026-12-24T12:00"}),
        ("fermeture", {"debut": "0001-01-01T00:00", "fin": "9999-12-31T23:59"}),
        ("fermeture", {**CLOSURE, "guichet": "0"}),
        ("fermeture", {**CLOSURE, "guichet": "-1"}),
        ("fermeture", {**CLOSURE, "guichet": "999"}),
        ("fermeture", {**CLOSURE, "raison": "x" * 201}),
        ("reouverture", {"fermeture": "-1"}),
        ("reouverture", {"fermeture": "un"}),
        ("plage", {**HOURS, "jour": "XX"}),
        ("plage", {**HOURS, "semaines": "0"}),
        ("plage", {**HOURS, "semaines": "99"}),
        ("plage", {**HOURS, "de": "25:00"}),
        ("plage", {**HOURS, "de": "17:00"}),
        ("plage", {**HOURS, "premier": "2026-13-45"}),
        ("plage", {**HOURS, "premier": "9999-12-31"}),
        ("plage", {**HOURS, "premier": "0001-01-01"}),
        ("plage", {**HOURS, "usage": "danse"}),
        ("plage", {**HOURS, "arret": "x" * 301}),
        ("plage/retrait", {"plage": "x", "version": "0"}),
        ("plage/retrait", {"plage": "0", "version": "x"}),
        ("guichets", {"guichets": "0"}),
        ("guichets", {"guichets": "999"}),
        ("guichets", {"guichets": "²"}),
        ("appel", {"message": "999999999999"}),
        ("appel", {"message": ""}),
        ("reparation", {}),
    ],
)
def test_nonsense_is_answered_by_the_page_with_what_to_do(
    world: World, sign_in: Callable[..., Browser], route: str, given: dict[str, str]
) -> None:
    before, agent = world.places()[HERE], sign_in(Role.AGENT)
    answer = agent.post(f"{hours_of(world)}/{route}", given)
    assert answer.status_code == 422, answer.text
    alert = answer.text.partition('role="alert">')[2].partition("</p>")[0]
    assert len(alert) > 20 and "Horaires et fermetures" in answer.text
    assert world.places()[HERE] == before and rows(world, Closure) == rows(world, Opening) == []


@pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * 10_000, "<script>alert(1)</script>"])
def test_no_text_in_any_field_is_an_error_of_ours(world: World, sign_in: Callable[..., Browser], text: str) -> None:
    agent = sign_in(Role.AGENT)
    for route, given in (("fermeture", CLOSURE), ("plage", HOURS), ("guichets", {"guichets": "1"})):
        for field in (*given, "raison", "arret", "guichet", "premier", "usage"):
            sent = {name: value.encode("utf-8", "surrogatepass") for name, value in {**given, field: text}.items()}
            answer = agent.post(f"{hours_of(world)}/{route}", sent)
            assert answer.status_code in (303, 400, 413, 422), (route, field, answer.status_code)
    assert "<script>alert" not in agent.get(hours_of(world)).text


def test_a_number_of_social_security_is_not_kept_in_a_reason(world: World, sign_in: Callable[..., Browser]) -> None:
    sign_in(Role.AGENT).post(f"{hours_of(world)}/fermeture", {**CLOSURE, "raison": "voir 1 54 03 75 056 120 60"})
    assert [row.reason for row in rows(world, Closure)] == ["voir [numéro masqué]"]


def _days(slots: list[Any]) -> list[tuple[Any, Any]]:
    days = [slot.start.date() for slot in slots]
    return list(pairwise(days))
