"""Changing when a place receives: its own hours, its closures, its agents' absences, its counters.

Each change locks the place's row: bookings under way end first, later ones read the new timetable. What was booked before
stays, and `booking.repair` finds it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import delete
from sqlalchemy.orm import Session

from assistant.directory.models import Closure, OwnHours
from assistant.directory.timetable import check_rule
from assistant.errors import NotFound, Refused
from assistant.storage import tables
from assistant.storage.database import Database

T = TypeVar("T")
MOST_COUNTERS = 20
MOST_HOURS = 100
LONGEST_REASON, LONGEST_STOP = 200, 300
"""Letters the database keeps."""
PURPOSES = ("both", "appointments", "walk_in")


class TimetableEditor:
    """Changes the timetable of places; every method raises NotFound for an unknown place and Refused for nonsense."""

    def __init__(self, database: Database):
        self._database = database

    def close(self, place_id: str, closure: Closure, now: datetime) -> int:
        """Shut a place, or one of its counters; gives the id that `reopen` takes."""
        _check_closure(closure)

        def add(session: Session) -> int:
            row = tables.Closure(
                place_id=place_id,
                counter=closure.counter,
                start=closure.start,
                end=closure.end,
                reason=closure.reason.strip(),
            )
            session.add(row)
            session.flush()
            return row.id

        return self._change(place_id, "closure" if closure.counter is None else "absence", now, add)

    def reopen(self, place_id: str, closure_id: int, now: datetime) -> None:
        """Undo a closure or an absence; one already undone changes nothing."""
        of_place = (tables.Closure.id == closure_id, tables.Closure.place_id == place_id)
        self._change(
            place_id, "reopening", now, lambda session: session.execute(delete(tables.Closure).where(*of_place))
        )

    def set_hours(self, place_id: str, hours: Sequence[OwnHours], now: datetime) -> None:
        """Replace the place's own hours; none gives it back those of the directory."""
        if len(hours) > MOST_HOURS:
            raise Refused(f"Un lieu a au plus {MOST_HOURS} plages d'ouverture.")
        for each in hours:
            _check_hours(each)

        def replace(session: Session) -> None:
            session.execute(delete(tables.Opening).where(tables.Opening.place_id == place_id))
            session.add_all(_row(place_id, each) for each in hours)

        self._change(place_id, "hours", now, replace)

    def set_capacity(self, place_id: str, counters: int | None, now: datetime) -> None:
        """Counters that take appointments; None is the setting's default."""
        if counters is not None and not 1 <= counters <= MOST_COUNTERS:
            raise Refused(f"Un lieu a de 1 à {MOST_COUNTERS} guichets.")

        def set_it(session: Session) -> None:
            session.get_one(tables.Place, place_id).capacity = counters

        self._change(place_id, "capacity", now, set_it)

    def _change(self, place_id: str, what: str, now: datetime, work: Callable[[Session], T]) -> T:
        with self._database.write() as session:
            place = session.get(tables.Place, place_id, with_for_update=True)
            if place is None:
                raise NotFound("Ce lieu n'est pas dans l'annuaire.")
            done = work(session)
            change = tables.TimetableChange(place_id=place_id, what=what, changed_at=now)
            session.add(change)
            session.flush()
            place.timetable = change.id
            return done


def _check_closure(closure: Closure) -> None:
    if closure.start.tzinfo is None or closure.end.tzinfo is None:
        raise Refused("Une fermeture a besoin de dates avec leur fuseau horaire.")
    if closure.start >= closure.end:
        raise Refused("La fin de la fermeture doit venir après son début.")
    _check_words(closure.reason, LONGEST_REASON, "La raison d'une fermeture")
    if closure.counter is not None and not 0 <= closure.counter < MOST_COUNTERS:
        raise Refused("Ce guichet n'existe pas.")


def _check_hours(hours: OwnHours) -> None:
    check_rule(hours.rule, hours.first_day)
    if hours.start >= hours.end:
        raise Refused("La fin d'une plage d'ouverture doit venir après son début.")
    if hours.last_day is not None and hours.last_day < hours.first_day:
        raise Refused("Le dernier jour d'une plage doit venir après le premier.")
    if hours.purpose not in PURPOSES:
        raise Refused(f"Une plage sert à : {', '.join(PURPOSES)}.")
    if hours.counters is not None and not 1 <= hours.counters <= MOST_COUNTERS:
        raise Refused(f"Une plage a de 1 à {MOST_COUNTERS} guichets.")
    _check_words(hours.stop or "", LONGEST_STOP, "Le nom d'un arrêt")


def _check_words(text: str, longest: int, what: str) -> None:
    # French typography has spaces that are not printable
    if len(text) > longest or not " ".join(text.split()).isprintable():
        raise Refused(f"{what} s'écrit en au plus {longest} lettres.")


def _row(place_id: str, hours: OwnHours) -> tables.Opening:
    return tables.Opening(
        place_id=place_id,
        rule=hours.rule,
        first_day=hours.first_day,
        last_day=hours.last_day,
        start=hours.start,
        end=hours.end,
        purpose=hours.purpose,
        counters=hours.counters,
        stop=hours.stop,
        latitude=hours.point.latitude if hours.point else None,
        longitude=hours.point.longitude if hours.point else None,
    )
