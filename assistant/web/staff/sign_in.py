"""Signing in and out, and the page one lands on."""

from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from assistant.app import Services
from assistant.errors import AssistantError
from assistant.staff.accounts import Member, Role
from assistant.web.pages import templates
from assistant.web.parts import WithServices
from assistant.web.staff.access import COOKIE, Forbidden, WithSignedIn, allowed, signed_in_of

router = APIRouter(include_in_schema=False)
HOMES = {
    Role.OPERATOR: "/operateur",
    Role.AGENT: "/agent",
    Role.COORDINATOR: "/coordination",
    Role.ADMINISTRATOR: "/coordination",
}
CONSOLES = {
    "/operateur": ("Appels", (Role.OPERATOR, Role.ADMINISTRATOR)),
    "/agent": ("Rendez-vous", (Role.AGENT, Role.ADMINISTRATOR)),
    "/coordination": ("Chiffres", (Role.COORDINATOR, Role.ADMINISTRATOR)),
    "/relecture": ("Relecture", (Role.COORDINATOR, Role.ADMINISTRATOR)),
}
"""Address → its name in the banner, and who sees it."""


def consoles_of(member: Member) -> dict[str, str]:
    """The consoles that a member may open: {address: name}."""
    return {address: name for address, (name, roles) in CONSOLES.items() if member.role in roles}


@router.get("/connexion")
def form(request: Request, services: WithServices, suite: str = "") -> Response:
    """The form; who is signed in already goes on."""
    found = signed_in_of(request, services)
    if found:
        return RedirectResponse(_next(suite, found.member), status_code=303)
    return _page(request, services, suite)


@router.post("/connexion")
def sign_in(
    request: Request,
    services: WithServices,
    login: Annotated[str, Form(alias="identifiant", max_length=300)] = "",
    password: Annotated[str, Form(alias="mot_de_passe", max_length=300)] = "",
    suite: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    """A new session, or the form again with what to do."""
    try:
        check_same_origin(request)
        member = services.accounts.authenticate(login, password, services.now())
    except AssistantError as error:
        return _page(request, services, suite, error.status, login=login, error=error.message)
    return welcome(request, services, member, suite)


@router.post("/deconnexion", **allowed(*Role))
def sign_out(request: Request, services: WithServices, signed_in: WithSignedIn) -> Response:
    """The end of this session."""
    services.sessions.close(request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/connexion", status_code=303)
    _set_cookie(request, response, "", "; Max-Age=0")
    return response


def welcome(request: Request, services: Services, member: Member, suite: str = "") -> Response:
    """A session for somebody who proved who they are, and the way to where they were going."""
    token = services.sessions.open(member, services.now(), request.cookies.get(COOKIE))
    response = RedirectResponse(_next(suite, member), status_code=303)
    _set_cookie(request, response, token)
    return response


def check_same_origin(request: Request) -> None:
    """Forbidden for a form sent from another site: it would sign somebody in to a stranger's account."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    elsewhere = site not in (None, "same-origin", "none")
    if elsewhere or (site is None and origin and urlsplit(origin).netloc != request.headers.get("host")):
        raise Forbidden("Ce formulaire vient d'un autre site. Ouvrez la page de connexion, puis recommencez.")


async def lead_to_form(request: Request, error: Exception) -> Response:
    """Nobody is signed in: a browser that wanted a page goes to the form and comes back; a script is told."""
    from assistant.web.errors import of_assistant_error

    wants_page = "text/html" in request.headers.get("accept", "") and request.method == "GET"
    if wants_page and "x-fragment" not in request.headers:
        return RedirectResponse(f"/connexion?suite={quote(request.url.path)}", status_code=303)
    return of_assistant_error(error)  # type: ignore[arg-type]


def _page(request: Request, services: Services, suite: str, status: int = 200, **context: Any) -> Response:
    context |= {"suite": suite, "provider": services.settings.oidc_issuer}
    return templates.TemplateResponse(request, "staff/sign_in.html", context, status_code=status)


def _next(suite: str, member: Member) -> str:
    """Where one was going, inside this site only; else the console of one's role."""
    inside = suite.startswith("/") and not suite.startswith(("//", "/\\")) and suite.isprintable()
    return suite if inside else HOMES[member.role]


def _set_cookie(request: Request, response: Response, value: str, end: str = "") -> None:
    secure = "; Secure" if request.url.scheme == "https" else ""
    response.headers.append("Set-Cookie", f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{end}")
