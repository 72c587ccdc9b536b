"""The operator's console: a call on one screen, by the same dialogue engine as the chat."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from assistant.app import Services
from assistant.booking.wording import slot_label
from assistant.dialogue.replies import Reply
from assistant.errors import NotFound, Refused
from assistant.masks import mask
from assistant.staff.accounts import Role
from assistant.staff.calls import REASONS, CallView, Ending
from assistant.staff.visits import VisitView
from assistant.web.gate import admit, tidy
from assistant.web.parts import WithEngine, WithServices
from assistant.web.staff.access import WithMember, allowed
from assistant.web.staff.calls import panel_of
from assistant.web.staff.rendering import console_page

router = APIRouter(prefix="/operateur", tags=["operator"])
CONSOLE = "/operateur"
GONE = "Ce créneau vient d'être pris. Proposez-en un autre."
CallId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Words = Annotated[str, Form(max_length=4000)]
ChoiceId = Annotated[str, Form(max_length=500)]
Number = Annotated[str, Form(alias="envoi", max_length=64)]


class Heard(BaseModel):
    """What the caller has said so far."""

    text: str = Field(max_length=1000)


@router.get("", **allowed(Role.OPERATOR))
def console(request: Request, services: WithServices) -> Response:
    """The console, before a call."""
    return console_page(
        request, "staff/operator.html", CONSOLE, reasons=REASONS, limit=services.settings.max_message_chars
    )


@router.post("/triage", **allowed(Role.OPERATOR))
async def triage(body: Heard, services: WithServices, engine: WithEngine) -> dict[str, Any]:
    """What the words so far are understood as: nothing is kept."""
    text = admit(body.text, services.settings)
    found = await engine.triage(text)
    named = {partner.id: partner.name for partner in services.catalogue.partners.values()}
    candidates = [{**each, "partner": named.get(each["partner"], each["partner"])} for each in found.candidates[:5]]
    return {"kind": found.kind, "candidates": candidates, "emergency": found.emergency}


@router.post("/appels", **allowed(Role.OPERATOR, personal=True))
async def begin(
    request: Request, services: WithServices, engine: WithEngine, member: WithMember, text: Words = "", sent: Number = "",
) -> Response:  # fmt: skip
    """A call begins with its first words."""
    words = admit(text, services.settings)
    conversation, _ = await engine.open("phone")
    call = await run_in_threadpool(services.calls.open, member.account_id, conversation, services.now())
    return await _turn(request, services, engine, call, text=words, sent=sent)


@router.post("/appels/{call}/tour", **allowed(Role.OPERATOR, personal=True))
async def turn(
    request: Request, services: WithServices, engine: WithEngine, member: WithMember, call: CallId,
    text: Words = "", choice: ChoiceId = "", slot: Annotated[str, Form(alias="creneau", max_length=120)] = "",
    place: Annotated[str, Form(alias="lieu", max_length=40)] = "", sent: Number = "",
    chosen: Annotated[str, Form(alias="choisie", max_length=100)] = "", heard: Annotated[str, Form(alias="dit", max_length=4000)] = "",
    guessed: Annotated[str, Form(alias="cru", max_length=600)] = "",
) -> Response:  # fmt: skip
    """The caller's next words, an answer chosen, or a slot of any of the places shown."""
    found = await run_in_threadpool(services.calls.find, call, member.account_id)
    if slot:
        return await _take(request, services, engine, found, slot, place)
    if chosen and heard:
        await run_in_threadpool(_correct, services, found, heard, guessed, chosen)
    words = None if choice else admit(text, services.settings)
    return await _turn(request, services, engine, found, text=words, choice=choice or None, sent=sent)


@router.post("/appels/{call}/retour", **allowed(Role.OPERATOR, personal=True))
async def take_back(
    request: Request, services: WithServices, engine: WithEngine, member: WithMember, call: CallId
) -> Response:
    """Undo the last answer: the panel of the one before it."""
    found = await run_in_threadpool(services.calls.find, call, member.account_id)
    await engine.take_back(found.conversation)
    turns = await engine.history(found.conversation)
    last = max((n for n, each in enumerate(turns) if each.author == "person"), default=-1)
    said = turns[last].text if last >= 0 else ""
    return await _panel(
        request, services, engine, found, [each.reply for each in turns[last + 1 :] if each.reply], said
    )


