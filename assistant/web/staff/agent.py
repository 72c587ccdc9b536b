"""The agent's console: the appointments of a place, each prepared; who comes without; how it ended."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from assistant.app import Services
from assistant.booking.codes import spell
from assistant.booking.contacts import show_phone
from assistant.booking.feedback import OUTCOMES
from assistant.catalogue.conditions import Reading, by_id
from assistant.catalogue.models import Document, Procedure
from assistant.catalogue.planner import plan, relevant
from assistant.catalogue.wording import procedure_data
from assistant.directory.hours import DAYS, MONTHS
from assistant.directory.models import Place
from assistant.errors import AssistantError, Refused
from assistant.masks import mask
from assistant.privacy.pseudonyms import pseudonymise
from assistant.staff.accounts import Member, Role
from assistant.staff.visits import ENDED, LONGEST_NOTE, STATUSES, Change, Stale, VisitView
from assistant.text import fold
from assistant.web.gate import admit, tidy
from assistant.web.parts import WithEngine, WithServices
from assistant.web.staff.access import WithMember, allowed, place_of, places_of
from assistant.web.staff.rendering import console_page

router = APIRouter(prefix="/agent", tags=["agent"])
CONSOLE = "/agent"
OUTCOME = "resultat."
"""Before the procedure in the name of a field that says what became of it."""
MOST_PLACES = 100
CHANNELS = {"web": "sur le site", "phone": "par téléphone", "counter": "au guichet"}
AskedDay = Annotated[str, Query(alias="jour", max_length=20)]


@router.get("", **allowed(Role.AGENT))
def home(
    request: Request,
    services: WithServices,
    member: WithMember,
    asked: Annotated[str, Query(alias="q", max_length=100)] = "",
) -> Response:
    """The day of one's place; a choice where there are several."""
    places = places_of(member, services)
    if len(places) == 1:
        return RedirectResponse(f"{CONSOLE}/lieux/{places[0].id}", status_code=303)
    found = [place for place in places if fold(asked) in fold(f"{place.name} {place.address} {place.departement}")]
    context: dict[str, Any] = {"places": found[:MOST_PLACES], "more": len(found) > MOST_PLACES, "asked": asked}
    return console_page(request, "staff/places.html", CONSOLE, **context)


@router.get("/lieux/{place}", **allowed(Role.AGENT, personal=True))
def day_page(request: Request, services: WithServices, member: WithMember, place: str, day: AskedDay = "") -> Response:
    """Who is expected that day, by time."""
    where = place_of(member, services, place)
    when = _day(day, services, where)
    # before the list: what comes between is shown twice
    version = services.visits.versions([where.id], services.now()).get(where.id, "")
    visits = services.visits.between(where, when, when)
    context: dict[str, Any] = {
        "version": version,
        "papers": {visit.code: _papers(services, visit) for visit in visits},
        "place": where,
        "day": when,
        "title": day_title(when),
        "visits": visits,
        "before": when - timedelta(days=1),
        "after": when + timedelta(days=1),
        "is_today": when == _today(services, where),
        "titles": _titles(services),
        "channels": CHANNELS,
    }
    fragment = "x-fragment" in request.headers
    return console_page(request, "staff/day_list.html" if fragment else "staff/day.html", CONSOLE, **context)


@router.get("/lieux/{place}/semaine", **allowed(Role.AGENT, personal=True))
def week_page(request: Request, services: WithServices, member: WithMember, place: str, day: AskedDay = "") -> Response:
    """The week that holds that day."""
    where = place_of(member, services, place)
    when = _day(day, services, where)
    monday = when - timedelta(days=when.weekday())
    visits = services.visits.between(where, monday, monday + timedelta(days=6))
    days = [
        (monday + timedelta(days=n), [v for v in visits if v.start.date() == monday + timedelta(days=n)])
        for n in range(7)
    ]
    context: dict[str, Any] = {
        "place": where,
        "days": [(each, day_title(each), theirs) for each, theirs in days if theirs or each.weekday() < 5],
        "monday": monday,
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "titles": _titles(services),
    }
    return console_page(request, "staff/week.html", CONSOLE, **context)


