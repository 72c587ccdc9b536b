"""What a person is told of an appointment, written into the outbox in the transaction it tells of."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import PhoneNumberType
from sqlalchemy import update
from sqlalchemy.orm import Session

from assistant.booking.wording import moment_in_words
from assistant.directory.models import Place
from assistant.directory.timetable import stop_at
from assistant.directory.wording import phone_sentence
from assistant.storage.database import typed
from assistant.storage.tables import Appointment, Message

MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
REMINDED_AT = time(10)
"""The day before, local time: early enough to look for a document."""
_TELL = typed(
    Message,
    """
    INSERT INTO message (key, appointment_id, channel, recipient, subject, text, next_try_at, status, attempts)
    VALUES (:key, :appointment_id, :channel, :recipient, :subject, :text, :next_try_at, 'pending', 0)
    ON CONFLICT (key) DO UPDATE SET channel = excluded.channel, recipient = excluded.recipient, subject = excluded.subject,
        text = excluded.text, next_try_at = excluded.next_try_at, status = excluded.status
    WHERE message.status = 'dropped'
    """,
)
"""Once a key; again where a move dropped it and a move back makes it true."""


def confirm(session: Session, appointment: Appointment, place: Place, now: datetime) -> None:
    """The appointment made or moved, at once, and its reminder; nothing to who did not ask to be written to."""
    if appointment.reminders:
        # an appointment moved away and back is confirmed each time
        key = f"confirm:{_instance(appointment)}:{now.astimezone(UTC):%Y%m%dT%H%M%S}"
        tell(session, appointment, key, "Votre rendez-vous", _in_words(appointment, place, now), now)
        remind(session, appointment, place, now)


def remind(session: Session, appointment: Appointment, place: Place, now: datetime) -> None:
    """A word the day before, where that is not today."""
    due = _day_before(appointment.start, place)
    if appointment.reminders and due > now + timedelta(hours=3):
        text = f"Rappel : {_in_words(appointment, place, now)} Empêché ? Annulez avec votre code, la place servira à quelqu'un."
        key = f"remind:{_instance(appointment)}"
        tell(session, appointment, key, "Rappel de votre rendez-vous", text, due)


def ask_to_call(session: Session, appointment: Appointment, key: str, text: str, now: datetime) -> None:
    """Onto the list of people to telephone, once a key."""
    _write(session, appointment, key, ("call", appointment.phone or ""), "Personne à rappeler", text, now)


def cancelled(session: Session, appointment: Appointment, place: Place, now: datetime) -> None:
    """The appointment cancelled: what was still to be said of it no longer is."""
    forget(session, appointment)
    if appointment.reminders:
        when = moment_in_words(appointment.start.astimezone(ZoneInfo(place.timezone)), now)
        text = f"Votre rendez-vous du {when}, {place.name}, est annulé."
        tell(session, appointment, f"cancel:{appointment.id}", "Rendez-vous annulé", text, now)


def forget(session: Session, appointment: Appointment) -> None:
    """Drop what is waiting to be said of an appointment: it has moved, or is no more."""
    waiting = (Message.appointment_id == appointment.id, Message.status == "pending")
    session.execute(update(Message).where(*waiting).values(status="dropped"))


def tell(
    session: Session,
    appointment: Appointment,
    key: str,
    subject: str,
    text: str,
    due: datetime,
    or_call: bool = False,
) -> None:
    """Write a message, once a key; with `or_call`, onto the list of people to telephone where it cannot be sent."""
    to = _channel(appointment) or (("call", appointment.phone or "") if or_call else None)
    if to:
        _write(session, appointment, key, to, subject, text, due)


def _write(
    session: Session, appointment: Appointment, key: str, to: tuple[str, str], subject: str, text: str, due: datetime
) -> None:
    channel, recipient = to
    message = {"key": key, "appointment_id": appointment.id, "channel": channel, "recipient": recipient}
    session.execute(_TELL, message | {"subject": subject, "text": text, "next_try_at": due})


def _instance(appointment: Appointment) -> str:
    """The appointment as it stands: another time or place is told anew."""
    return f"{appointment.id}:{appointment.place_id}:{appointment.start.astimezone(UTC):%Y%m%dT%H%M}"


def _channel(appointment: Appointment) -> tuple[str, str] | None:
    """Channel and address of who asked to be written to; None where there is no way."""
    if appointment.reminders and appointment.email:
        return "email", appointment.email
    if appointment.reminders and appointment.phone and _is_mobile(appointment.phone):
        return "sms", appointment.phone
    return None


def _in_words(appointment: Appointment, place: Place, now: datetime) -> str:
    when = moment_in_words(appointment.start.astimezone(ZoneInfo(place.timezone)), now)
    where = stop_at(place, appointment.start) or place.address
    return f"Rendez-vous le {when}, {place.name}, {where}. Code : {appointment.code}. {phone_sentence(place)}".strip()


def _is_mobile(e164: str) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(e164)) in MOBILE


def _day_before(start: datetime, place: Place) -> datetime:
    zone = ZoneInfo(place.timezone)
    day = start.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(day, REMINDED_AT, zone).astimezone(UTC)