@router.post("/appels/{call}/fin", status_code=204, **allowed(Role.OPERATOR, personal=True))
def finish(
    services: WithServices, member: WithMember, call: CallId,
    reason: Annotated[str, Form(alias="motif", max_length=30)] = "", note: Words = "",
    agreed: Annotated[str, Form(alias="partage", max_length=10)] = "",
) -> None:  # fmt: skip
    """How the call ended, and whether the agent may read what was said."""
    ending = Ending(reason, mask(tidy(note)), shared=agreed == "oui")
    services.calls.finish(call, member.account_id, ending, services.now())


@router.get("/recherche", **allowed(Role.OPERATOR, personal=True))
def search(
    request: Request,
    services: WithServices,
    member: WithMember,
    asked: Annotated[str, Query(alias="q", max_length=120)] = "",
) -> Response:
    """Appointments by code, telephone or name, at places of one's own."""
    found = services.visits.search(tidy(asked), member.scope.covers, services.now())
    return console_page(request, "staff/operator_found.html", CONSOLE, found=found, asked=asked)


@router.get("/rendez-vous/{code}/creneaux", **allowed(Role.OPERATOR, personal=True))
def other_slots(request: Request, services: WithServices, member: WithMember, code: str) -> Response:
    """The appointment, with the next free slots at its place."""
    return _appointment(request, services, services.visits.find(tidy(code), member.scope.covers))


@router.post("/rendez-vous/{code}/deplacement", **allowed(Role.OPERATOR, personal=True))
def move(
    request: Request, services: WithServices, member: WithMember, code: str,
    slot: Annotated[str, Form(alias="creneau", max_length=120)] = "",
) -> Response:  # fmt: skip
    """Take another slot and give the former back, or change nothing."""
    visit = services.visits.find(tidy(code), member.scope.covers)
    services.bookings.move_by_staff(visit.code, tidy(slot), services.now())
    return _appointment(request, services, services.visits.find(visit.code, member.scope.covers), "C'est déplacé.")


@router.post("/rendez-vous/{code}/annulation", **allowed(Role.OPERATOR, personal=True))
def cancel(request: Request, services: WithServices, member: WithMember, code: str) -> Response:
    """Give the slot back; twice is the same as once."""
    visit = services.visits.find(tidy(code), member.scope.covers)
    services.bookings.cancel_by_staff(visit.code, services.now())
    return _appointment(request, services, services.visits.find(visit.code, member.scope.covers), "C'est annulé.")


async def _turn(
    request: Request, services: Services, engine: Any, call: CallView, *, text: str | None = None, choice: str | None = None,
    sent: str = "",
) -> Response:  # fmt: skip
    # the same sending twice is one message, as in the chat
    number = f"{sent[:40]}-{hashlib.sha256((text or choice or '').encode()).hexdigest()[:12]}" if sent else None
    replies = await engine.message(call.conversation, text=text, choice=choice, message_id=number)
    return await _panel(request, services, engine, call, replies, text or "")


async def _take(request: Request, services: Services, engine: Any, call: CallView, slot: str, place: str) -> Response:
    """A slot of the place that the dialogue offers, or of another one shown beside it: it is led there first."""
    for steps in ((slot,), (f"place.{place}", slot), ("autre_lieu", f"place.{place}", slot)):
        try:
            for step in steps:
                replies = await engine.message(call.conversation, choice=step)
            return await _panel(request, services, engine, call, replies, "")
        except Refused:
            continue
    raise Refused(GONE)


async def _panel(
    request: Request, services: Services, engine: Any, call: CallView, replies: Sequence[Reply], said: str
) -> Response:
    state = await engine.state(call.conversation)
    panel = await run_in_threadpool(panel_of, services, replies, state, said)
    response = console_page(request, "staff/operator_panel.html", CONSOLE, panel=panel)
    response.headers["X-Call"] = str(call.id)
    return response


def _correct(services: Services, call: CallView, heard: str, guessed: str, chosen: str) -> None:
    try:
        labels = [label for label in guessed.split(",") if label in services.catalogue.procedures]
        services.learning.corrected(call.conversation, tidy(heard), labels, chosen, services.now())
    except NotFound:
        pass  # not a procedure: nothing to learn


def _appointment(request: Request, services: Services, visit: VisitView, done: str = "") -> Response:
    now = services.now()
    minutes = int((visit.end - visit.start).total_seconds()) // 60
    slots = services.bookings.next_slots(visit.place, minutes, now, now, 6) if visit.booking == "booked" else []
    context: dict[str, Any] = {
        "visit": visit,
        "slots": [(slot.id, slot_label(slot, now)) for slot in slots],
        "done": done,
    }
    return console_page(request, "staff/operator_appointment.html", CONSOLE, **context)
