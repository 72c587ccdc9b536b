"""The planner's short cuts change nothing: it says what the plain one says, only sooner."""

import functools
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.catalogue.loader import Catalogue, load
from assistant.catalogue.models import UNKNOWN, Procedure
from assistant.catalogue.planner import Plan, plan
from assistant.catalogue.walk import situations
from assistant.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from plain_planner import plain_plan

NAMES = (Path(__file__).parent / "expected.txt").read_text(encoding="utf-8").split()


@functools.cache
def catalogue() -> Catalogue:
    return load(Settings().procedures_dir)


def in_words(found: Plan) -> dict:
    return {
        "situation": found.situation,
        "certain": [d.id for d in found.certain],
        "uncertain": [d.id for d in found.uncertain],
        "question": found.question and found.question.id,
        "open_questions": [q.id for q in found.open_questions],
        "not_needed": [n.id for n in found.not_needed],
        "remarks": list(found.remarks),
        "cost": list(found.cost),
    }


def procedure(questions: list[dict], conditions: list) -> Procedure:
    """One document for each condition; two choices a question."""
    choices = [{"id": "oui", "label": "Oui"}, {"id": "non", "label": "Non"}]
    return Procedure.model_validate(
        {
            "id": "essai/essai",
            "partner": "essai",
            "title": "Essai",
            "official_title": "Essai",
            "asked_as": "un essai du planificateur",
            "summary": "Un essai.",
            "counter": {"help": "informs", "text": "On essaie.", "minutes": 30},
            "questions": [{"text": "Vraiment ?", "choices": choices, **question} for question in questions],
            "documents": [{"id": f"d{i}", "label": "Un papier", "when": when} for i, when in enumerate(conditions)],
            "references": [{"id": "F1", "title": "Une fiche", "url": "https://exemple.fr", "date": None}],
            "checked": date(2026, 1, 1),
            "official_list": True,
        }
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_reachable_situation_has_the_plan_of_the_plain_planner(name: str) -> None:
    """All that a person can reach in the catalogue: the same documents, the same next question."""
    count = 0
    for found, _ in situations(catalogue().procedure(name)):
        count += 1
        assert in_words(found) == plain_plan(found.procedure, found.situation)
    assert count


@st.composite
def questionnaires(draw: st.DrawFn) -> tuple[Procedure, dict[str, str]]:
    """A procedure whose questions hang on earlier ones in any way the format allows, and answers to some of them."""
    names = [f"q{i}" for i in range(draw(st.integers(1, 5)))]

    def when(before: list[str]) -> list[dict]:
        clause = st.dictionaries(st.sampled_from(before), st.sampled_from(["oui", "non"]), min_size=1, max_size=2)
        return draw(st.lists(clause, max_size=2)) if before else []

    questions = [{"id": name, "when": when(names[:index])} for index, name in enumerate(names)]
    answers = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(["oui", "non", UNKNOWN, "inconnu"])))
    return procedure(questions, [when(names) for _ in range(draw(st.integers(1, 5)))]), answers


@given(questionnaires())
@settings(max_examples=300, deadline=None)
def test_any_procedure_and_any_answers_have_the_plan_of_the_plain_planner(
    drawn: tuple[Procedure, dict[str, str]],
) -> None:
    """Also where questions hang on one another in ways no file of the catalogue does yet."""
    assert in_words(plan(*drawn)) == plain_plan(*drawn)


def test_forty_questions_that_hang_on_the_two_before_are_planned() -> None:
    """Read again from the start for each, the conditions would double with every question: 2^40 readings."""
    names = [f"q{i}" for i in range(40)]
    hanging = [{"id": n, "when": dict.fromkeys(names[max(0, i - 2) : i], "oui")} for i, n in enumerate(names)]
    found = plan(procedure(hanging, [{"q39": "oui"}, {}]), {})
    assert [d.id for d in found.certain] == ["d1"]
    assert found.question and found.question.id == "q0"
    # the chain stops where somebody answers no
    assert plan(found.procedure, {"q0": "non"}).settled
