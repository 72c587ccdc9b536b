"""Taking and giving back counters: one row a (place, counter, unit), whose primary key alone decides who wins."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, TextualSelect, delete, or_, select
from sqlalchemy.orm import Session

from assistant.storage.database import typed
from assistant.storage.tables import Appointment, Hold, Occupation, UTCDateTime

Owner = Appointment | Hold
Row = tuple[str, int, datetime]


def take(
    session: Session,
    owner: Owner,
    place_id: str,
    units: list[datetime],
    counters: Iterable[int],
    now: datetime,
    new: bool = False,
) -> bool:
    """Occupy `units` at one of `counters` of the place for the owner, and give back what it had elsewhere.

    Units it already has there are kept; a `new` owner has none. False, with nothing changed, where every counter is taken.
    """
    owned = set() if new else _owned(session, owner)
    for counter in _own_first(owner, place_id, counters):
        wanted = [(place_id, counter, unit) for unit in units]
        missing = [row for row in wanted if row not in owned]
        if _insert(session, owner, missing) or (_clear(session, missing, now) and _insert(session, owner, missing)):
            _delete(session, owner, owned.difference(wanted))
            owner.place_id, owner.counter = place_id, counter
            return True
    return False


def has_room(
    session: Session, owner: Owner, place_id: str, units: list[datetime], counters: Iterable[int], now: datetime
) -> bool:
    """Whether `take` would find a counter for the owner, who may have some of the units."""
    taken = select(Occupation.counter).where(
        Occupation.place_id == place_id,
        Occupation.unit.in_(units),
        or_(Occupation.expires_at.is_(None), Occupation.expires_at > now),
        _is_of(owner).is_not(True),
    )
    return not set(counters) <= set(session.scalars(taken))


def release(session: Session, owner: Owner) -> None:
    """Give back all the owner had. The rows go: a kept row with an empty key would let a second one in."""
    session.execute(delete(Occupation).where(_is_of(owner)))


def _is_of(owner: Owner) -> ColumnElement[bool]:
    return Occupation.appointment_id == owner.id if isinstance(owner, Appointment) else Occupation.hold_id == owner.id


def _owned(session: Session, owner: Owner) -> set[Row]:
    query = select(Occupation.place_id, Occupation.counter, Occupation.unit)
    return {(place, counter, unit) for place, counter, unit in session.execute(query.where(_is_of(owner)))}


def _own_first(owner: Owner, place_id: str, counters: Iterable[int]) -> Iterator[int]:
    """The owner's present counter first: there it may move over its own units."""
    yield from sorted(counters, key=lambda counter: (place_id, counter) != (owner.place_id, owner.counter))


def _insert(session: Session, owner: Owner, rows: list[Row]) -> bool:
    """Whether all the rows were free; else none is taken. Waits for whoever is taking one of them."""
    if not rows:
        return True
    place, counter, _ = rows[0]
    # sorted, or two bookings that each hold what the other waits for would deadlock
    units = {f"unit_{number}": unit for number, (_, _, unit) in enumerate(sorted(rows))}
    got = session.scalars(_taking(len(rows)), _owner_columns(owner) | units | {"place_id": place, "counter": counter})
    taken = set(got)
    if len(taken) < len(rows):
        _delete(session, owner, [row for row in rows if row[2] in taken])
        return False
    return True


@lru_cache
def _taking(units: int) -> TextualSelect:
    """The insertion of so many units of a counter, in their order, which says those that met no other.

    No error to undo, and one round trip.
    """
    rows = ", ".join(
        f"(:place_id, :counter, :unit_{number}, :appointment_id, :hold_id, :expires_at)" for number in range(units)
    )
    columns = "place_id, counter, unit, appointment_id, hold_id, expires_at"
    insert = f"INSERT INTO occupation ({columns}) VALUES {rows} ON CONFLICT DO NOTHING RETURNING unit"  # noqa: S608
    return typed(Occupation, insert).columns(unit=UTCDateTime())


def _owner_columns(owner: Owner) -> dict[str, Any]:
    if isinstance(owner, Appointment):
        return {"appointment_id": owner.id, "hold_id": None, "expires_at": None}
    return {"appointment_id": None, "hold_id": owner.id, "expires_at": owner.expires_at}


def _clear(session: Session, rows: list[Row], now: datetime) -> bool:
    """Whether some of the rows were of holds that have expired, which are gone now."""
    place, counter, _ = rows[0]
    expired = delete(Occupation).where(
        Occupation.place_id == place,
        Occupation.counter == counter,
        Occupation.unit.in_([unit for _, _, unit in rows]),
        Occupation.expires_at <= now,
    )
    return bool(session.execute(expired).rowcount)  # type: ignore[attr-defined]


def _delete(session: Session, owner: Owner, rows: Iterable[Row]) -> None:
    for place, counter, unit in sorted(rows):
        at = (Occupation.place_id == place, Occupation.counter == counter, Occupation.unit == unit)
        session.execute(delete(Occupation).where(*at, _is_of(owner)))
