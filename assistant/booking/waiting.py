"""The list of who would come sooner: the first one whom a freed slot suits is told, in the transaction that frees it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.booking.notices import tell
from assistant.booking.occupation import has_room
from assistant.booking.slots import Slot, counters_at, units_of, why_not
from assistant.booking.wording import moment_in_words
from assistant.directory.models import Place
from assistant.errors import Refused
from assistant.settings import Settings
from assistant.storage.tables import Appointment, Waiting

NOTICE = timedelta(hours=3)
"""Nobody comes from home sooner than that."""


def join(session: Session, appointment: Appointment, earliest: datetime | None, now: datetime) -> None:
    """Put an appointment on the list, once; `earliest` is the first start that is of use."""
    earliest = max(earliest or now, now + NOTICE)
    if earliest >= appointment.start:
        raise Refused("Votre rendez-vous est trop proche pour qu'une place plus tôt vous soit utile.")
    session.execute(delete(Waiting).where(Waiting.appointment_id == appointment.id))
    session.add(Waiting(appointment_id=appointment.id, place_id=appointment.place_id, since=now, earliest=earliest))
    session.flush()


def leave(session: Session, appointment: Appointment) -> None:
    """Take an appointment off the list; twice is the same as once."""
    session.execute(delete(Waiting).where(Waiting.appointment_id == appointment.id))


def tell_first(session: Session, freed: Slot, place: Place, now: datetime, settings: Settings) -> Waiting | None:
    """Tell the first person on the list whom a freed slot suits, by message or on the list of people to telephone.

    Who was told already comes after who never was: an unanswered message blocks nobody. Nobody is told of what they
    cannot have: the freed counter may be gone, or who moved may still have a part of it.
    """
    if why_not(freed, place, now, settings) or freed.start < now + NOTICE:
        return None
    query = (
        select(Waiting, Appointment)
        .join(Appointment, Appointment.id == Waiting.appointment_id)
        .where(
            Waiting.place_id == place.id,
            Waiting.earliest <= freed.start,
            Appointment.status == "booked",
            Appointment.start > freed.start,
        )
        .order_by(Waiting.told_at.is_not(None), Waiting.told_at, Waiting.since, Waiting.id)
        .with_for_update(of=Waiting, skip_locked=True)
    )
    for waiting, appointment in session.execute(query).tuples():
        if waiting.told_slot != freed.id and _fits(session, appointment, freed, place, now, settings):
            _tell(session, waiting, appointment, freed, place, now)
            return waiting
    return None


def _fits(
    session: Session, appointment: Appointment, freed: Slot, place: Place, now: datetime, settings: Settings
) -> bool:
    """Whether the appointment, as long as it is, could be moved to the start of the freed slot."""
    wished = Slot.at(place, freed.start, int((appointment.end - appointment.start).total_seconds()) // 60)
    units, counters = units_of(wished, settings), counters_at(wished, place, settings)
    return wished.minutes <= freed.minutes and has_room(session, appointment, place.id, units, counters, now)


def _tell(
    session: Session, waiting: Waiting, appointment: Appointment, freed: Slot, place: Place, now: datetime
) -> None:
    zone = ZoneInfo(place.timezone)
    sooner = moment_in_words(freed.start.astimezone(zone), now)
    own = moment_in_words(appointment.start.astimezone(zone), now)
    text = (
        f"Une place plus tôt s'est libérée : {sooner}, {place.name}. Vous gardez votre rendez-vous du {own}. "
        f"Pour changer, donnez votre code {appointment.code} : la première personne qui la prend l'a."
    )
    key = f"earlier:{waiting.id}:{freed.start.astimezone(UTC):%Y%m%dT%H%M}:{now.astimezone(UTC):%Y%m%dT%H%M%S}"
    tell(session, appointment, key, "Une place plus tôt", text, now, or_call=True)
    waiting.told_at, waiting.told_slot = now, freed.id
