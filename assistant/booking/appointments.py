"""Appointments: book, find, move and cancel, each in one transaction that may be tried again."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, cast
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from assistant.booking import notices, waiting
from assistant.booking.codes import new_code, normalise
from assistant.booking.contacts import parse_contact
from assistant.booking.desk import Desk, SlotRefused, SlotTaken
from assistant.booking.holds import Holds, spend
from assistant.booking.occupation import release
from assistant.booking.proof import proves
from assistant.booking.slots import Slot
from assistant.booking.views import AppointmentView
from assistant.directory.models import Place
from assistant.directory.timetable import stop_at
from assistant.errors import AssistantError, NotFound, Refused, Unavailable
from assistant.masks import mask
from assistant.settings import Settings
from assistant.storage import tables
from assistant.storage.database import Database, typed
from assistant.storage.tables import Appointment, IdempotencyKey

__all__ = ["AppointmentView", "BookingRequest", "Bookings", "SlotRefused", "SlotTaken"]
MAX_KEY = 128
FIRST_COUNTER = 0
NO_SUCH_APPOINTMENT = (
    "Aucun rendez-vous ne répond à ce code avec ce nom ou ce téléphone. Vérifiez le code et ce que vous avez donné."
)
_PLACE, _TABLE = tables.Place.__table__.c, cast(Table, Appointment.__table__)
_NEW = [column for column in _TABLE.columns if column.name != "id"]
_ADD = (
    insert(_TABLE)
    .from_select(
        [column.name for column in _NEW],
        select(*(bindparam(f"new_{column.name}", type_=column.type) for column in _NEW))
        .where(_PLACE.id == bindparam("place"), _PLACE.active, _PLACE.timetable == bindparam("timetable"))
        .with_for_update(read=True),
    )
    .returning(_TABLE.c.id)
)
"""`Desk.check_place` and the appointment in one round trip: no row where the place is not as it was read."""
_ANSWER = typed(
    IdempotencyKey,
    """
    INSERT INTO idempotency_key (key, body_hash, appointment_id, created_at)
    VALUES (:key, :body_hash, :appointment_id, :created_at) ON CONFLICT DO NOTHING RETURNING appointment_id
    """,
)


class _Answered(Unavailable):
    """Undoes the transaction of a request that has its answer."""


def _one_line(text: str) -> str:
    # here, as every way of booking comes by: what somebody writes in place of a name is masked too
    text = mask(" ".join(text.split()))
    if not text.isprintable() or len(text) < 2:
        raise ValueError("Écrivez un nom de 2 à 100 lettres.")
    return text


def _email(text: str) -> str:
    if mask(text) != text:
        raise ValueError("Cette adresse électronique contient un numéro personnel. Donnez-en une autre, ou aucune.")
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError("Cette adresse électronique n'est pas valable. Exemple : nom@exemple.fr.") from error


class BookingRequest(BaseModel):
    """What a person confirms. `situation` is {procedure: {question: answer}}; `phone` in any format."""

    model_config = ConfigDict(frozen=True)

    slot: str = Field(max_length=100)
    procedures: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(min_length=1, max_length=5)
    situation: dict[str, dict[str, str]] = {}
    name: Annotated[str, Field(min_length=2, max_length=100), AfterValidator(_one_line)]
    phone: str | None = Field(default=None, max_length=40)
    email: Annotated[str, Field(max_length=200), AfterValidator(_email)] | None = None
    reminders: bool = False
    """Whether to write: a confirmation, a reminder the day before, and what changes."""
    booked_by: Annotated[str, Field(max_length=100), AfterValidator(_one_line)] | None = None
    """Who books for somebody else; `name` is of who will come."""
    conversation: str | None = Field(default=None, max_length=64)
    hold: str | None = Field(default=None, max_length=64)
    """What keeps the slot for this person, if anything does."""
    distance_km: int | None = Field(default=None, ge=0)
    """From the commune that the person named to the place, as the crow flies: for the figures."""

    def fingerprint(self) -> str:
        """The same for the same request, whatever the order of its answers; SHA-256 in hexadecimal."""
        plain = self.model_copy(
            update={
                "hold": None,
                "distance_km": None,
                "situation": {name: dict(sorted(answers.items())) for name, answers in sorted(self.situation.items())},
            }
        )
        return hashlib.sha256(plain.model_dump_json().encode()).hexdigest()


class Bookings:
    """The appointments of every place. `place_of` gives a place by its id, or raises NotFound."""

    def __init__(self, database: Database, place_of: Callable[[str], Place], settings: Settings):
        self.desk = Desk(database, place_of, settings)
        self.holds = Holds(self.desk)

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
        hold: str | None = None,
    ) -> list[Slot]:
        """The free slots of a place between two moments, in order; a day given as `end` is included.

        What the hold `hold` keeps is free for its holder.
        """
        return self.desk.free(place, minutes, now, start, end, hold=hold)

    def next_slots(self, place: Place, minutes: int, after: datetime, now: datetime, limit: int = 3) -> list[Slot]:
        """The first free slots from `after` on; where there is none, the last ones before it."""
        return self.desk.next_slots(place, minutes, after, now, limit)

    def book(self, request: BookingRequest, key: str, now: datetime) -> AppointmentView:
        """Book a slot. The same key with the same request gives the same appointment again.

        Raises SlotTaken where somebody else was first, SlotRefused where the slot is not for booking,
        Refused where the key served another request.
        """
        if not 0 < len(key) <= MAX_KEY or not key.isprintable():
            raise Refused(f"La clé de la demande doit avoir de 1 à {MAX_KEY} caractères.")
        try:
            return self._book(request, key, now)
        except AssistantError:
            # this very request may have been answered: the slot is gone because it has it
            answered = self.desk.read(lambda session: _known(session, request, key))
            if answered is None:
                raise
            return self._view(answered)

    def _book(self, request: BookingRequest, key: str, now: datetime) -> AppointmentView:
        slot = Slot.parse(request.slot, self.desk.place_of)
        phone = _phone(request.phone, self.desk.place_of(slot.place_id))
        booked = self.desk.sell(
            slot, now, lambda session, place: self._insert(session, request, key, slot, place, phone, now)
        )
        return self._view(booked)

    def find(self, code: str, proof: str) -> AppointmentView:
        """The appointment of a code, shown to who knows its telephone or name; else NotFound, the same for both."""
        return self._view(self.desk.read(lambda session: _proved(session, code, proof)))

    def move(self, code: str, proof: str, slot_id: str, now: datetime, hold: str | None = None) -> AppointmentView:
        """Take the new slot, which `hold` may keep, and give the old one back, or change nothing.

        Raises as `find` and `book` do.
        """
        return self._move(lambda session: _proved(session, code, proof), slot_id, now, hold)

    def cancel(self, code: str, proof: str, now: datetime) -> AppointmentView:
        """Give the slot back; cancelling again changes nothing. Raises as `find` does."""
        return self._cancel(lambda session: _proved(session, code, proof), now)

    def move_by_staff(self, code: str, slot_id: str, now: datetime) -> AppointmentView:
        """`move` without proof: whoever asks was found entitled to it."""
        return self._move(lambda session: _by_code(session, code), slot_id, now, None)

    def cancel_by_staff(self, code: str, now: datetime) -> AppointmentView:
        """`cancel` without proof: whoever asks was found entitled to it."""
        return self._cancel(lambda session: _by_code(session, code), now)

    def wait(self, code: str, proof: str, now: datetime, earliest: datetime | None = None) -> AppointmentView:
        """Be told when a slot before this appointment is freed, from `earliest` on. Raises as `find` does."""
        return self._wait(lambda session: _proved(session, code, proof), now, earliest)

    def wait_own(self, conversation: str, code: str, now: datetime) -> AppointmentView:
        """`wait` without proof, for an appointment that this conversation made."""
        return self._wait(lambda session: _own(session, conversation, code), now, None)

    def stop_waiting(self, code: str, proof: str) -> None:
        """Be told no more; twice is the same as once. Raises as `find` does."""
        self.desk.write(lambda session: waiting.leave(session, _proved(session, code, proof)))

    def of_conversation(self, conversation: str) -> list[AppointmentView]:
        """The appointments made in a conversation and not cancelled, by date."""
        query = select(Appointment).where(Appointment.conversation == conversation, Appointment.status == "booked")
        found = self.desk.read(lambda session: session.scalars(query.order_by(Appointment.start)).all())
        return [self._view(appointment) for appointment in found]

    def move_own(self, conversation: str, code: str, slot_id: str, now: datetime) -> AppointmentView:
        """`move` without proof, for an appointment that this conversation made; its hold has the conversation's id."""
        return self._move(lambda session: _own(session, conversation, code), slot_id, now, conversation)

    def cancel_own(self, conversation: str, code: str, now: datetime) -> AppointmentView:
        """`cancel` without proof, for an appointment that this conversation made."""
        return self._cancel(lambda session: _own(session, conversation, code), now)

    def refine_own(self, conversation: str, code: str, situation: dict[str, dict[str, str]], now: datetime) -> None:
        """Keep with an appointment of this conversation the answers given after it was booked."""

        def keep(session: Session) -> None:
            appointment = _own(session, conversation, code)
            appointment.situation, appointment.updated_at = situation, now

        self.desk.write(keep)

    def _insert(
        self,
        session: Session,
        request: BookingRequest,
        key: str,
        slot: Slot,
        place: Place,
        phone: str | None,
        now: datetime,
    ) -> Appointment:
        appointment = _new(request, slot, phone, now)
        self._add(session, appointment, place)
        # before the slot: a double of this request waits here for its answer, and is not told the slot is taken
        _answer(session, request, key, appointment, now)
        if request.hold:
            spend(session, request.hold)
        self.desk.seat(session, appointment, slot, place, now, new=True)
        if appointment.counter != FIRST_COUNTER:
            at = update(Appointment).where(Appointment.id == appointment.id)
            session.execute(at.values(counter=appointment.counter), execution_options={"synchronize_session": False})
        notices.confirm(session, appointment, place, now)
        return appointment

    def _add(self, session: Session, appointment: Appointment, place: Place) -> None:
        given = {f"new_{column.name}": getattr(appointment, column.name) for column in _NEW}
        identity = session.scalar(_ADD, given | {"place": place.id, "timetable": place.timetable})
        if identity is None:
            self.desk.check_place(session, place)
            # closed to all when it was added, and open again by now
            raise Unavailable("Les horaires de ce lieu sont en train de changer. Réessayez dans une minute.")
        appointment.id = identity

    def _move(
        self, appointment_of: Callable[[Session], Appointment], slot_id: str, now: datetime, hold: str | None
    ) -> AppointmentView:
        present = self.desk.read(appointment_of)
        slot = Slot.parse(slot_id, self.desk.place_of)
        _check_alive(present, now)
        if _is_at(present, slot):
            return self._view(present)
        former = self.desk.place_of(present.place_id)

        def replace(session: Session, place: Place) -> Appointment:
            appointment = _locked(session, appointment_of(session))
            _check_alive(appointment, now)
            before = _slot_of(appointment, former)
            if hold:
                spend(session, hold)
            self.desk.occupy(session, appointment, slot, place, now)
            appointment.start, appointment.end, appointment.updated_at = slot.start, slot.end, now
            waiting.leave(session, appointment)
            notices.forget(session, appointment)
            notices.confirm(session, appointment, place, now)
            waiting.tell_first(session, before, former, now, self.desk.settings)
            return appointment

        return self._view(self.desk.sell(slot, now, replace))

    def _cancel(self, appointment_of: Callable[[Session], Appointment], now: datetime) -> AppointmentView:
        place = self.desk.place_of(self.desk.read(appointment_of).place_id)

        def give_back(session: Session) -> Appointment:
            appointment = _locked(session, appointment_of(session))
            if appointment.status == "booked":
                _check_alive(appointment, now)
                before = _slot_of(appointment, place)
                release(session, appointment)
                appointment.status, appointment.updated_at = "cancelled", now
                waiting.leave(session, appointment)
                notices.cancelled(session, appointment, place, now)
                waiting.tell_first(session, before, place, now, self.desk.settings)
            return appointment

        return self._view(self.desk.write(give_back))

    def _wait(
        self, appointment_of: Callable[[Session], Appointment], now: datetime, earliest: datetime | None
    ) -> AppointmentView:
        def join(session: Session) -> Appointment:
            appointment = _locked(session, appointment_of(session))
            _check_alive(appointment, now)
            waiting.join(session, appointment, earliest, now)
            return appointment

        return self._view(self.desk.write(join))

    def _view(self, appointment: Appointment) -> AppointmentView:
        place = self.desk.place_of(appointment.place_id)
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
            stop=stop_at(place, appointment.start),
            booked_by=appointment.booked_by,
            reachable=bool(appointment.phone or appointment.email),
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
        counter=FIRST_COUNTER,
        start=slot.start,
        end=slot.end,
        status="booked",
        procedures=list(request.procedures),
        situation=request.situation,
        name=request.name,
        phone=phone,
        email=request.email,
        reminders=request.reminders,
        booked_by=request.booked_by,
        conversation=request.conversation,
        distance_km=request.distance_km,
        created_at=now,
        updated_at=now,
    )


def _answer(session: Session, request: BookingRequest, key: str, appointment: Appointment, now: datetime) -> None:
    """Write down what this key was answered, once; leave the transaction where it has been."""
    row = {"key": key, "body_hash": request.fingerprint(), "appointment_id": appointment.id, "created_at": now}
    if session.scalar(_ANSWER, row) is None:
        raise _Answered("Cette demande est en cours. Réessayez dans une minute.")


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


def _slot_of(appointment: Appointment, place: Place) -> Slot:
    return Slot.at(place, appointment.start, int((appointment.end - appointment.start).total_seconds()) // 60)


def _is_at(appointment: Appointment, slot: Slot) -> bool:
    return (appointment.place_id, appointment.start, appointment.end) == (slot.place_id, slot.start, slot.end)
