"""Openings, closures, absences and counters, edited by the place itself, with what to do of the appointments concerned."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from assistant.app import Services
from assistant.booking.contacts import show_phone
from assistant.booking.outbox import Outbox
from assistant.booking.repair import Repaired
from assistant.booking.wording import moment_in_words
from assistant.directory.hours import DAYS, hours_in_words
from assistant.directory.models import Closure, OwnHours, Place, Purpose
from assistant.errors import AssistantError, NotFound, Refused
from assistant.masks import mask
from assistant.staff.accounts import Role
from assistant.storage import tables
from assistant.web.gate import tidy
from assistant.web.parts import WithServices
from assistant.web.staff.access import WithMember, allowed, place_of
from assistant.web.staff.rendering import console_page

router = APIRouter(prefix="/agent/lieux/{place}/horaires", tags=["agent"])
CONSOLE = "/agent"
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PURPOSES = {
    "both": "avec et sans rendez-vous",
    "appointments": "sur rendez-vous seulement",
    "walk_in": "sans rendez-vous seulement",
}


@router.get("", **allowed(Role.AGENT, personal=True))
def hours_page(request: Request, services: WithServices, member: WithMember, place: str) -> Response:
    """When the place receives, what shuts it, and who must be told."""
    return _page(request, services, place_of(member, services, place))


@router.post("/fermeture", **allowed(Role.AGENT, personal=True))
def close(
    request: Request, services: WithServices, member: WithMember, place: str,
    start: Annotated[str, Form(alias="debut", max_length=40)] = "", end: Annotated[str, Form(alias="fin", max_length=40)] = "",
    counter: Annotated[str, Form(alias="guichet", max_length=3)] = "", reason: Annotated[str, Form(alias="raison", max_length=400)] = "",
) -> Response:  # fmt: skip
    """Shut the place, or one counter, between two local times."""
    where = place_of(member, services, place)
    zone = ZoneInfo(where.timezone)

    def work() -> None:
        number = _whole(counter) - 1 if counter else None
        closure = Closure(_moment(start, zone), _moment(end, zone), number, mask(tidy(reason)))
        services.timetables.close(where.id, closure, services.now())

    return _done(request, services, where, work)


@router.post("/reouverture", **allowed(Role.AGENT, personal=True))
def reopen(
    request: Request, services: WithServices, member: WithMember, place: str,
    closure: Annotated[str, Form(alias="fermeture", max_length=12)] = "",
) -> Response:  # fmt: skip
    """Undo a closure or an absence."""
    where = place_of(member, services, place)
    return _done(
        request, services, where, lambda: services.timetables.reopen(where.id, _whole(closure), services.now())
    )


@router.post("/plage", **allowed(Role.AGENT, personal=True))
def add_hours(
    request: Request, services: WithServices, member: WithMember, place: str,
    day: Annotated[str, Form(alias="jour", max_length=2)] = "", start: Annotated[str, Form(alias="de", max_length=5)] = "",
    end: Annotated[str, Form(alias="a", max_length=5)] = "", every: Annotated[str, Form(alias="semaines", max_length=2)] = "1",
    first: Annotated[str, Form(alias="premier", max_length=10)] = "", purpose: Annotated[str, Form(alias="usage", max_length=20)] = "both",
    stop: Annotated[str, Form(alias="arret", max_length=400)] = "",
) -> Response:  # fmt: skip
    """Add hours of the place's own; the first ones replace those of the directory."""
    where = place_of(member, services, place)
    zone = ZoneInfo(where.timezone)

    def work() -> None:
        if day not in CODES or _whole(every) not in (1, 2, 3, 4):
            raise Refused("Choisissez un jour et un rythme de la liste.")
        rule = f"FREQ=WEEKLY;INTERVAL={_whole(every)};BYDAY={day}"
        begins = _moment(first, zone).date() if first else services.now().astimezone(zone).date()
        hours = time.fromisoformat(start), time.fromisoformat(end)
        added = OwnHours(rule, begins, None, *hours, purpose=cast(Purpose, purpose), stop=tidy(stop) or None)
        services.timetables.set_hours(where.id, [*where.own_hours, added], services.now())

    return _done(request, services, where, work)


@router.post("/plage/retrait", **allowed(Role.AGENT, personal=True))
def remove_hours(
    request: Request, services: WithServices, member: WithMember, place: str,
    number: Annotated[str, Form(alias="plage", max_length=4)] = "", version: Annotated[str, Form(max_length=20)] = "",
) -> Response:  # fmt: skip
    """Take hours away; without any, those of the directory hold again."""
    where = place_of(member, services, place)

    def work() -> None:
        if version != str(where.timetable):
            raise Refused("Les horaires ont changé entre-temps. Les voici : recommencez si besoin.")
        taken_away = _whole(number)
        kept = [hours for n, hours in enumerate(where.own_hours) if n != taken_away]
        services.timetables.set_hours(where.id, kept, services.now())

    return _done(request, services, where, work)


@router.post("/guichets", **allowed(Role.AGENT, personal=True))
def set_capacity(
    request: Request, services: WithServices, member: WithMember, place: str,
    counters: Annotated[str, Form(alias="guichets", max_length=3)] = "",
) -> Response:  # fmt: skip
    """How many counters take appointments."""
    where = place_of(member, services, place)
    return _done(
        request, services, where, lambda: services.timetables.set_capacity(where.id, _whole(counters), services.now())
    )


