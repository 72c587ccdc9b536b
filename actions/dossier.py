"""The procedures of the dossier and their situation, as the slots keep them."""

from typing import Any

from actions.bridge import Conversation, Slots
from assistant.app import current
from assistant.catalogue.models import Procedure, Situation
from assistant.catalogue.planner import Plan, plan


def procedure_of(talk: Conversation) -> Procedure | None:
    """The current procedure: the first of the dossier."""
    names = talk.slot("procedures") or []
    return current().catalogue.procedures.get(names[0]) if names else None


def dossier_of(talk: Conversation) -> list[Procedure]:
    """Every procedure of the dossier, the current one first."""
    known = current().catalogue.procedures
    return [known[name] for name in talk.slot("procedures") or [] if name in known]


def waiting(talk: Conversation) -> list[Procedure]:
    """The procedures of the dossier that were not gone through yet, in the order they were asked for."""
    others = {procedure.id: procedure for procedure in dossier_of(talk)[1:]}
    return [others[name] for name in talk.slot("a_traiter") or [] if name in others]


def with_current(talk: Conversation, procedure: Procedure) -> Slots:
    """The slots of the dossier with that procedure as the current one; the one before goes to the end."""
    before, *others = [p.id for p in dossier_of(talk)]
    names = [procedure.id, *(name for name in others if name != procedure.id), before]
    return {"procedures": names, "a_traiter": [p.id for p in waiting(talk) if p != procedure]}


def with_waiting(talk: Conversation, procedure: Procedure) -> Slots:
    """The slot `a_traiter` with that procedure, which has a question again."""
    names = [p.id for p in waiting(talk)]
    return {"a_traiter": names if procedure.id in names else [*names, procedure.id]}


def situation_of(talk: Conversation, procedure: Procedure) -> Situation:
    """The answers given so far for one procedure."""
    return dict((talk.slot("situation") or {}).get(procedure.id, {}))


def plan_of(talk: Conversation, procedure: Procedure) -> Plan:
    """The documents for the answers given so far."""
    return plan(procedure, situation_of(talk, procedure))


def with_answers(talk: Conversation, procedure: Procedure, answers: Situation) -> Slots:
    """The slot `situation` with these answers added."""
    situation: dict[str, Any] = dict(talk.slot("situation") or {})
    situation[procedure.id] = {**situation.get(procedure.id, {}), **answers}
    return {"situation": situation}


def minutes_of(talk: Conversation) -> int:
    """Minutes at the counter for the whole dossier."""
    return sum(procedure.minutes for procedure in dossier_of(talk)) or current().settings.default_minutes
