"""Three-valued conditions: what holds, what does not, what the answers so far leave open."""

from collections.abc import Iterable

from assistant.catalogue.models import UNKNOWN, Procedure, Question, Situation, When


def holds(when: When, procedure: Procedure, situation: Situation) -> bool | None:
    """True, False, or None where an answer is still missing or the person does not know.

    A clause that rests on a question which will never be asked in this situation is False.
    """
    if not when:
        return True
    values = [
        _all(_answered(name, choices, procedure, situation) for name, choices in clause.items()) for clause in when
    ]
    return True if True in values else None if None in values else False


def asked(question: Question, procedure: Procedure, situation: Situation) -> bool | None:
    """Whether the question applies in this situation; None where that is still open."""
    return holds(question.when, procedure, situation)


def _answered(name: str, choices: tuple[str, ...], procedure: Procedure, situation: Situation) -> bool | None:
    question = procedure.question(name)
    applies = asked(question, procedure, situation) if question else False
    if not applies:
        return applies
    answer = situation.get(name, UNKNOWN)
    return None if answer == UNKNOWN else answer in choices


def _all(values: Iterable[bool | None]) -> bool | None:
    seen = list(values)
    return False if False in seen else None if None in seen else True