@router.post("/reparation", **allowed(Role.AGENT, personal=True))
def repair(
    request: Request, services: WithServices, member: WithMember, place: str,
    action: Annotated[str, Form(max_length=20)] = "",
) -> Response:  # fmt: skip
    """The appointments that nobody would receive: at another counter, moved, or on the list of calls."""
    where = place_of(member, services, place)
    if action not in ("deplacer", "appeler"):
        return _page(request, services, where, Refused("Choisissez : déplacer, ou appeler."))
    done = services.repair.apply(where.id, services.now(), move=action == "deplacer")
    return _page(request, services, where, repaired=done)


@router.post("/appel", **allowed(Role.AGENT, personal=True))
def called(
    request: Request, services: WithServices, member: WithMember, place: str,
    message: Annotated[str, Form(max_length=12)] = "",
) -> Response:  # fmt: skip
    """Somebody of the list was told."""
    where = place_of(member, services, place)
    outbox = Outbox(services.database, services.settings)

    def work() -> None:
        theirs = {call.message_id for call in outbox.call_list(where.id)}
        if _whole(message) not in theirs:
            raise Refused("Cette personne n'est plus dans la liste à rappeler.")
        outbox.called(_whole(message), services.now())

    return _done(request, services, where, work)


def _done(request: Request, services: Services, place: Place, work: Callable[[], Any]) -> Response:
    """The page again: by a redirection where it is done, with what to do where it is not."""
    try:
        work()
    except (Refused, NotFound) as error:
        return _page(request, services, place, error)
    except ValueError:
        return _page(
            request, services, place, Refused("Une date ou une heure n'est pas lisible. Écrivez 2026-12-24 et 14:00.")
        )
    return RedirectResponse(f"/agent/lieux/{place.id}/horaires", status_code=303)


def _page(
    request: Request,
    services: Services,
    place: Place,
    error: AssistantError | None = None,
    repaired: Repaired | None = None,
) -> Response:
    now, zone = services.now(), ZoneInfo(place.timezone)
    place = services.directory.place(place.id)
    stranded = [
        {
            "code": each.code,
            "name": each.name,
            "phone": show_phone(each.phone) if each.phone else "",
            "when": moment_in_words(each.slot.start, now),
            "others": [
                f"{moment_in_words(slot.start, now)}, {services.directory.place(slot.place_id).name}"
                for slot in each.alternatives
            ],
        }
        for each in services.repair.stranded(place.id, now)
    ]
    calls = Outbox(services.database, services.settings).call_list(place.id)
    context: dict[str, Any] = {
        "place": place,
        "words": hours_in_words(place),
        "hours": [{**vars(hours), "words": _in_words(hours)} for hours in place.own_hours],
        "closures": _closures(services, place, now, zone),
        "counters": place.capacity or services.settings.default_capacity,
        "days": dict(zip(CODES, DAYS, strict=True)),
        "purposes": PURPOSES,
        "stranded": stranded,
        "calls": [{**vars(call), "phone": show_phone(call.phone) if call.phone else ""} for call in calls],
        "repaired": repaired,
        "error": error.message if error else "",
    }
    return console_page(request, "staff/hours.html", CONSOLE, error.status if error else 200, **context)


def _closures(services: Services, place: Place, now: datetime, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Those that are not over, with their ids."""
    query = select(tables.Closure).where(tables.Closure.place_id == place.id, tables.Closure.end > now)
    with services.database.read() as session:
        rows = session.scalars(query.order_by(tables.Closure.start)).all()
    return [
        {
            "id": row.id,
            "start": row.start.astimezone(zone),
            "end": row.end.astimezone(zone),
            "counter": None if row.counter is None else row.counter + 1,
            "reason": row.reason,
        }
        for row in rows
    ]


def _in_words(hours: OwnHours) -> str:
    """ "Le jeudi de 09:00 à 12:00, une semaine sur 2 à partir du 26/11/2026"."""
    rule = dict(part.split("=", 1) for part in hours.rule.split(";") if "=" in part)
    days = " et ".join(DAYS[CODES.index(code)] for code in rule.get("BYDAY", "").split(",") if code in CODES)
    every = int(rule.get("INTERVAL", "1"))
    rhythm = f", une semaine sur {every} à partir du {hours.first_day:%d/%m/%Y}" if every > 1 else ""
    weekly = rule.get("FREQ") == "WEEKLY" and days
    when = f"Le {days}" if weekly else f"Selon la règle {hours.rule}"
    stop = f", arrêt : {hours.stop}" if hours.stop else ""
    return f"{when} de {hours.start:%H:%M} à {hours.end:%H:%M}{rhythm} ({PURPOSES[hours.purpose]}){stop}"


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """Local time of the place; ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    if not 2000 <= moment.year < 2100:
        raise ValueError(text)
    return moment.replace(tzinfo=zone)


def _whole(text: str) -> int:
    """A small number; ValueError else."""
    if not text.strip().isdecimal():
        raise ValueError(text)
    return min(int(text), 2**31 - 1)
