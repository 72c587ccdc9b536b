"""A slot kept ten minutes for somebody who is still typing a name."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from assistant.booking.desk import Desk
from assistant.booking.slots import Slot
from assistant.directory.models import Place
from assistant.errors import NotFound, Refused
from assistant.storage.tables import Hold, Occupation

GONE = "Ce créneau n'est plus gardé pour vous. Choisissez-le de nouveau."


@dataclass(frozen=True)
class HoldView:
    """A hold: `id` is secret, known to its holder alone."""

    id: str
    slot: Slot
    expires_at: datetime


class Holds:
    """The holds of every place."""

    def __init__(self, desk: Desk):
        self._desk = desk

    def take(self, slot_id: str, now: datetime, holder: str | None = None) -> HoldView:
        """Keep a slot; a `holder` (a secret of theirs, the id of their hold) keeps one at a time, the last one asked for.

        Asking for the same one again is renewing it. Raises as `Desk.sell` and `renew` do.
        """
        slot = Slot.parse(slot_id, self._desk.place_of)
        until = now + timedelta(minutes=self._desk.settings.hold_minutes)
        identity = holder or secrets.token_urlsafe(24)

        def keep(session: Session, place: Place) -> HoldView:
            before = session.get(Hold, identity, with_for_update=True)
            again = before and before.expires_at > now and (before.place_id, before.start) == (place.id, slot.start)
            renewals = before.renewals + 1 if before and again else 0
            self._check(renewals)
            if before:
                session.delete(before)
                session.flush()
            hold = Hold(
                id=identity,
                place_id=place.id,
                counter=0,
                start=slot.start,
                end=slot.end,
                expires_at=until,
                renewals=renewals,
            )
            session.add(hold)
            session.flush()
            self._desk.occupy(session, hold, slot, place, now, new=True)
            return HoldView(identity, slot, until)

        return self._desk.sell(slot, now, keep)

    def renew(self, identity: str, now: datetime) -> HoldView:
        """Keep it ten minutes more, a few times. Raises NotFound where it has expired, Refused where it was renewed enough."""

        def renew(session: Session) -> Hold:
            hold = session.get(Hold, identity, with_for_update=True)
            if hold is None or hold.expires_at <= now:
                raise NotFound(GONE)
            self._check(hold.renewals + 1)
            hold.expires_at, hold.renewals = (
                now + timedelta(minutes=self._desk.settings.hold_minutes),
                hold.renewals + 1,
            )
            of_hold = update(Occupation).where(Occupation.hold_id == identity)
            session.execute(of_hold.values(expires_at=hold.expires_at))
            return hold

        hold = self._desk.write(renew)
        minutes = int((hold.end - hold.start).total_seconds()) // 60
        return HoldView(identity, Slot.at(self._desk.place_of(hold.place_id), hold.start, minutes), hold.expires_at)

    def _check(self, renewals: int) -> None:
        if renewals > self._desk.settings.hold_renewals:
            raise Refused("Ce créneau est gardé depuis longtemps. Confirmez-le, ou laissez-le à quelqu'un d'autre.")

    def release(self, identity: str) -> None:
        """Give the slot back; twice is the same as once."""
        self._desk.write(lambda session: spend(session, identity))

    def sweep(self, now: datetime) -> int:
        """Delete what has expired, and count it: housekeeping, an expired hold stands in nobody's way."""

        def sweep(session: Session) -> int:
            return int(session.execute(delete(Hold).where(Hold.expires_at <= now)).rowcount)  # type: ignore[attr-defined]

        return self._desk.write(sweep)


def spend(session: Session, identity: str) -> None:
    """Delete a hold with what it occupies: in the transaction that books its slot, nobody can come between."""
    session.execute(delete(Hold).where(Hold.id == identity))
