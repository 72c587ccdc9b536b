"""Appointments that a closure, an absence or new hours left without a counter: seated elsewhere, moved, or to be telephoned."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.booking import notices
from assistant.booking.desk import Desk
from assistant.booking.slots import Slot, counters_at, free_slots
from assistant.booking.wording import moment_in_words
from assistant.directory.directory import Directory
from assistant.directory.models import Place
from assistant.errors import Conflict, Refused
from assistant.storage.tables import Appointment

ELSEWHERE = 4
"""Other places looked at, the nearest first."""
OFFERED = 3
"""Slots that somebody can read out on the telephone."""
LATER = timedelta(days=14)
"""How long after the first date another one is still an answer."""


@dataclass(frozen=True)
class Stranded:
    """An appointment that nobody will receive; `alternatives` are free, the best first."""

    code: str
    name: str
    phone: str | None
    slot: Slot
    alternatives: tuple[Slot, ...]


@dataclass
class Repaired:
    """Codes by what became of them."""

    seated: list[str] = field(default_factory=list)
    """At another counter, at the same time: nobody needs to know."""
    moved: list[str] = field(default_factory=list)
    """To another time or place; the person is told, or on the list of people to telephone."""
    to_call: list[str] = field(default_factory=list)
    """Left as they are, on the list of people to telephone."""


class Repair:
    """What to do after a change of timetable. `directory` gives today's."""

    def __init__(self, desk: Desk, directory: Callable[[], Directory]):
        self._desk, self._directory = desk, directory

    def stranded(self, place_id: str, now: datetime) -> list[Stranded]:
        """The appointments to come at a place whose counter is shut then, by date, each with its alternatives."""
        place = self._desk.place_of(place_id)
        return [self._with_alternatives(appointment, place, now) for appointment in self._concerned(place, now)]

    def apply(self, place_id: str, now: datetime, move: bool) -> Repaired:
        """Repair them all: another counter at the same time first; then, with `move`, the best alternative; else a call.

        Run again, it goes on with those that are left and tells nobody twice.
        """
        done, place = Repaired(), self._desk.place_of(place_id)
        for appointment in self._concerned(place, now):
            found = self._with_alternatives(appointment, place, now)
            if self._sold(appointment, found.slot, None, now):
                done.seated.append(found.code)
            elif move and any(self._sold(appointment, other, found, now) for other in found.alternatives):
                done.moved.append(found.code)
            else:
                self._desk.write(lambda session, found=found: _ask_to_call(session, found, self._places(found), now))  # type: ignore[misc]
                done.to_call.append(found.code)
        return done

    def _concerned(self, place: Place, now: datetime) -> list[Appointment]:
        query = select(Appointment).where(
            Appointment.place_id == place.id, Appointment.status == "booked", Appointment.start > now
        )
        booked = self._desk.read(lambda session: session.scalars(query.order_by(Appointment.start)).all())
        return [a for a in booked if a.counter not in counters_at(_slot_of(a, place), place, self._desk.settings)]

    def _with_alternatives(self, appointment: Appointment, place: Place, now: datetime) -> Stranded:
        slot = _slot_of(appointment, place)
        others = self._alternatives(slot, place, now)
        return Stranded(appointment.code, appointment.name, appointment.phone, slot, tuple(others))

    def _alternatives(self, slot: Slot, place: Place, now: datetime) -> list[Slot]:
        """Free slots near the former time: at the same place, then at the nearest ones; the soonest after it first."""
        nearby = self._directory().nearest(place, ELSEWHERE + 1, takes_appointments=True)
        places = list({p.id: p for p in (place, *(near.place for near in nearby))}.values())[: ELSEWHERE + 1]
        first, last = max(now, slot.start - timedelta(days=1)), max(now, slot.start) + LATER

        def free(session: Session) -> list[Slot]:
            found = free_slots(
                session,
                places,
                slot.minutes,
                now=now,
                settings=self._desk.settings,
                start=first,
                end=last,
                limit_per_place=60,
            )
            return [min(slots, key=lambda other: _distance(other, slot)) for slots in found.values() if slots]

        best = self._desk.read(free)
        return sorted(best, key=lambda other: (_distance(other, slot), other.place_id != place.id))[:OFFERED]

    def _sold(self, appointment: Appointment, slot: Slot, stranded: Stranded | None, now: datetime) -> bool:
        """Whether the appointment has that slot now; who is moved is told in the same transaction."""

        def replace(session: Session, place: Place) -> None:
            row = session.get_one(Appointment, appointment.id, with_for_update=True, populate_existing=True)
            if row.status != "booked" or row.start != appointment.start:
                return  # its person was quicker
            self._desk.occupy(session, row, slot, place, now)
            row.start, row.end, row.updated_at = slot.start, slot.end, now
            if stranded:
                notices.forget(session, row)
                _tell_moved(session, row, stranded.slot, slot, place, now)
                notices.remind(session, row, place, now)

        try:
            self._desk.sell(slot, now, replace)
        except (Refused, Conflict):
            return False
        return True

    def _places(self, stranded: Stranded) -> dict[str, Place]:
        return {slot.place_id: self._desk.place_of(slot.place_id) for slot in (stranded.slot, *stranded.alternatives)}


def _distance(other: Slot, slot: Slot) -> tuple[bool, timedelta]:
    """Before the former time is a last resort: the person may not be free."""
    return other.start < slot.start, abs(other.start - slot.start)


def _slot_of(appointment: Appointment, place: Place) -> Slot:
    return Slot.at(place, appointment.start, int((appointment.end - appointment.start).total_seconds()) // 60)


def _tell_moved(
    session: Session, appointment: Appointment, former: Slot, slot: Slot, place: Place, now: datetime
) -> None:
    text = (
        f"Votre rendez-vous du {moment_in_words(former.start, now)} ne peut pas avoir lieu. Il est déplacé : "
        f"{moment_in_words(slot.start, now)}, {place.name}, {place.address}. Code : {appointment.code}. "
        "Si cela ne va pas, déplacez-le ou annulez-le avec ce code."
    )
    key = f"moved:{appointment.id}:{former.start:%Y%m%dT%H%M}"
    notices.tell(session, appointment, key, "Votre rendez-vous est déplacé", text, now, or_call=True)


def _ask_to_call(session: Session, stranded: Stranded, places: dict[str, Place], now: datetime) -> None:
    """On the list of people to telephone, with what to offer them."""
    appointment = session.scalars(select(Appointment).where(Appointment.code == stranded.code)).one()
    offers = "; ".join(_offers(stranded.alternatives, places, now)) or "aucun créneau libre à proximité"
    text = (
        f"Le rendez-vous du {moment_in_words(stranded.slot.start, now)} ne peut pas avoir lieu. À proposer : {offers}."
    )
    key = f"call:{appointment.id}:{stranded.slot.start:%Y%m%dT%H%M}"
    notices.ask_to_call(session, appointment, key, text, now)


def _offers(slots: Iterable[Slot], places: dict[str, Place], now: datetime) -> Iterable[str]:
    for slot in slots:
        yield f"{moment_in_words(slot.start, now)}, {places[slot.place_id].name}"
