"""What one turn of a call shows its operator: what to say aloud, what to choose, what to read out, where and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from assistant.app import Services
from assistant.booking.codes import spell
from assistant.booking.ranking import Ranked, rank
from assistant.booking.slots import Slot, free_slots
from assistant.catalogue.visit import visit
from assistant.dialogue.replies import Choice, Reply, State
from assistant.directory.hours import day_in_words, time_in_words
from assistant.directory.models import Point

PLACES, A_PLACE = 3, 4
"""Places that take appointments side by side, and slots of each; the nearest where one comes without stands beside them."""


@dataclass(frozen=True)
class Column:
    """A place with its first free slots; `reason` is said aloud: "à 3 km, demain à 10 h"."""

    place: str
    name: str
    phone: str | None
    reason: str
    slots: tuple[tuple[str, str], ...]
    """(id, in words)."""
    takes_appointments: bool


@dataclass
class Panel:
    """One turn, ready for its template."""

    said: str = ""
    """The caller's words."""
    sentences: list[str] = field(default_factory=list)
    """To say aloud."""
    choices: list[Choice] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    """The documents of each procedure, to read out one by one."""
    columns: list[Column] = field(default_factory=list)
    numbers: list[Any] = field(default_factory=list)
    """Of an emergency."""
    appointment: dict[str, Any] | None = None
    spelt: str = ""


def panel_of(services: Services, replies: Sequence[Reply], state: State, said: str) -> Panel:
    """The panel of a turn's replies."""
    panel = Panel(said=said, sentences=[reply.text for reply in replies if reply.text])
    slots = {slot["id"] for reply in replies for slot in reply.data.get("slots", ())}
    for reply in replies:
        panel.choices += [choice for choice in reply.choices if choice.id not in slots]
        if reply.kind == "documents" and reply.data.get("documents"):
            panel.lists.append(reply.data)
        elif reply.kind == "emergency":
            panel.numbers += reply.data.get("numbers", ())
        elif reply.kind == "appointment":
            panel.appointment, panel.spelt = reply.data, spell(reply.data["code"])
    origin = next((reply.data["origin"] for reply in replies if reply.data.get("origin")), None)
    if slots:
        panel.columns = _columns(services, state, replies, origin)
    return panel


def _columns(services: Services, state: State, replies: Sequence[Reply], origin: dict[str, Any] | None) -> list[Column]:
    """The places near the caller side by side, by the day on which somebody receives them."""
    now, directory = services.now(), services.directory
    offered = [slot["place"] for reply in replies for slot in reply.data.get("slots", ())]
    here = Point(origin["latitude"], origin["longitude"]) if origin else directory.place(offered[0]).point
    bookable = directory.nearest(here, PLACES, takes_appointments=True)
    nearby = [*bookable, *directory.nearest(here, 1, takes_appointments=False)]
    minutes = _minutes(services, state)
    with services.database.read() as session:
        free = free_slots(
            session,
            [near.place for near in bookable],
            minutes,
            now=now,
            settings=services.settings,
            limit_per_place=A_PLACE,
        )
    return [_column(each, now) for each in rank(nearby, free, now)]


def _column(ranked: Ranked, now: datetime) -> Column:
    place = ranked.nearby.place
    slots = tuple((slot.id, _soon(slot, now)) for slot in ranked.slots[:A_PLACE])
    return Column(place.id, place.name, place.phone, ranked.reason, slots, place.takes_appointments)


def _soon(slot: Slot, now: datetime) -> str:
    """ "demain à 10 h": said now, not read again another day."""
    today = now.astimezone(slot.start.tzinfo).date()
    return f"{day_in_words(slot.start.date(), today)} à {time_in_words(slot.start.time())}"


def _minutes(services: Services, state: State) -> int:
    wanted = {name: state.situation.get(name, {}) for name in state.procedures if name in services.catalogue.procedures}
    return visit(services.catalogue, wanted).minutes if wanted else services.settings.default_minutes
