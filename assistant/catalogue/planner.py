"""From the answers given so far to the documents, and to the question worth asking next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from assistant.catalogue.conditions import Reading, by_id, holds, rests_on
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
    reading = Reading(by_id(procedure), known)
    weighed = list(_open_questions(procedure, reading))
    return Plan(
        procedure=procedure,
        situation=known,
        certain=_where(procedure.documents, reading, True),
        uncertain=_where(procedure.documents, reading, None),
        question=_best(weighed),
        open_questions=tuple(question for question, _ in weighed),
        not_needed=_where(procedure.not_needed, reading, True),
        remarks=tuple(r.text for r in _where(procedure.remarks, reading, True)),
        cost=tuple(r.text for r in _where(procedure.cost, reading, True)),
    )


def possible_costs(found: Plan) -> tuple[str, ...]:
    """What it costs in this situation; where that is still open, every cost that may apply."""
    procedure = found.procedure
    return found.cost or tuple(r.text for r in procedure.cost if holds(r.when, procedure, found.situation) is None)


def relevant(procedure: Procedure, situation: Situation) -> Situation:
    """The answers that are real choices of questions which apply: a changed answer drops those that hung on it."""
    known: Situation = {}
    # a question hangs on those before it only: what was read of it stays true as answers are added
    reading = Reading(by_id(procedure), known)
    for question in procedure.questions:
        answer = situation.get(question.id)
        allowed = {choice.id for choice in question.choices} | {UNKNOWN}
        if answer in allowed and reading.asked(question.id):
            known[question.id] = answer
    return known


def _where(items: Iterable[T], reading: Reading, value: bool | None) -> tuple[T, ...]:
    return tuple(item for item in items if reading.holds(item.when) is value)


@dataclass(frozen=True)
class _Undecided:
    """A condition that is still open, and the questions it rests on."""

    when: When
    rests_on: set[str]
    is_document: bool


def _open_questions(procedure: Procedure, reading: Reading) -> Iterator[tuple[Question, float]]:
    """Unanswered questions that apply and whose answer would still change something, with what `_left_after` says."""
    undecided = list(_undecided(procedure, reading))
    for question in procedure.questions:
        if question.id not in reading.situation and reading.asked(question.id) is True:
            left = _left_after(question, undecided, reading)
            if left is not None:
                yield question, left


def _undecided(procedure: Procedure, reading: Reading) -> Iterator[_Undecided]:
    """Only these can change: trying a question's choices on the others would be lost time."""
    whens = [(item.when, True) for item in procedure.documents]
    whens += [(item.when, False) for item in procedure.not_needed]
    whens += [(item.when, False) for item in (*procedure.remarks, *procedure.cost)]
    whens += [(question.when, False) for question in procedure.questions]
    for when, is_document in whens:
        if reading.holds(when) is None:
            yield _Undecided(when, rests_on(when, reading.questions), is_document)


def _left_after(question: Question, undecided: list[_Undecided], reading: Reading) -> float | None:
    """How many documents stay undecided after this question, on average over its choices; None where nothing changes."""
    touched = [condition for condition in undecided if question.id in condition.rests_on]
    readings = [reading.after(question.id, choice.id) for choice in question.choices]
    outcomes = [tuple(after.holds(condition.when) for condition in touched) for after in readings]
    if len(set(outcomes)) < 2:
        return None
    documents = [condition.is_document for condition in touched]
    untouched = sum(condition.is_document for condition in undecided) - sum(documents)
    still = [value is None for outcome in outcomes for value, own in zip(outcome, documents, strict=True) if own]
    return (untouched * len(outcomes) + sum(still)) / len(outcomes)


def _best(weighed: list[tuple[Question, float]]) -> Question | None:
    """The question after which the fewest documents stay undecided; the order of the file breaks ties."""
    return min(weighed, key=lambda pair: pair[1], default=(None, 0.0))[0]
