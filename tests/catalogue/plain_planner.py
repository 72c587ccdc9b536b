"""The planner without its short cuts: every condition read again, from the start, for every choice of every question.

What the real one must agree with, and what the benchmark measures it against.
"""

from collections.abc import Iterator

from assistant.catalogue.models import UNKNOWN, Procedure, Question, Situation, When


def plain_plan(procedure: Procedure, situation: Situation) -> dict:
    """What `planner.plan` finds, as ids and texts."""
    known = _relevant(procedure, situation)
    open_questions = [q for q in procedure.questions if _is_open(q, procedure, known)]
    best = min(open_questions, key=lambda q: _undecided_after(q, procedure, known), default=None)
    return {
        "situation": known,
        "certain": [d.id for d in procedure.documents if holds(d.when, procedure, known) is True],
        "uncertain": [d.id for d in procedure.documents if holds(d.when, procedure, known) is None],
        "question": best and best.id,
        "open_questions": [q.id for q in open_questions],
        "not_needed": [n.id for n in procedure.not_needed if holds(n.when, procedure, known) is True],
        "remarks": [r.text for r in procedure.remarks if holds(r.when, procedure, known) is True],
        "cost": [r.text for r in procedure.cost if holds(r.when, procedure, known) is True],
    }


def holds(when: When, procedure: Procedure, situation: Situation) -> bool | None:
    """True, False, or None where it is still open."""
    values = [_all([_answered(n, c, procedure, situation) for n, c in clause.items()]) for clause in when]
    return True if not when or True in values else None if None in values else False


def _answered(name: str, choices: tuple[str, ...], procedure: Procedure, situation: Situation) -> bool | None:
    question = procedure.question(name)
    applies = holds(question.when, procedure, situation) if question else False
    if not applies:
        return applies
    answer = situation.get(name)
    every_choice = {choice.id for choice in question.choices} <= set(choices)
    return True if answer and every_choice else None if answer in (None, UNKNOWN) else answer in choices


def _all(values: list[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True


def _relevant(procedure: Procedure, situation: Situation) -> Situation:
    known: Situation = {}
    for question in procedure.questions:
        answer = situation.get(question.id)
        if answer in [*(c.id for c in question.choices), UNKNOWN] and holds(question.when, procedure, known):
            known[question.id] = answer
    return known


def _is_open(question: Question, procedure: Procedure, situation: Situation) -> bool:
    if question.id in situation or holds(question.when, procedure, situation) is not True:
        return False
    tried = [{**situation, question.id: choice.id} for choice in question.choices]
    return len({tuple(holds(when, procedure, one) for when in _conditions(procedure)) for one in tried}) > 1


def _conditions(procedure: Procedure) -> Iterator[When]:
    for items in (procedure.documents, procedure.not_needed, procedure.remarks, procedure.cost, procedure.questions):
        yield from (item.when for item in items)


def _undecided_after(question: Question, procedure: Procedure, situation: Situation) -> float:
    tried = [{**situation, question.id: choice.id} for choice in question.choices]
    left = [sum(holds(d.when, procedure, one) is None for d in procedure.documents) for one in tried]
    return sum(left) / len(left)
