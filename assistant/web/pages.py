"""The citizen's pages: the chat, and one's appointment, which works without JavaScript."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.templating import Jinja2Templates

from assistant.app import Services
from assistant.booking.appointments import AppointmentView
from assistant.directory.hours import MONTHS
from assistant.errors import AssistantError, Refused
from assistant.web.appointments import calendar, shown
from assistant.web.errors import problem
from assistant.web.gate import tidy
from assistant.web.parts import WithServices
from assistant.web.places import directory_notice

HERE = Path(__file__).parent
STATIC = HERE / "static"
EXAMPLES = (
    "J'ai perdu mon permis de conduire",
    "Demander le RSA",
    "Refaire ma carte d'identité",
    "Prendre un rendez-vous",
)

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(directory=HERE / "templates")


def date_in_words(day: date) -> str:
    """ "1er novembre 2026"."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


templates.env.filters["date"] = date_in_words


@router.get("/")
def chat(request: Request, services: WithServices, demarche: str = "") -> Response:
    """The chat; `demarche` is the procedure it begins with."""
    first = services.catalogue.procedures.get(demarche)
    context = {"examples": EXAMPLES, "limit": services.settings.max_message_chars, **_directory(services)}
    return templates.TemplateResponse(request, "chat.html", context | {"first": first})


@router.get("/rendez-vous")
def appointment_form(request: Request, services: WithServices, code: str = "") -> Response:
    """The form that asks for a code and a telephone or name."""
    return _appointment_page(request, services, code=tidy(code[:40]))


@router.post("/rendez-vous")
def appointment_page(
    request: Request,
    services: WithServices,
    code: Annotated[str, Form()] = "",
    given: Annotated[str, Form(alias="preuve")] = "",
    action: Annotated[str, Form()] = "voir",
) -> Response:
    """The appointment, its calendar file, or its cancellation, asked for twice."""
    code, given = tidy(code[:40]), tidy(given[:120])
    try:
        view = _act(services, code, given, action)
    except AssistantError as error:
        return _appointment_page(request, services, error.status, code=code, given=given, error=error.message)
    if action == "ics":
        return calendar(view)
    return _appointment_page(request, services, view=view, code=view.code, given=given, action=action)


async def missing(request: Request, _error: Exception) -> Response:
    """An address that does not exist: a page for a browser, a problem for a program."""
    browser = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    return templates.TemplateResponse(request, "missing.html", status_code=404) if browser else problem(404)


def _act(services: Services, code: str, given: str, action: str) -> AppointmentView:
    if not code or not given:
        raise Refused("Écrivez le code, et le nom ou le téléphone donné pour le rendez-vous.")
    if action == "annuler":
        return services.bookings.cancel(code, given, services.now())
    return services.bookings.find(code, given)


def _appointment_page(
    request: Request, services: Services, status: int = 200, view: AppointmentView | None = None, **context: Any
) -> Response:
    appointment = shown(view, services) if view else None
    context |= {"appointment": appointment, **_directory(services)}
    return templates.TemplateResponse(request, "appointment.html", context, status_code=status)


def _directory(services: Services) -> dict[str, Any]:
    directory = services.directory
    day = directory.data_date
    return {**directory_notice(directory), "data_date_words": date_in_words(day) if day else None}
