"""What was not understood, labelled by a reviewer: the next model learns from it."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from assistant.app import Services
from assistant.errors import AssistantError, Refused
from assistant.staff.accounts import Member, Role
from assistant.staff.learning import ELSE, WHY, Departements
from assistant.text import fold
from assistant.web.parts import WithServices
from assistant.web.staff.access import WithMember, allowed
from assistant.web.staff.rendering import console_page

router = APIRouter(prefix="/relecture", tags=["review"])
CONSOLE = "/relecture"
STATUSES = {"new": "À relire", "labelled": "Relues", "discarded": "Écartées"}
MOST_ID = 2**31 - 1
SentenceId = Annotated[int, Path(ge=1, le=MOST_ID)]


@router.get("", **allowed(Role.COORDINATOR, personal=True))
def sentences(
    request: Request,
    services: WithServices,
    member: WithMember,
    status: Annotated[str, Query(alias="statut", max_length=20)] = "new",
    done: Annotated[int | None, Query(alias="fait", ge=1, le=MOST_ID)] = None,
) -> Response:
    """The sentences of a status, the newest first; `fait` is the one just reviewed, to undo."""
    return _page(request, services, member, status if status in STATUSES else "new", done=done)


@router.post("/{sentence}", **allowed(Role.COORDINATOR, personal=True))
def review(
    request: Request,
    services: WithServices,
    member: WithMember,
    sentence: SentenceId,
    action: Annotated[str, Form(max_length=20)] = "",
    label: Annotated[str, Form(alias="etiquette", max_length=100)] = "",
    status: Annotated[str, Form(alias="statut", max_length=20)] = "new",
) -> Response:
    """Label it, discard it, or undo; then the list again, at the next one."""
    learning, now, of = services.learning, services.now(), _own(member)
    try:
        if action == "garder":
            learning.label(sentence, label, member.account_id, now, of)
        elif action == "ecarter":
            learning.discard(sentence, member.account_id, now, of)
        elif action == "annuler":
            learning.undo(sentence, member.account_id, now, of)
        else:
            raise Refused("Choisissez : garder, écarter ou annuler.")
    except Refused as error:
        return _page(request, services, member, status if status in STATUSES else "new", error)
    undo = "" if action == "annuler" else f"&fait={sentence}"
    return RedirectResponse(f"{CONSOLE}?statut={status if status in STATUSES else 'new'}{undo}", status_code=303)


def _own(member: Member) -> Departements:
    """Whose sentences a member reviews."""
    return None if member.scope.everywhere else member.scope.departements


def _page(
    request: Request,
    services: Services,
    member: Member,
    status: str,
    error: AssistantError | None = None,
    done: int | None = None,
) -> Response:
    catalogue, of = services.catalogue, _own(member)
    partners = sorted(catalogue.partners.values(), key=lambda partner: fold(partner.name))
    context: dict[str, Any] = {
        "sentences": services.learning.to_review(status, of),
        "counts": services.learning.counts(of),
        "shelf": status,
        "statuses": STATUSES,
        "why": WHY,
        "others": ELSE,
        "partners": [(partner, catalogue.of_partner(partner.id)) for partner in partners],
        "titles": {name: procedure.title for name, procedure in catalogue.procedures.items()} | ELSE,
        "done": done,
        "error": error.message if error else "",
    }
    return console_page(request, "staff/review.html", CONSOLE, error.status if error else 200, **context)
