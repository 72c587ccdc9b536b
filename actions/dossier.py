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
    known = current().catalogue.procedures
    minutes = [known[name].minutes for name in talk.slot("procedures") or [] if name in known]
    return sum(minutes) or current().settings.default_minutes
