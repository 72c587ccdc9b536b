"""What the templates are given: rows of a history, paragraphs, days of slots, the mini-plan, a list to send."""

from datetime import date
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.dialogue.replies import Choice, Reply, Turn
from assistant.web.bubbles import blocks, days_of, direction, distance, list_address, mini_plan, rows_of, shared

LURE = {"name": "Lure", "latitude": 47.68, "longitude": 6.49}
SUNDAY = date(2026, 11, 22)


def place(name: str, latitude: float, longitude: float) -> dict[str, object]:
    return {"name": name, "latitude": latitude, "longitude": longitude}


def slot(identity: str, start: str, place_name: str | None = None) -> dict[str, str | None]:
    return {"id": identity, "place": "1", "place_name": place_name, "start": start}


def test_a_row_each_time_the_other_side_speaks_and_the_choice_that_was_taken() -> None:
    said = [
        Turn(author="assistant", reply=Reply(text="Bonjour")),
        Turn(author="person", text="permis"),
        Turn(author="assistant", reply=Reply(text="un")),
        Turn(author="assistant", reply=Reply(text="deux")),
        Turn(author="person", text="Volé"),
    ]
    rows = rows_of(said)
    assert [(row.author, len(row.replies), row.taken) for row in rows] == [
        ("assistant", 1, "permis"),
        ("person", 0, ""),
        ("assistant", 2, "Volé"),
        ("person", 0, ""),
    ]
    assert rows_of([]) == []


def test_lines_that_begin_with_a_dash_are_items() -> None:
    assert blocks("Bonjour.\n\n- un\n• deux\nFin -1") == [
        ("p", ["Bonjour."]),
        ("ul", ["un", "deux"]),
        ("p", ["Fin -1"]),
    ]


@given(st.text())
def test_no_word_of_a_text_is_lost(text: str) -> None:
    shown = " ".join(line for _, lines in blocks(text) for line in lines)
    assert {word.strip("-•") for word in text.split()} - {""} <= {word.strip("-•") for word in shown.split()} | {""}


def test_slots_are_grouped_by_day_and_by_place_where_there_are_several() -> None:
    slots = [
        slot("a", "2026-11-26T09:00:00+01:00"),
        slot("b", "2026-11-26T09:30:00+01:00"),
        slot("c", "2026-12-01T14:00:00+01:00"),
    ]
    choices = (*(Choice(id=s["id"] or "", label="x") for s in slots), Choice(id="plus_tard", label="Voir plus tard"))
    days, others = days_of(Reply(kind="slots", choices=choices, data={"slots": slots}), SUNDAY)
    assert [(day.title, [time for _, time in day.times]) for day in days] == [
        ("jeudi 26 novembre", ["9 h", "9 h 30"]),
        ("mardi 1er décembre", ["14 h"]),
    ]
    assert [choice.id for choice in others] == ["plus_tard"]


@pytest.mark.parametrize(
    ("east", "north", "words"),
    [
        (0, 5, "au nord"),
        (5, 5, "au nord-est"),
        (5, 0, "à l'est"),
        (-5, -5, "au sud-ouest"),
        (-9, 1, "à l'ouest"),
        (0.2, 0.3, ""),
    ],
)
def test_directions_are_said_as_one_would(east: float, north: float, words: str) -> None:
    assert direction(east, north) == words


def test_the_mini_plan_is_to_scale_with_north_up() -> None:
    plan = mini_plan({"origin": LURE, "places": [place("nord", 47.77, 6.49), place("est", 47.68, 6.89)]})
    assert plan is not None
    north, east = plan.spots
    assert (north.x, north.where) == (160, "au nord") and north.y < 95
    assert (east.y, east.where) == (95, "à l'est") and east.x > 160
    # 10 km north, 30 km east
    assert (east.x - 160) / (95 - north.y) == pytest.approx(3.0, rel=0.02)
    assert plan.ring_km == 20 and plan.ring == pytest.approx((east.x - 160) * 20 / 29.95, rel=0.02)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=5))
def test_every_place_is_inside_the_mini_plan(offsets: list[tuple[float, float]]) -> None:
    places = [place("x", 47.68 + north, 6.49 + east) for north, east in offsets]
    plan = mini_plan({"origin": LURE, "places": places})
    assert plan is None or all(11 <= spot.x <= 309 and 11 <= spot.y <= 179 for spot in plan.spots)


def test_no_plan_without_a_middle_or_where_all_is_on_the_spot() -> None:
    assert mini_plan({"places": [place("x", 47.7, 6.5)]}) is None
    assert mini_plan({"origin": LURE, "places": [place("x", 47.68, 6.49)]}) is None


@pytest.mark.parametrize(("km", "words"), [(0.4, "à moins de 1 km"), (3.4, "à 3,4 km"), (12.0, "à 12 km"), (None, "")])
def test_distances_are_said_as_one_would(km: float | None, words: str) -> None:
    assert distance(km) == words


def test_a_list_to_send_holds_what_is_certain_and_nothing_that_breaks_an_address() -> None:
    data = {
        "title": "Permis & co",
        "procedure": "interieur/permis_perte_vol",
        "situation": {"circonstance": "vole"},
        "documents": [{"label": "Une photo ?"}, {"label": "Un récépissé", "certain": False}],
    }
    assert unquote(shared(data)) == "Permis & co : documents à apporter\n- Une photo ?"
    assert not set(shared(data)) & set("&?\n #")
    assert list_address(data) == "/demarches/interieur/permis_perte_vol?circonstance=vole#liste"
