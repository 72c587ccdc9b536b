"""The France services near somewhere, and the slots of those that take appointments."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from assistant.app import Services
from assistant.booking.ranking import Wishes, rank
from assistant.booking.slots import free_slots
from assistant.booking.wording import slot_data, slot_label
from assistant.directory.directory import CommuneSearch, Directory
from assistant.directory.models import Commune, Place, Point
from assistant.directory.wording import commune_data, place_data
from assistant.errors import NotFound, Refused
from assistant.settings import Settings
from assistant.web.description import problems
from assistant.web.gate import plain
from assistant.web.parts import WithServices

router = APIRouter(prefix="/api/places", tags=["places"])

COORDINATES = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*")
LOOKED_AT, SHOWN_SLOTS = 20, 3
"""Nearest places that are compared; first slots shown of each."""
SAMPLE_NOTICE = "Annuaire d'exemple : ces lieux ne sont pas réels."
NEAR = "Écrivez le nom de votre commune ou son code postal, par exemple « Lure » ou « 70200 »."


class UnknownCommune(NotFound):
    """No commune of that name; `suggestions` are the nearest names."""

    def __init__(self, text: str, suggestions: list[str]):
        hint = f"Vouliez-vous dire {' ou '.join(f'« {name} »' for name in suggestions[:3])} ? " if suggestions else ""
        super().__init__(f"Nous ne trouvons pas « {text[:60]} ». {hint}{NEAR}")
        self.suggestions = suggestions


@router.get("", responses=problems(404))
def find_places(
    services: WithServices,
    near: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
    appointments: bool | None = None,
    saturday: bool = False,
    evening: bool = False,
    wheelchair: bool = False,
    order: Literal["distance", "day"] = "distance",
    minutes: Annotated[int | None, Query(ge=5, le=240)] = None,
) -> dict[str, Any]:
    """The nearest places to a commune, a postcode or "lat,lon"; `communes` are other communes of that name.

    With `order=day` or a filter, those that receive first come first, each with its first slots and why it stands there.
    """
    directory = services.directory
    origin, others = origin_of(plain(near), directory)
    now = services.now()
    if order == "day" or saturday or evening or wheelchair:
        wishes = Wishes(appointments, saturday, evening, wheelchair)
        places = _by_day(services, origin, wishes, minutes, now)[:limit]
    else:
        found = directory.nearest(origin, limit, takes_appointments=appointments)
        places = [place_data(nearby, now, directory.data_date) for nearby in found]
    return {
        "places": places,
        "commune": commune_data(origin) if isinstance(origin, Commune) else None,
        "communes": [commune_data(commune) for commune in others],
        **directory_notice(directory),
    }


def _by_day(
    services: Services, origin: Point | Commune, wishes: Wishes, minutes: int | None, now: datetime
) -> list[dict[str, Any]]:
    directory, settings = services.directory, services.settings
    nearby = directory.nearest(origin, LOOKED_AT)
    places = list({near.place.id: near.place for near in nearby}.values())
    with services.database.read() as session:
        free = free_slots(session, places, minutes or settings.default_minutes, now=now, settings=settings)
    return [
        {
            **place_data(ranked.nearby, now, directory.data_date),
            "reason": ranked.reason,
            "resolved_at": ranked.resolved_at.isoformat() if ranked.resolved_at else None,
            "with_appointment": ranked.with_appointment,
            "slots": [{**slot_data(slot), "label": slot_label(slot, now)} for slot in ranked.slots[:SHOWN_SLOTS]],
        }
        for ranked in rank(nearby, free, now, wishes)
    ]


@router.get("/{place}/slots", responses=problems(404))
def find_slots(
    place: str,
    services: WithServices,
    start: Annotated[str | None, Query(alias="from", max_length=40)] = None,
    end: Annotated[str | None, Query(alias="to", max_length=40)] = None,
    minutes: Annotated[int | None, Query(ge=5, le=240)] = None,
) -> dict[str, Any]:
    """The free slots of a place between two moments, and the key to book one of them with."""
    found, now, settings = services.directory.place(place), services.now(), services.settings
    first, last = moment(start, "from", found), moment(end, "to", found)
    _check_order(first, last)
    first, last = within_horizon(first, now, settings), within_horizon(last, now, settings)
    slots = []
    if found.takes_appointments:
        slots = services.bookings.slots(found, minutes or settings.default_minutes, now, first, last)
    return {
        "slots": [{**slot_data(slot), "label": slot_label(slot, now)} for slot in slots],
        "place": place_data(found, now, services.directory.data_date),
        "idempotency_key": services.bookings.new_key(),
    }


def origin_of(near: str, directory: Directory) -> tuple[Point | Commune, list[Commune]]:
    """Where that is, and the other communes it may mean."""
    if not near:
        raise Refused(f"Il manque « near » : dites où chercher. {NEAR}")
    if written := COORDINATES.fullmatch(near):
        return _point(float(written[1]), float(written[2])), []
    return _commune(directory.search(near), near)


def directory_notice(directory: Directory) -> dict[str, Any]:
    """Whether the directory is a sample, and the date of its data."""
    return {
        "sample": directory.is_sample,
        "notice": SAMPLE_NOTICE if directory.is_sample else None,
        "data_date": directory.data_date.isoformat() if directory.data_date else None,
    }


def moment(text: str | None, field: str, place: Place) -> datetime | None:
    """An ISO date or date and time, in the place's zone where it names none; a `to` date runs to its end."""
    if text is None:
        return None
    try:
        # in a query "+" is a space: 2026-11-26T09:00+01:00 arrives with one
        read = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    except ValueError as error:
        raise Refused(f"« {field} » : écrivez une date comme 2026-11-26 ou 2026-11-26T09:00:00+01:00.") from error
    if len(text.strip()) == len("2026-11-26") and field == "to":
        read = datetime.combine(read.date(), time.max)
    return read if read.tzinfo else read.replace(tzinfo=ZoneInfo(place.timezone))


def within_horizon(value: datetime | None, now: datetime, settings: Settings) -> datetime | None:
    """Nothing is bookable before today or past the horizon: no date is left that arithmetic could overflow on."""
    if value is None:
        return None
    margin = timedelta(days=2)
    return min(max(value, now - margin), now + timedelta(days=settings.horizon_days) + margin)


def _check_order(first: datetime | None, last: datetime | None) -> None:
    if first and last and first.replace(tzinfo=None) > last.replace(tzinfo=None):
        raise Refused("« from » est après « to » : échangez les deux dates.")


def _point(latitude: float, longitude: float) -> Point:
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise Refused("Ces coordonnées n'existent pas : écrivez « latitude,longitude », par exemple « 47.62,6.15 ».")
    return Point(latitude, longitude)


def _commune(search: CommuneSearch, near: str) -> tuple[Commune, list[Commune]]:
    found = [match.commune for match in search.matches]
    if search.certain:
        return search.certain, []
    if not found:
        raise UnknownCommune(near, [])
    return found[0], found[1:]
