"""The citizen's pages beside the conversation: the home page, and one's appointment."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.templating import Jinja2Templates

from assistant.app import Services
from assistant.booking.appointments import AppointmentView
from assistant.booking.codes import spell
from assistant.booking.feedback import OUTCOMES, REASONS
from assistant.directory.hours import MONTHS
from assistant.errors import AssistantError, Refused
from assistant.text import fold
from assistant.web import bubbles
from assistant.web.appointments import calendar, shown
from assistant.web.conversations import ID
from assistant.web.errors import problem
from assistant.web.gate import tidy
from assistant.web.parts import WithServices
from assistant.web.pictograms import pictogram_of
from assistant.web.places import directory_notice
from assistant.web.tracing import traced

HERE = Path(__file__).parent
STATIC = HERE / "static"
EXAMPLES = (
    "J'ai perdu mon permis de conduire",
    "Demander le RSA",
    "Refaire ma carte d'identité",
)

router = APIRouter(include_in_schema=False)
templates = Jinja2Templates(directory=HERE / "templates")


def date_in_words(day: date) -> str:
    """ "1er novembre 2026"."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


templates.env.filters |= {
    "date": date_in_words,
    "iso_date": lambda day: date_in_words(date.fromisoformat(day)),
    "blocks": bubbles.blocks,
    "days": lambda reply, today: bubbles.days_of(reply, today)[0],
    "other_choices": lambda reply, today: bubbles.days_of(reply, today)[1],
    "distance": bubbles.distance,
    "mini_plan": bubbles.mini_plan,
    "list_address": bubbles.list_address,
    "shared": bubbles.shared,
    "spelt": spell,
    "certain": bubbles.certain,
    "uncertain": bubbles.uncertain,
    "pictogram": pictogram_of,
}
templates.env.globals |= {"reasons": REASONS, "outcomes": OUTCOMES}


@router.get("/")
def home(request: Request, services: WithServices) -> Response:
    """What the assistant does, where to begin, and every procedure."""
    catalogue = services.catalogue
    partners = sorted(catalogue.partners.values(), key=lambda partner: fold(partner.name))
    context = {
        "examples": EXAMPLES,
        "count": len(catalogue.procedures),
        "partners": [(partner, catalogue.of_partner(partner.id)) for partner in partners],
        "conversation": "conversation" in request.cookies,
        **directory_context(services),
    }
    return templates.TemplateResponse(request, "home.html", context)


@router.get("/rendez-vous")
def appointment_form(request: Request, services: WithServices, code: str = "") -> Response:
    """The form that asks for a code and a telephone or name."""
    return _appointment_page(request, services, code=tidy(code[:40]))


@router.post("/rendez-vous", **traced())
def appointment_page(
    request: Request,
    services: WithServices,
    code: Annotated[str, Form()] = "",
    given: Annotated[str, Form(alias="preuve")] = "",
    conversation: Annotated[str, Form()] = "",
    action: Annotated[str, Form()] = "voir",
) -> Response:
    """The appointment, its slip, its calendar file, or its cancellation, asked for twice."""
    code, given = tidy(code[:40]), tidy(given[:120])
    try:
        view = _act(services, code, given, conversation, action)
    except AssistantError as error:
        return _appointment_page(request, services, error.status, code=code, given=given, error=error.message)
    if action == "ics":
        return calendar(view)
    if action == "bulletin":
        return templates.TemplateResponse(request, "slip.html", {"appointment": shown(view, services)})
    return _appointment_page(request, services, view=view, code=view.code, given=given, action=action)


@router.post("/rendez-vous/resultat", **traced())
async def conclude(request: Request, services: WithServices) -> Response:
    """What became of each procedure, as the person says it after the visit."""
    fields = {name: str(value) for name, value in (await request.form()).items()}
    code, given = tidy(fields.pop("code", "")[:40]), tidy(fields.pop("preuve", "")[:120])
    try:
        view = services.bookings.find(code, given)
        services.feedback.conclude(code, given, fields, services.now())
    except AssistantError as error:
        return _appointment_page(request, services, error.status, code=code, given=given, error=error.message)
    return _appointment_page(request, services, view=view, code=view.code, given=given, action="resultat")


async def missing(request: Request, _error: Exception) -> Response:
    """An address that does not exist: a page for a browser, a problem for a program."""
    browser = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    return templates.TemplateResponse(request, "missing.html", status_code=404) if browser else problem(404)


def _act(services: Services, code: str, given: str, conversation: str, action: str) -> AppointmentView:
    if ID.fullmatch(conversation):
        own = services.bookings.of_conversation(conversation)
        if found := next((view for view in own if view.code == code), None):
            return found
    if not code or not given:
        raise Refused("Écrivez le code, et le nom ou le téléphone donné pour le rendez-vous.")
    if action == "annuler":
        return services.bookings.cancel(code, given, services.now())
    return services.bookings.find(code, given)


def _appointment_page(
    request: Request, services: Services, status: int = 200, view: AppointmentView | None = None, **context: Any
) -> Response:
    if view:
        context |= {
            "appointment": shown(view, services),
            "past": view.start <= services.now(),
            "concluded": services.feedback.concluded(view.code),
            "titles": {name: p.title for name, p in services.catalogue.procedures.items() if name in view.procedures},
        }
    context |= directory_context(services)
    return templates.TemplateResponse(request, "appointment.html", context, status_code=status)


def directory_context(services: Services) -> dict[str, Any]:
    """What every page says of the directory: whether it is a sample, and the date of its data."""
    directory = services.directory
    day = directory.data_date
    return {**directory_notice(directory), "data_date_words": date_in_words(day) if day else None}
