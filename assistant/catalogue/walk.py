"""Every situation a person can reach in a procedure, by answering the questions the planner asks."""

from collections.abc import Iterator

from assistant.catalogue.models import UNKNOWN, Procedure, Situation
from assistant.catalogue.planner import Plan, plan


def situations(procedure: Procedure, situation: Situation | None = None) -> Iterator[tuple[Plan, Plan | None]]:
    """(the plan, the one before its last answer); not knowing is one of the answers."""
    yield from _walk(procedure, situation or {}, None)


def _walk(procedure: Procedure, situation: Situation, before: Plan | None) -> Iterator[tuple[Plan, Plan | None]]:
    found = plan(procedure, situation)
    yield found, before
    if found.question:
        for answer in [*(choice.id for choice in found.question.choices), UNKNOWN]:
            yield from _walk(procedure, {**found.situation, found.question.id: answer}, found)
