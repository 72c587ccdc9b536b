"""Selling a slot: the same steps for who books it, who moves to it and who holds it while typing."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from assistant.booking.occupation import Owner, take
from assistant.booking.retries import with_retries
from assistant.booking.slots import Slot, counters_at, free_slots, units_of, why_not
from assistant.directory.hours import day_in_words, time_in_words
from assistant.directory.models import Place
from assistant.errors import Conflict, Refused, Unavailable
from assistant.settings import Settings
from assistant.storage import tables
from assistant.storage.database import Database

T = TypeVar("T")
READINGS = 5
"""Times a timetable is read again because somebody changed it meanwhile."""
_PLACE = tables.Place.__table__.c
_STANDING = select(_PLACE.active, _PLACE.timetable).where(_PLACE.id == bindparam("place")).with_for_update(read=True)
"""Shared with other bookings, not with who changes the timetable: either waits for the other."""


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


class _TimetableChanged(Exception):
    """Undoes the transaction whose place was read before somebody closed it, opened it or changed its counters."""


class Desk:
    """Slots of every place, free or to be taken. `place_of` gives a place as it is now by its id, or raises NotFound."""

    def __init__(self, database: Database, place_of: Callable[[str], Place], settings: Settings):
        self.database, self.place_of, self.settings = database, place_of, settings

    def free(
        self,
        place: Place,
        minutes: int,
        now: datetime,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
        limit: int | None = None,
        hold: str | None = None,
    ) -> list[Slot]:
        """The free slots of a place, as `slots.free_slots` gives them."""

        def free(session: Session) -> list[Slot]:
            found = free_slots(
                session,
                [place],
                minutes,
                now=now,
                settings=self.settings,
                start=start,
                end=end,
                limit_per_place=limit,
                hold=hold,
            )
            return found[place.id]

        return self.read(free)

    def next_slots(self, place: Place, minutes: int, after: datetime, now: datetime, limit: int = 3) -> list[Slot]:
        """The first free slots from `after` on; where there is none, the last ones before it."""
        following = self.free(place, minutes, now, start=after, limit=limit)
        return following or self.free(place, minutes, now, end=after)[-limit:]

    def sell(self, slot: Slot, now: datetime, work: Callable[[Session, Place], T]) -> T:
        """What `work` gives, which occupies the slot in its transaction.

        Raises SlotRefused where the slot is not for booking, SlotTaken where somebody else was first.
        """
        for _ in range(READINGS):
            place = self._bookable(slot, now)
            try:
                return self.write(lambda session, place=place: work(session, place))  # type: ignore[misc]
            except _TimetableChanged:
                continue
            except _EveryCounterTaken:
                following = self.next_slots(place, slot.minutes, slot.start, now)
                message = f"Ce créneau vient d'être pris par quelqu'un d'autre. {_offer(following, now)}"
                raise SlotTaken(message, following) from None
        raise Unavailable("Les horaires de ce lieu sont en train de changer. Réessayez dans une minute.")

    def occupy(
        self, session: Session, owner: Owner, slot: Slot, place: Place, now: datetime, new: bool = False
    ) -> None:
        """Take a counter for the owner, who has none yet where `new`, inside `sell`'s transaction."""
        self.check_place(session, place)
        self.seat(session, owner, slot, place, now, new)

    def check_place(self, session: Session, place: Place) -> None:
        """Leave `sell`'s transaction where the place is not as it was read; else keep its timetable until the end."""
        row = session.execute(_STANDING, {"place": place.id}).one_or_none()
        if row is None or not row.active:
            raise SlotRefused("Ce lieu n'est plus dans l'annuaire. Choisissez un autre lieu.", [])
        if row.timetable != place.timetable:
            raise _TimetableChanged

    def seat(self, session: Session, owner: Owner, slot: Slot, place: Place, now: datetime, new: bool = False) -> None:
        """`occupy` at a place already checked in this transaction."""
        counters = counters_at(slot, place, self.settings)
        if not take(session, owner, place.id, units_of(slot, self.settings), counters, now, new):
            raise _EveryCounterTaken

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` gives in a session that only reads."""

        def attempt() -> T:
            with self.database.read() as session:
                return work(session)

        return with_retries(attempt)

    def write(self, work: Callable[[Session], T]) -> T:
        """What `work` gives in one transaction, tried again after a passing trouble."""

        def attempt() -> T:
            with self.database.write() as session:
                return work(session)

        return with_retries(attempt)

    def _bookable(self, slot: Slot, now: datetime) -> Place:
        place = self.place_of(slot.place_id)
        why = why_not(slot, place, now, self.settings)
        if why:
            raise SlotRefused(why, self.next_slots(place, slot.minutes, slot.start, now))
        return place


def _offer(following: list[Slot], now: datetime) -> str:
    if not following:
        return "Ce lieu n'a plus de créneau libre : choisissez un autre lieu."
    start = following[0].start
    day = day_in_words(start.date(), now.astimezone(start.tzinfo).date())
    return f"Le plus proche encore libre : {day} à {time_in_words(start.time())}."
