"""Three-valued conditions: what holds, what does not, what the answers so far leave open."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from assistant.catalogue.models import UNKNOWN, Clause, Procedure, Question, Situation, When


def holds(when: When, procedure: Procedure, situation: Situation) -> bool | None:
    """True, False, or None where an answer is still missing or the person does not know.

    A clause that rests on a question which will never be asked in this situation is False.
    """
    return Reading(by_id(procedure), situation).holds(when)


def by_id(procedure: Procedure) -> dict[str, Question]:
    """The procedure's questions."""
    return {question.id: question for question in procedure.questions}


@dataclass
class Reading:
    """The conditions of one procedure read in one situation; whether a question applies is worked out once."""

    questions: Mapping[str, Question]
    situation: Situation
    applies: dict[str, bool | None] = field(default_factory=dict)

    def holds(self, when: When) -> bool | None:
        """True, False, or None where it is still open."""
        found: bool | None = not when
        for clause in when:
            value = self._clause(clause)
            if value:
                return True
            found = None if value is None else found
        return found

    def asked(self, name: str) -> bool | None:
        """Whether the question applies in this situation; None where that is still open."""
        if name not in self.applies:
            question = self.questions.get(name)
            self.applies[name] = self.holds(question.when) if question else False
        return self.applies[name]

    def after(self, answered: str, choice: str) -> "Reading":
        """The same with one more answer: an answer closes what is open and never reopens what is settled."""
        settled: dict[str, bool | None] = {name: value for name, value in self.applies.items() if value is not None}
        return Reading(self.questions, {**self.situation, answered: choice}, settled)

    def _clause(self, clause: Clause) -> bool | None:
        found: bool | None = True
        for name, choices in clause.items():
            value = self._answered(name, choices)
            if value is False:
                return False
            found = None if value is None else found
        return found

    def _answered(self, name: str, choices: tuple[str, ...]) -> bool | None:
        applies = self.asked(name)
        if not applies:
            return applies
        if self.situation.get(name, UNKNOWN) != UNKNOWN:
            return self.situation[name] in choices
        # somebody who does not know is in one of the cases all the same
        whatever_the_answer = {choice.id for choice in self.questions[name].choices} <= set(choices)
        return True if name in self.situation and whatever_the_answer else None


def rests_on(when: When, questions: Mapping[str, Question]) -> set[str]:
    """The questions whose answer may change a condition, those that decide whether they are asked included."""
    found: set[str] = set()
    waiting = list(_named(when))
    while waiting:
        name = waiting.pop()
        if name in questions and name not in found:
            found.add(name)
            waiting += _named(questions[name].when)
    return found


def _named(when: When) -> Iterator[str]:
    return (name for clause in when for name in clause)