@router.get("/rendez-vous/{code}", **allowed(Role.AGENT, personal=True))
async def sheet(
    request: Request, services: WithServices, engine: WithEngine, member: WithMember, code: str
) -> Response:
    """The preparation sheet of a visit."""
    visit = await run_in_threadpool(services.visits.find, tidy(code), member.scope.covers)
    return await _sheet(request, services, engine, visit)


@router.post("/rendez-vous/{code}", **allowed(Role.AGENT, personal=True))
async def change(
    request: Request,
    services: WithServices,
    engine: WithEngine,
    member: WithMember,
    code: str,
    seen: Annotated[str, Form(alias="vu", max_length=60)] = "",
    status: Annotated[str, Form(alias="etat", max_length=20)] = "",
    note: Annotated[str, Form(max_length=4 * LONGEST_NOTE)] = "",
    documents: Annotated[list[str] | None, Form(alias="document")] = None,
) -> Response:
    """Keep what was ticked and noted, and the state; an end says what became of each procedure."""
    fields = await request.form()
    outcomes = {name.removeprefix(OUTCOME): str(value) for name, value in fields.items() if name.startswith(OUTCOME)}
    shown = [name[:100] for name in (documents or ())[:200]]
    wanted = Change(seen, status or None, shown, mask(tidy(note)), outcomes)
    try:
        visit = await run_in_threadpool(_change, services, member, tidy(code), wanted)
    except (Stale, Refused) as error:
        now = await run_in_threadpool(services.visits.find, tidy(code), member.scope.covers)
        return await _sheet(request, services, engine, _with_what_was_given(now, wanted, error), error)
    if status in ENDED:
        return RedirectResponse(f"{CONSOLE}/lieux/{visit.place.id}?jour={visit.start.date()}", status_code=303)
    return RedirectResponse(f"{CONSOLE}/rendez-vous/{visit.code}", status_code=303)


@router.get("/lieux/{place}/venue", **allowed(Role.AGENT))
async def walk_in_form(
    request: Request, services: WithServices, engine: WithEngine, member: WithMember, place: str,
    asked: Annotated[str, Query(alias="q", max_length=1000)] = "",
) -> Response:  # fmt: skip
    """What somebody who came without appointment is here for: the likeliest procedures, one click each."""
    where = await run_in_threadpool(place_of, member, services, place)
    triage, error = None, ""
    try:
        triage = await engine.triage(admit(asked, services.settings)) if asked.strip() else None
    except AssistantError as trouble:
        error = trouble.message
    context: dict[str, Any] = {"place": where, "asked": asked, "triage": triage, "error": error}
    return console_page(request, "staff/walk_in.html", CONSOLE, **context)


@router.post("/lieux/{place}/venue", **allowed(Role.AGENT, personal=True))
def walk_in(
    services: WithServices,
    member: WithMember,
    place: str,
    procedure: Annotated[str, Form(alias="demarche", max_length=100)] = "",
) -> Response:
    """A visit of this moment, which occupies no slot."""
    where = place_of(member, services, place)
    known = services.catalogue.procedure(tidy(procedure))
    code = services.visits.walk_in(where, [known.id], known.minutes, member.account_id, services.now())
    return RedirectResponse(f"{CONSOLE}/rendez-vous/{code}", status_code=303)


def _change(services: Services, member: Member, code: str, wanted: Change) -> VisitView:
    if len(wanted.note or "") > LONGEST_NOTE:
        raise Refused(f"La note a au plus {LONGEST_NOTE} lettres.")
    return services.visits.change(code, member.scope.covers, wanted, member.account_id, services.now())


