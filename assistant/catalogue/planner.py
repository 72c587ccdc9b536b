"""From the answers given so far to the documents, and to the question worth asking next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from assistant.catalogue.conditions import asked, holds
from assistant.catalogue.models import UNKNOWN, Document, NotNeeded, Procedure, Question, Remark, Situation, When

T = TypeVar("T", Document, NotNeeded, Remark)


@dataclass(frozen=True)
class Plan:
    """What is known of one procedure in one situation.

    `certain` are the documents asked for whatever the answers to come; `uncertain` those that may still apply.
    `question` is the next one to ask, None when nothing more would change the answer.
    """

    procedure: Procedure
    situation: Situation
    certain: tuple[Document, ...]
    uncertain: tuple[Document, ...]
    question: Question | None
    open_questions: tuple[Question, ...]
    not_needed: tuple[NotNeeded, ...]
    remarks: tuple[str, ...]
    cost: tuple[str, ...]

    @property
    def settled(self) -> bool:
        """No question is left to ask."""
        return self.question is None


def plan(procedure: Procedure, situation: Situation) -> Plan:
    """The documents for `situation` (question id → choice id), and the best next question."""
    known = relevant(procedure, situation)
    open_questions = _open_questions(procedure, known)
    return Plan(
        procedure=procedure,
        situation=known,
        certain=_where(procedure.documents, procedure, known, True),
        uncertain=_where(procedure.documents, procedure, known, None),
        question=_best(open_questions, procedure, known),
        open_questions=open_questions,
        not_needed=_where(procedure.not_needed, procedure, known, True),
        remarks=tuple(r.text for r in _where(procedure.remarks, procedure, known, True)),
        cost=tuple(r.text for r in _where(procedure.cost, procedure, known, True)),
    )


def possible_costs(found: Plan) -> tuple[str, ...]:
    """What it costs in this situation; where that is still open, every cost that may apply."""
    procedure = found.procedure
    return found.cost or tuple(r.text for r in procedure.cost if holds(r.when, procedure, found.situation) is None)


def relevant(procedure: Procedure, situation: Situation) -> Situation:
    """The answers that are real choices of questions which apply: a changed answer drops those that hung on it."""
    known: Situation = {}
    for question in procedure.questions:
        answer = situation.get(question.id)
        allowed = {choice.id for choice in question.choices} | {UNKNOWN}
        if answer in allowed and asked(question, procedure, known):
            known[question.id] = answer
    return known


def _where(items: Iterable[T], procedure: Procedure, situation: Situation, value: bool | None) -> tuple[T, ...]:
    return tuple(item for item in items if holds(item.when, procedure, situation) is value)


def _open_questions(procedure: Procedure, situation: Situation) -> tuple[Question, ...]:
    """Unanswered questions that apply and whose answer would still change something."""
    return tuple(
        question
        for question in procedure.questions
        if question.id not in situation
        and asked(question, procedure, situation) is True
        and _matters(question, procedure, situation)
    )


def _matters(question: Question, procedure: Procedure, situation: Situation) -> bool:
    outcomes = {_outcome(procedure, {**situation, question.id: choice.id}) for choice in question.choices}
    return len(outcomes) > 1


def _outcome(procedure: Procedure, situation: Situation) -> tuple[bool | None, ...]:
    return tuple(holds(when, procedure, situation) for when in _conditions(procedure))


def _conditions(procedure: Procedure) -> Iterator[When]:
    for items in (procedure.documents, procedure.not_needed, procedure.remarks, procedure.cost, procedure.questions):
        yield from (item.when for item in items)


def _best(questions: tuple[Question, ...], procedure: Procedure, situation: Situation) -> Question | None:
    """The question after which, on average over its choices, the fewest documents stay undecided.

    The order of the file breaks ties.
    """
    return min(questions, key=lambda q: _undecided_after(q, procedure, situation), default=None)


def _undecided_after(question: Question, procedure: Procedure, situation: Situation) -> float:
    undecided = [
        sum(holds(d.when, procedure, {**situation, question.id: choice.id}) is None for d in procedure.documents)
        for choice in question.choices
    ]
    return sum(undecided) / len(undecided)
