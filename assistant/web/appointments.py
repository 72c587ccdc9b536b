"""Appointments: book one with a key, then view, move or cancel it with its code and the telephone or name given."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from assistant.app import Services
from assistant.booking.appointments import AppointmentView, BookingRequest
from assistant.booking.ics import appointment_ics
from assistant.booking.wording import appointment_data
from assistant.catalogue.models import Procedure
from assistant.catalogue.wording import reminder_data
from assistant.errors import NotFound, Refused
from assistant.web.description import problems
from assistant.web.gate import plain, tidy
from assistant.web.parts import WithServices
from assistant.web.procedures import checked_answers
from assistant.web.tracing import PERSONAL, trace, traced

router = APIRouter(prefix="/api/appointments", tags=["appointments"])

KEY = re.compile(r"[\x21-\x7e]{8,128}")
Proof = Annotated[str | None, Query(max_length=120)]
ProcedureId = Annotated[str, Field(max_length=100)]


class AppointmentBody(BaseModel):
    """What is asked for. `situation` is {procedure: {question: answer}}, or the answers alone for one procedure."""

    slot: str = Field(max_length=120)
    procedures: list[ProcedureId] = Field(min_length=1, max_length=5)
    situation: dict[str, str | dict[str, str]] = {}
    name: str = Field(min_length=2, max_length=100)
    phone: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=200)
    reminders: bool = False
    """Whether to write to this e-mail or mobile: a confirmation, a reminder, what changes."""
    booked_by: str | None = Field(default=None, max_length=100)
    """Who books for somebody else; `name` is of who will come."""
    hold: str | None = Field(default=None, max_length=64)


class WaitBody(BaseModel):
    """From when an earlier slot is of use, and the telephone or name given when booking."""

    earliest: AwareDatetime | None = None
    phone: str | None = Field(default=None, max_length=120)
    name: str | None = Field(default=None, max_length=120)


class MoveBody(BaseModel):
    """The new slot, and the telephone or name given when booking."""

    slot: str = Field(max_length=120)
    phone: str | None = Field(default=None, max_length=120)
    name: str | None = Field(default=None, max_length=120)
    hold: str | None = Field(default=None, max_length=64)


class CalendarFile(Response):
    """An iCalendar file, in UTF-8."""

    media_type = "text/calendar"


@router.post("", status_code=201, responses=problems(404, 409), openapi_extra=PERSONAL)
def book(
    request: Request,
    body: AppointmentBody,
    services: WithServices,
    response: Response,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Book a slot; the same key with the same body gives the same appointment again."""
    view = services.bookings.book(_request(body, services), _key(idempotency_key), services.now())
    # its code is known only now; where the trace cannot be written, the same key asks again and gets this appointment
    trace(request, services, view.code)
    response.headers["Location"] = f"/api/appointments/{view.code}"
    return shown(view, services)


@router.get("/{code}.ics", response_class=CalendarFile, responses=problems(404), **traced())
def calendar_file(
    code: str, services: WithServices, phone: Proof = None, name: Proof = None, conversation: Proof = None
) -> Response:
    """The appointment as a calendar file; a conversation needs no proof for what it booked itself."""
    own = services.bookings.of_conversation(conversation) if conversation and conversation.isprintable() else []
    view = next((view for view in own if view.code == code), None) or find(services, code, phone, name)
    return calendar(view)


@router.get("/{code}", responses=problems(404), **traced())
def view_appointment(code: str, services: WithServices, phone: Proof = None, name: Proof = None) -> dict[str, Any]:
    """The appointment, with what to bring."""
    return shown(find(services, code, phone, name), services)


@router.patch("/{code}", responses=problems(404, 409), **traced())
def move(code: str, body: MoveBody, services: WithServices) -> dict[str, Any]:
    """Take another slot and give this one back, or change nothing."""
    given = proof(body.phone, body.name)
    view = services.bookings.move(tidy(code), given, tidy(body.slot), services.now(), tidy(body.hold or "") or None)
    return shown(view, services)


