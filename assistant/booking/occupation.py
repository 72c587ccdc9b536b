"""Taking and giving back counters: one row a (place, counter, unit), whose primary key alone decides who wins."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.storage.tables import Appointment, Occupation


def take(session: Session, appointment: Appointment, place_id: str, units: list[datetime], capacity: int) -> bool:
    """Occupy `units` at one counter of the place for the appointment, and give back what it had elsewhere.

    Units it already has there are kept. False, with nothing changed, where every counter is taken.
    """
    owned = _owned(session, appointment)
    for counter in _counters(appointment, place_id, capacity):
        wanted = [(place_id, counter, unit) for unit in units]
        if _insert(session, appointment, [row for row in wanted if row not in owned]):
            _delete(session, appointment, owned.difference(wanted))
            appointment.place_id, appointment.counter = place_id, counter
            return True
    return False


def release(session: Session, appointment: Appointment) -> None:
    """Give back all the appointment had. The rows go: a kept row with an empty key would let a second one in."""
    session.execute(delete(Occupation).where(Occupation.appointment_id == appointment.id))


Row = tuple[str, int, datetime]


def _owned(session: Session, appointment: Appointment) -> set[Row]:
    query = select(Occupation.place_id, Occupation.counter, Occupation.unit)
    found = session.execute(query.where(Occupation.appointment_id == appointment.id))
    return {(place, counter, unit) for place, counter, unit in found}


def _counters(appointment: Appointment, place_id: str, capacity: int) -> Iterable[int]:
    """Every counter, the appointment's present one first: there it may move over its own units."""
    own = [appointment.counter] if appointment.place_id == place_id and appointment.counter < capacity else []
    return dict.fromkeys([*own, *range(capacity)])


def _insert(session: Session, appointment: Appointment, rows: list[Row]) -> bool:
    if not rows:
        return True
    try:
        with session.begin_nested():
            # sorted, or two bookings that each hold what the other waits for would deadlock
            values = [
                {"place_id": place, "counter": counter, "unit": unit, "appointment_id": appointment.id}
                for place, counter, unit in sorted(rows)
            ]
            # one statement: psycopg sends several through a pipeline, which a refusal leaves in disorder
            session.execute(insert(Occupation).values(values))
    except IntegrityError:
        return False
    return True


def _delete(session: Session, appointment: Appointment, rows: Iterable[Row]) -> None:
    for place, counter, unit in sorted(rows):
        session.execute(
            delete(Occupation).where(
                Occupation.place_id == place,
                Occupation.counter == counter,
                Occupation.unit == unit,
                Occupation.appointment_id == appointment.id,
            )
        )
