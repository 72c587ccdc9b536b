"""Appointments: book, find, move and cancel, each in one transaction that may be tried again."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.booking.codes import new_code, normalise
from assistant.booking.contacts import parse_contact
from assistant.booking.occupation import release, take
from assistant.booking.proof import proves
from assistant.booking.retries import with_retries
from assistant.booking.slots import Slot, free_slots, units_of, why_not
from assistant.directory.hours import day_in_words, time_in_words
from assistant.directory.models import Place
from assistant.errors import Conflict, NotFound, Refused
from assistant.settings import Settings
from assistant.storage import tables
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, IdempotencyKey

T = TypeVar("T")
MAX_KEY = 128
NO_SUCH_APPOINTMENT = (
    "Aucun rendez-vous ne répond à ce code avec ce nom ou ce téléphone. Vérifiez le code et ce que vous avez donné."
)


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    if not text.isprintable() or len(text) < 2:
        raise ValueError("Écrivez un nom de 2 à 100 lettres.")
    return text


class BookingRequest(BaseModel):
    """What a person confirms. `situation` is {procedure: {question: answer}}; `phone` in any format."""

    model_config = ConfigDict(frozen=True)

    slot: str = Field(max_length=100)
    procedures: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(min_length=1, max_length=5)
    situation: dict[str, dict[str, str]] = {}
    name: Annotated[str, Field(min_length=2, max_length=100), AfterValidator(_one_line)]
    phone: str | None = Field(default=None, max_length=40)
    conversation: str | None = Field(default=None, max_length=64)

    def fingerprint(self) -> str:
        """The same for the same request, whatever the order of its answers; SHA-256 in hexadecimal."""
        plain = self.model_copy(
            update={
                "situation": {name: dict(sorted(answers.items())) for name, answers in sorted(self.situation.items())}
            }
        )
        return hashlib.sha256(plain.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True)
class AppointmentView:
    """An appointment as people see it: start and end in the place's zone; status `booked` or `cancelled`."""

    code: str
    place: Place
    start: datetime
    end: datetime
    procedures: tuple[str, ...]
    situation: Mapping[str, Mapping[str, str]]
    status: str
    name: str


class SlotTaken(Conflict):
    """Somebody else has the slot; `next_slots` are free."""

    def __init__(self, message: str, next_slots: list[Slot]):
        super().__init__(message)
        self.next_slots = next_slots


class SlotRefused(Refused):
    """Nobody can book that slot; `next_slots` can be, where there are any."""

    def __init__(self, message: str, next_slots: list[Slot]):
        super().__init__(message)
        self.next_slots = next_slots


class _EveryCounterTaken(Exception):
    """Undoes the transaction that found no counter."""