@router.delete("/{code}", responses=problems(404), **traced())
def cancel(code: str, services: WithServices, phone: Proof = None, name: Proof = None) -> dict[str, Any]:
    """Give the slot back; doing it twice is the same as once."""
    return shown(services.bookings.cancel(tidy(code), proof(phone, name), services.now()), services)


@router.put("/{code}/waiting", responses=problems(404), **traced())
def wait(code: str, body: WaitBody, services: WithServices) -> dict[str, Any]:
    """Be told when an earlier slot is freed at the same place; asked again, the moment alone changes."""
    given = proof(body.phone, body.name)
    return shown(services.bookings.wait(tidy(code), given, services.now(), body.earliest), services)


@router.delete("/{code}/waiting", status_code=204, responses=problems(404), **traced())
def stop_waiting(code: str, services: WithServices, phone: Proof = None, name: Proof = None) -> None:
    """Be told no more; twice is the same as once."""
    services.bookings.stop_waiting(tidy(code), proof(phone, name))


def find(services: Services, code: str, phone: str | None, name: str | None) -> AppointmentView:
    """The appointment of that code, once the telephone or the name is right."""
    return services.bookings.find(tidy(code), proof(phone, name))


def proof(phone: str | None, name: str | None) -> str:
    """What the person proves the appointment theirs with."""
    given = tidy(phone or "") or tidy(name or "")
    if not given:
        raise Refused("Ajoutez « phone » ou « name » : le téléphone ou le nom donné au moment de prendre rendez-vous.")
    return given


def shown(view: AppointmentView, services: Services) -> dict[str, Any]:
    """The appointment as the contract says it, with what to bring."""
    reminder = reminder_data(services.catalogue, view.procedures, view.situation)
    return appointment_data(view, services.now(), reminder)


def calendar(view: AppointmentView) -> CalendarFile:
    """A calendar file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="rendez-vous-{view.code}.ics"'}
    return CalendarFile(appointment_ics(view), headers=headers)


def _key(key: str | None) -> str:
    if key is None:
        raise Refused(
            "Il manque l'en-tête « Idempotency-Key » : envoyez celle donnée avec les créneaux, "
            "ou une suite de 8 à 128 caractères que vous n'utilisez qu'une fois."
        )
    if not KEY.fullmatch(key):
        raise Refused("L'en-tête « Idempotency-Key » doit avoir de 8 à 128 lettres, chiffres ou signes, sans espace.")
    return key


def _request(body: AppointmentBody, services: Services) -> BookingRequest:
    try:
        return BookingRequest(
            slot=tidy(body.slot),
            procedures=tuple(_procedure(name, services).id for name in body.procedures),
            situation=_situation(body, services),
            name=plain(body.name),
            phone=tidy(body.phone or "") or None,
            email=tidy(body.email or "") or None,
            reminders=body.reminders,
            booked_by=plain(body.booked_by or "") or None,
            hold=tidy(body.hold or "") or None,
        )
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


def _procedure(name: str, services: Services) -> Procedure:
    try:
        return services.catalogue.procedure(name)
    except NotFound as error:
        raise Refused(error.message) from error


def _situation(body: AppointmentBody, services: Services) -> dict[str, dict[str, str]]:
    flat = {name: answer for name, answer in body.situation.items() if isinstance(answer, str)}
    nested = {name: answers for name, answers in body.situation.items() if isinstance(answers, dict)}
    if flat and len(body.procedures) > 1:
        raise Refused("« situation » : rangez les réponses par démarche, comme {démarche: {question: réponse}}.")
    if flat:
        nested = {**nested, body.procedures[0]: flat}
    if others := set(nested) - set(body.procedures):
        raise Refused(f"« situation » parle de « {min(others)} », qui n'est pas dans « procedures ».")
    return {name: checked_answers(_procedure(name, services), answers) for name, answers in nested.items()}
