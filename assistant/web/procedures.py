"""The catalogue: partners, procedures, and the documents for the answers given."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from rapidfuzz import process

from assistant.catalogue.loader import Catalogue
from assistant.catalogue.models import UNKNOWN, Partner, Procedure
from assistant.catalogue.planner import plan
from assistant.catalogue.wording import event_data, phone_data, procedure_data
from assistant.errors import Refused
from assistant.web.description import problems
from assistant.web.parts import WithServices

router = APIRouter(prefix="/api", tags=["procedures"])


@router.get("/partners")
def list_partners(services: WithServices) -> dict[str, Any]:
    """Every partner, with the ids of its procedures."""
    catalogue = services.catalogue
    return {"partners": [_partner_data(partner, catalogue) for partner in catalogue.partners.values()]}


@router.get("/procedures", responses=problems(404))
def list_procedures(services: WithServices, partner: str | None = None) -> dict[str, Any]:
    """Every procedure, or those of one partner."""
    catalogue = services.catalogue
    found = (
        catalogue.of_partner(catalogue.partner(partner).id) if partner is not None else catalogue.procedures.values()
    )
    return {"procedures": [_short(procedure) for procedure in found]}


@router.get("/procedures/{partner}/{procedure}", responses=problems(404))
def find_procedure(partner: str, procedure: str, request: Request, services: WithServices) -> dict[str, Any]:
    """The documents for the answers in the query (`question=answer`), and the questions still open, best first."""
    found = services.catalogue.procedure(f"{partner}/{procedure}")
    answers = checked_answers(found, request.query_params)
    owner = services.catalogue.partner(found.partner)
    return {**procedure_data(plan(found, answers)), "partner_name": owner.name}


@router.get("/events")
def list_events(services: WithServices) -> dict[str, Any]:
    """Every life event, with the procedures it calls for, first things first."""
    catalogue = services.catalogue
    return {"events": [event_data(event, catalogue) for event in catalogue.events.values()]}


def checked_answers(procedure: Procedure, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers, all to questions this procedure asks; or Refused, with the nearest word."""
    for name, answer in answers.items():
        question = procedure.question(name)
        if question is None:
            known = [q.id for q in procedure.questions]
            raise Refused(f"« {name} » n'est pas une question de cette démarche{suggestion(name, known)}")
        choices = [*(choice.id for choice in question.choices), UNKNOWN]
        if answer not in choices:
            raise Refused(f"« {answer} » n'est pas une réponse à « {name} »{suggestion(answer, choices)}")
    return dict(answers)


def suggestion(word: str, known: Iterable[str]) -> str:
    """« Vouliez-vous dire … » with the nearest known word, or all of them where none is near."""
    known = list(known)
    best = process.extractOne(word, known, score_cutoff=60)
    if best:
        return f". Vouliez-vous dire « {best[0]} » ?"
    return f". Valeurs possibles : {', '.join(known)}." if known else ". Il n'y en a aucune."


def _partner_data(partner: Partner, catalogue: Catalogue) -> dict[str, Any]:
    return {
        "id": partner.id,
        "name": partner.name,
        "full_name": partner.full_name,
        "purpose": partner.purpose,
        "site": str(partner.site) if partner.site else None,
        "phone": phone_data(partner.phone),
        "procedures": [procedure.id for procedure in catalogue.of_partner(partner.id)],
    }


def _short(procedure: Procedure) -> dict[str, Any]:
    return {"id": procedure.id, "partner": procedure.partner, "title": procedure.title, "summary": procedure.summary}
