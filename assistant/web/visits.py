"""Several procedures in one visit, over HTTP: what to bring for all of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from assistant.catalogue.loader import Catalogue
from assistant.catalogue.models import Situation
from assistant.catalogue.visit import visit
from assistant.catalogue.wording import visit_data
from assistant.errors import Refused
from assistant.web.description import problems
from assistant.web.parts import WithServices
from assistant.web.procedures import checked_answers, suggestion

router = APIRouter(prefix="/api/visit", tags=["procedures"])

MOST = 5
"""Procedures in one visit, as in one appointment."""
TOO_MANY = f"Une visite réunit {MOST} démarches au plus. Enlevez-en, ou prenez deux rendez-vous."


@router.get("", responses=problems(404))
def find_visit(
    request: Request, services: WithServices, procedure: Annotated[list[str] | None, Query()] = None
) -> dict[str, Any]:
    """The documents of every `procedure` without repetition; answers in the query as `<procedure>.<question>=<answer>`."""
    names = list(dict.fromkeys(procedure or ()))
    if not names:
        raise Refused("Ajoutez « procedure » : une démarche ou plusieurs, comme procedure=caf/rsa.")
    if len(names) > MOST:
        raise Refused(TOO_MANY)
    others = {name: answer for name, answer in request.query_params.multi_items() if name != "procedure"}
    return visit_data(visit(services.catalogue, _checked(services.catalogue, names, others)))


def answers_of(procedure: str, answers: dict[str, str]) -> Situation:
    """The answers given to one procedure: {"caf/rsa.age": "plus_25"} → {"age": "plus_25"}."""
    prefix = f"{procedure}."
    return {name.removeprefix(prefix): answer for name, answer in answers.items() if name.startswith(prefix)}


def _checked(catalogue: Catalogue, names: list[str], answers: dict[str, str]) -> dict[str, Situation]:
    for name in answers:
        if name.rpartition(".")[0] not in names:
            known = [f"{each}.{question.id}" for each in names for question in catalogue.procedure(each).questions]
            raise Refused(f"« {name} » n'est pas une question de ces démarches{suggestion(name, known)}")
    return {name: checked_answers(catalogue.procedure(name), answers_of(name, answers)) for name in names}