class Bookings:
    """The appointments of every place. `place_of` gives a place by its id, or raises NotFound."""

    def __init__(self, database: Database, place_of: Callable[[str], Place], settings: Settings):
        self._database = database
        self._place_of = place_of
        self._settings = settings

    def new_key(self) -> str:
        """An idempotency key, to hand out with a proposal before anybody confirms it."""
        return secrets.token_urlsafe(24)

    def slots(
        self,
        place: Place,
        minutes: int,
        now: datetime,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
    ) -> list[Slot]:
        """The free slots of a place between two moments, in order; a day given as `end` is included."""
        return self._free(place, minutes, now, start, end)

    def next_slots(self, place: Place, minutes: int, after: datetime, now: datetime, limit: int = 3) -> list[Slot]:
        """The first free slots from `after` on; where there is none, the last ones before it."""
        following = self._free(place, minutes, now, start=after, limit=limit)
        return following or self._free(place, minutes, now, end=after)[-limit:]

    def book(self, request: BookingRequest, key: str, now: datetime) -> AppointmentView:
        """Book a slot. The same key with the same request gives the same appointment again.

        Raises SlotTaken where somebody else was first, SlotRefused where the slot is not for booking,
        Refused where the key served another request.
        """
        if not 0 < len(key) <= MAX_KEY or not key.isprintable():
            raise Refused(f"La clé de la demande doit avoir de 1 à {MAX_KEY} caractères.")
        answered = self._read(lambda session: _known(session, request, key))
        if answered:
            return self._view(answered)
        slot = Slot.parse(request.slot, self._place_of)
        place = self._bookable(slot, now)
        phone = _phone(request.phone, place)
        return self._sell(slot, place, now, lambda session: self._insert(session, request, key, slot, phone, now))

    def find(self, code: str, proof: str) -> AppointmentView:
        """The appointment of a code, shown to who knows its telephone or name; else NotFound, the same for both."""
        return self._view(self._read(lambda session: _proved(session, code, proof)))

    def move(self, code: str, proof: str, slot_id: str, now: datetime) -> AppointmentView:
        """Take the new slot and give the old one back, or change nothing. Raises as `find` and `book` do."""
        return self._move(lambda session: _proved(session, code, proof), slot_id, now)

    def cancel(self, code: str, proof: str, now: datetime) -> AppointmentView:
        """Give the slot back; cancelling again changes nothing. Raises as `find` does."""
        return self._cancel(lambda session: _proved(session, code, proof), now)

    def of_conversation(self, conversation: str) -> list[AppointmentView]:
        """The appointments made in a conversation and not cancelled, by date."""
        query = select(Appointment).where(Appointment.conversation == conversation, Appointment.status == "booked")
        found = self._read(lambda session: session.scalars(query.order_by(Appointment.start)).all())
        return [self._view(appointment) for appointment in found]

    def move_own(self, conversation: str, code: str, slot_id: str, now: datetime) -> AppointmentView:
        """`move` without proof, for an appointment that this conversation made."""
        return self._move(lambda session: _own(session, conversation, code), slot_id, now)

    def cancel_own(self, conversation: str, code: str, now: datetime) -> AppointmentView:
        """`cancel` without proof, for an appointment that this conversation made."""
        return self._cancel(lambda session: _own(session, conversation, code), now)

    def refine_own(self, conversation: str, code: str, situation: dict[str, dict[str, str]], now: datetime) -> None:
        """Keep with an appointment of this conversation the answers given after it was booked."""

        def keep() -> None:
            with self._database.write() as session:
                appointment = _own(session, conversation, code)
                appointment.situation, appointment.updated_at = situation, now

        with_retries(keep)

    def _free(
        self,
        place: Place,
        minutes: int,
        now: datetime,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
        limit: int | None = None,
    ) -> list[Slot]:
        def free(session: Session) -> list[Slot]:
            found = free_slots(
                session, [place], minutes, now=now, settings=self._settings, start=start, end=end, limit_per_place=limit
            )
            return found[place.id]

        return self._read(free)

    def _bookable(self, slot: Slot, now: datetime) -> Place:
        place = self._place_of(slot.place_id)
        why = why_not(slot, place, now, self._settings)
        if why:
            raise SlotRefused(why, self.next_slots(place, slot.minutes, slot.start, now))
        return place

    def _sell(self, slot: Slot, place: Place, now: datetime, work: Callable[[Session], Appointment]) -> AppointmentView:
        try:
            return self._view(self._write(work))
        except _EveryCounterTaken:
            following = self.next_slots(place, slot.minutes, slot.start, now)
            message = f"Ce créneau vient d'être pris par quelqu'un d'autre. {_offer(following, now)}"
            raise SlotTaken(message, following) from None

    def _insert(
        self, session: Session, request: BookingRequest, key: str, slot: Slot, phone: str | None, now: datetime
    ) -> Appointment:
        known = _known(session, request, key)
        if known:
            return known
        appointment = _new(request, slot, phone, now)
        session.add(appointment)
        session.flush()
        # before the slot: a double of this request waits here for its answer, and is not told the slot is taken
        session.add(_answer(request, key, appointment, now))
        session.flush()
        self._occupy(session, appointment, slot)
        return appointment

    def _occupy(self, session: Session, appointment: Appointment, slot: Slot) -> None:
        place = session.get(tables.Place, slot.place_id)
        if place is None or not place.active:
            raise SlotRefused("Ce lieu n'est plus dans l'annuaire. Choisissez un autre lieu.", [])
        capacity = place.capacity or self._settings.default_capacity
        if not take(session, appointment, place.id, units_of(slot, self._settings), capacity):
            raise _EveryCounterTaken

    def _move(self, appointment_of: Callable[[Session], Appointment], slot_id: str, now: datetime) -> AppointmentView:
        present = self._read(appointment_of)
        slot = Slot.parse(slot_id, self._place_of)
        _check_alive(present, now)
        if _is_at(present, slot):
            return self._view(present)
        place = self._bookable(slot, now)

        def replace(session: Session) -> Appointment:
            appointment = _locked(session, appointment_of(session))
            _check_alive(appointment, now)
            self._occupy(session, appointment, slot)
            appointment.start, appointment.end, appointment.updated_at = slot.start, slot.end, now
            return appointment

        return self._sell(slot, place, now, replace)

    def _cancel(self, appointment_of: Callable[[Session], Appointment], now: datetime) -> AppointmentView:
        def give_back(session: Session) -> Appointment:
            appointment = _locked(session, appointment_of(session))
            if appointment.status == "booked":
                _check_alive(appointment, now)
                release(session, appointment)
                appointment.status, appointment.updated_at = "cancelled", now
            return appointment

        return self._view(self._write(give_back))

    def _read(self, work: Callable[[Session], T]) -> T:
        def attempt() -> T:
            with self._database.read() as session:
                return work(session)

        return with_retries(attempt)

    def _write(self, work: Callable[[Session], T]) -> T:
        def attempt() -> T:
            with self._database.write() as session:
                return work(session)

        return with_retries(attempt)

    def _view(self, appointment: Appointment) -> AppointmentView:
        place = self._place_of(appointment.place_id)
        zone = ZoneInfo(place.timezone)
        return AppointmentView(
            code=appointment.code,
            place=place,
            start=appointment.start.astimezone(zone),
            end=appointment.end.astimezone(zone),
            procedures=tuple(appointment.procedures),
            situation=appointment.situation,
            status=appointment.status,
            name=appointment.name,
        )


