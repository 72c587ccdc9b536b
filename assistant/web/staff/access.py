"""Who may ask for a route of the consoles: signed in, of the right role, with the form's own token; each is traced.

    router = APIRouter(prefix="/agent", tags=["agent"])

    @router.get("/rendez-vous/{code}", **allowed(Role.AGENT, personal=True))
    def sheet(code: str, member: WithMember, services: WithServices) -> Response: ...

The description at `/api/openapi.json` says the same, as `x-roles` and `x-personal`: the tests' matrix is made from it.
A route sees only places of `member.scope`; a place, code or call that is not theirs answers as one that does not exist.
"""

import re
import secrets
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from assistant.app import Services
from assistant.booking.codes import normalise
from assistant.directory.models import Place
from assistant.errors import AssistantError, NotFound
from assistant.staff.accounts import Member, Role
from assistant.staff.audit import Trace
from assistant.staff.sessions import SignedIn
from assistant.web.description import problems
from assistant.web.shell import route_of

COOKIE = "session"
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
ID = re.compile(r"[\w-]{1,40}", re.ASCII)
SAFE = ("GET", "HEAD", "OPTIONS")
NO_SUCH_PLACE = "Ce lieu n'est pas dans l'annuaire."


class SignInNeeded(AssistantError):
    """Nobody is signed in; a browser is led to the form."""

    status = 401


class Forbidden(AssistantError):
    """The account is not for this, or the form is not ours."""

    status = 403


def allowed(*roles: Role, personal: bool = False) -> dict[str, Any]:
    """The arguments of a route for these roles, and administrators; `personal` where it shows or changes personal data."""
    every = tuple(dict.fromkeys((*roles, Role.ADMINISTRATOR)))
    return {
        "dependencies": [Depends(_Gate(every, personal))],
        "openapi_extra": {"x-roles": [role.value for role in every], "x-personal": personal},
        "responses": problems(401, 403),
    }


class _Gate:
    """Runs before the route: session, role, token, trace."""

    def __init__(self, roles: tuple[Role, ...], personal: bool):
        self._roles, self._personal = roles, personal

    async def __call__(self, request: Request) -> None:
        services: Services = request.app.state.services
        signed_in = await run_in_threadpool(signed_in_of, request, services)
        if signed_in is None:
            raise SignInNeeded("Connectez-vous pour continuer.")
        request.state.signed_in = signed_in
        right_role = signed_in.member.role in self._roles
        right_form = request.method in SAFE or await _is_ours(request, signed_in)
        if self._personal or not (right_role and right_form):
            trace = _trace(request, signed_in.member, right_role and right_form)
            await run_in_threadpool(services.audit.write, trace, services.now())
        if not right_role:
            raise Forbidden("Votre compte ne donne pas accès à cette page.")
        if not right_form:
            raise Forbidden("Cette page a expiré. Rechargez-la, puis recommencez.")


def signed_in_of(request: Request, services: Services) -> SignedIn | None:
    """Who asks, by the cookie; None where nobody is signed in."""
    token = request.cookies.get(COOKIE, "")
    return services.sessions.find(token, services.now()) if token else None


async def _is_ours(request: Request, signed_in: SignedIn) -> bool:
    """Whether what is sent comes from a page of this session: its token, in a header or a field."""
    given = request.headers.get(CSRF_HEADER)
    if given is None and "form" in request.headers.get("content-type", ""):
        given = str((await request.form()).get(CSRF_FIELD, ""))
    return secrets.compare_digest((given or "").encode(), signed_in.csrf.encode())


def _trace(request: Request, member: Member, is_allowed: bool) -> Trace:
    path = request.path_params
    # what somebody typed in place of a code may be a name: only what is a code or a number is kept
    subject = normalise(str(path.get("code", ""))) or next(
        (str(path[name]) for name in ("call", "conversation", "sentence") if ID.fullmatch(str(path.get(name, "")))),
        None,
    )
    return Trace(
        action=f"{request.method} {route_of(request.scope)}",
        account_id=member.account_id,
        subject=subject,
        place_id=str(path["place"]) if ID.fullmatch(str(path.get("place", ""))) else None,
        allowed=is_allowed,
    )


def _signed_in(request: Request) -> SignedIn:
    found: SignedIn = request.state.signed_in
    return found


def _member(request: Request) -> Member:
    return _signed_in(request).member


WithMember = Annotated[Member, Depends(_member)]
WithSignedIn = Annotated[SignedIn, Depends(_signed_in)]


def place_of(member: Member, services: Services, place_id: str) -> Place:
    """That place, where the member may act there; else NotFound, the same as where it does not exist."""
    try:
        place = services.directory.place(place_id)
    except NotFound:
        raise NotFound(NO_SUCH_PLACE) from None
    if not member.scope.covers(place):
        raise NotFound(NO_SUCH_PLACE)
    return place


def places_of(member: Member, services: Services) -> list[Place]:
    """Every place of a member's scope, by département and name."""
    theirs = [place for place in services.directory.places() if member.scope.covers(place)]
    return sorted(theirs, key=lambda place: (place.departement, place.name))