def _with_what_was_given(visit: VisitView, wanted: Change, error: AssistantError) -> VisitView:
    """The visit as it is now, with what the agent had ticked and typed: nothing is to be done twice."""
    note = wanted.note or ""
    if isinstance(error, Stale) and note != visit.note:
        note = "\n".join(filter(None, (visit.note, note)))
    return replace(visit, note=note, documents=visit.documents | set(wanted.documents or ()))


async def _sheet(
    request: Request, services: Services, engine: Any, visit: VisitView, error: AssistantError | None = None
) -> Response:
    context: dict[str, Any] = {
        "visit": visit,
        "procedures": [
            _prepared(services, visit, name) for name in visit.procedures if name in services.catalogue.procedures
        ],
        "statuses": STATUSES,
        "ended": ENDED,
        "outcome_field": OUTCOME,
        "outcomes": {name: STATUSES[name] for name in OUTCOMES},
        "concluded": services.feedback.concluded(visit.code, "agent"),
        "told": await _told(engine, visit),
        "phone": show_phone(visit.phone) if visit.phone else "",
        "spelt": spell(visit.code),
        "channels": CHANNELS,
        "error": error.message if error else "",
    }
    return console_page(request, "staff/sheet.html", CONSOLE, error.status if error else 200, **context)


def _prepared(services: Services, visit: VisitView, name: str) -> dict[str, Any]:
    """A procedure of the visit: its documents in this situation, the answers in words, and what was not seen yet."""
    answers = dict(visit.situation.get(name, {}))
    found = plan(services.catalogue.procedure(name), answers)
    data = procedure_data(found)
    words = [
        (question.text, next((c.label for c in question.choices if c.id == answers[question.id]), "Ne sait pas"))
        for question in found.procedure.questions
        if question.id in answers
    ]
    partner = services.catalogue.partners[found.procedure.partner]
    missing = [
        d["label"] for d in data["documents"] if d["required"] and d["certain"] and d["id"] not in visit.documents
    ]
    return {**data, "answers": words, "partner_name": partner.name, "partner_phone": partner.phone, "missing": missing}


def _papers(services: Services, visit: VisitView) -> tuple[int, int]:
    """How many documents were seen, of how many that are asked for whatever is still unknown."""
    asked = {
        document.id
        for name in visit.procedures
        if name in services.catalogue.procedures
        for document in _certain(services.catalogue.procedure(name), dict(visit.situation.get(name, {})))
        if document.required
    }
    return len(asked & visit.documents), len(asked)


def _certain(procedure: Procedure, answers: dict[str, str]) -> list[Document]:
    """Those of a plan, without the question to ask next: a day has forty."""
    reading = Reading(by_id(procedure), relevant(procedure, answers))
    return [document for document in procedure.documents if reading.holds(document.when)]


async def _told(engine: Any, visit: VisitView) -> list[tuple[str, str]]:
    """What was said, without names, where the person agreed."""
    if not visit.conversation:
        return []
    try:
        turns = await engine.history(visit.conversation)
    except AssistantError:
        return []
    said = [(turn.author, turn.text or (turn.reply.text if turn.reply else "")) for turn in turns]
    return [(author, await run_in_threadpool(pseudonymise, text)) for author, text in said if text]


def day_title(day: date) -> str:
    """ "lundi 23 novembre 2026"."""
    return f"{DAYS[day.weekday()]} {'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def _today(services: Services, place: Place) -> date:
    return services.now().astimezone(ZoneInfo(place.timezone)).date()


def _day(asked: str, services: Services, place: Place) -> date:
    if not asked:
        return _today(services, place)
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        raise Refused("Écrivez une date comme 2026-11-23.") from None
    if not 2000 <= day.year < 2100:
        raise Refused("Écrivez une date de ce siècle, comme 2026-11-23.")
    return day


def _titles(services: Services) -> dict[str, str]:
    return {name: procedure.title for name, procedure in services.catalogue.procedures.items()}