def _known(session: Session, request: BookingRequest, key: str) -> Appointment | None:
    """The appointment this key was answered with, if it was."""
    known = session.get(IdempotencyKey, key)
    if known is None:
        return None
    if known.body_hash != request.fingerprint():
        raise Refused("Cette demande a déjà servi pour un autre rendez-vous. Demandez de nouveau les créneaux.")
    return session.get_one(Appointment, known.appointment_id)


def _proved(session: Session, code: str, proof: str) -> Appointment:
    appointment = _by_code(session, code)
    if not proves(proof, appointment.name, appointment.phone, appointment.place.departement):
        raise NotFound(NO_SUCH_APPOINTMENT)
    return appointment


def _own(session: Session, conversation: str, code: str) -> Appointment:
    appointment = _by_code(session, code)
    if not conversation or appointment.conversation != conversation:
        raise NotFound(NO_SUCH_APPOINTMENT)
    return appointment


def _by_code(session: Session, code: str) -> Appointment:
    shown = normalise(code)
    found = session.scalar(select(Appointment).where(Appointment.code == shown)) if shown else None
    if found is None:
        raise NotFound(NO_SUCH_APPOINTMENT)
    return found


def _locked(session: Session, appointment: Appointment) -> Appointment:
    # PostgreSQL: two changes to one appointment take their turn, the second sees what the first did
    session.refresh(appointment, with_for_update=True)
    return appointment


def _new(request: BookingRequest, slot: Slot, phone: str | None, now: datetime) -> Appointment:
    return Appointment(
        code=new_code(),
        place_id=slot.place_id,
        counter=0,
        start=slot.start,
        end=slot.end,
        status="booked",
        procedures=list(request.procedures),
        situation=request.situation,
        name=request.name,
        phone=phone,
        conversation=request.conversation,
        created_at=now,
        updated_at=now,
    )


def _answer(request: BookingRequest, key: str, appointment: Appointment, now: datetime) -> IdempotencyKey:
    body = request.fingerprint()
    return IdempotencyKey(key=key, body_hash=body, appointment_id=appointment.id, created_at=now)


def _phone(text: str | None, place: Place) -> str | None:
    if not text or not text.strip():
        return None
    phone = parse_contact(text, place.departement).phone
    if phone is None:
        raise Refused("Ce numéro de téléphone n'est pas valable. Donnez-le en entier, comme 06 12 34 56 78.")
    return phone


def _check_alive(appointment: Appointment, now: datetime) -> None:
    if appointment.status != "booked":
        raise Refused("Ce rendez-vous est annulé. Prenez-en un nouveau.")
    if appointment.start <= now.astimezone(UTC):
        raise Refused("Ce rendez-vous est déjà passé ou commencé. Prenez-en un nouveau, ou venez sans rendez-vous.")


def _is_at(appointment: Appointment, slot: Slot) -> bool:
    return (appointment.place_id, appointment.start, appointment.end) == (slot.place_id, slot.start, slot.end)


def _offer(following: list[Slot], now: datetime) -> str:
    if not following:
        return "Ce lieu n'a plus de créneau libre : choisissez un autre lieu."
    start = following[0].start
    day = day_in_words(start.date(), now.astimezone(start.tzinfo).date())
    return f"Le plus proche encore libre : {day} à {time_in_words(start.time())}."
