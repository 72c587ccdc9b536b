"""Telephone calls: whose conversation each is, how it ended, and what was noted."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from assistant.errors import NotFound, Refused
from assistant.storage.database import Database
from assistant.storage.staff_tables import Call
from assistant.storage.tables import Appointment, Conversation

REASONS = {
    "booked": "Rendez-vous pris",
    "informed": "Renseigné",
    "redirected": "Envoyé vers un partenaire",
    "no_slot": "Pas de créneau qui convient",
    "to_call_back": "À rappeler",
    "abandoned": "Appel coupé",
    "other": "Autre",
}
LONGEST_NOTE = 2000
NO_SUCH_CALL = "Cet appel n'est pas à vous, ou n'existe plus. Commencez un nouvel appel."


@dataclass(frozen=True)
class CallView:
    """A call of an operator."""

    id: int
    conversation: str
    ended: bool


@dataclass(frozen=True)
class Ending:
    """How a call ended: a reason of `REASONS`, a note without numbers."""

    reason: str
    note: str
    shared: bool
    """Whether the person agrees that the agent reads what was said."""


class Calls:
    """The calls in the database; each is seen by its operator alone."""

    def __init__(self, database: Database):
        self._database = database

    def open(self, account: int, conversation: str, now: datetime) -> CallView:
        """A call that begins."""
        call = Call(account_id=account, conversation=conversation, started_at=now, note="")
        with self._database.write() as session:
            session.add(call)
            session.flush()
            return CallView(call.id, conversation, False)

    def find(self, identity: int, account: int) -> CallView:
        """A call of this operator; NotFound for any other."""
        with self._database.read() as session:
            call = session.get(Call, identity)
            if call is None or call.account_id != account:
                raise NotFound(NO_SUCH_CALL)
            return CallView(call.id, call.conversation, call.ended_at is not None)

    def finish(self, identity: int, account: int, ending: Ending, now: datetime) -> None:
        """How a call ended; said again, the last word holds."""
        if ending.reason not in REASONS:
            raise Refused("Choisissez comment l'appel s'est terminé.")
        if len(ending.note) > LONGEST_NOTE:
            raise Refused(f"La note a au plus {LONGEST_NOTE} lettres.")
        with self._database.write() as session:
            call = session.get(Call, identity)
            if call is None or call.account_id != account:
                raise NotFound(NO_SUCH_CALL)
            booked = select(Appointment.id).where(Appointment.conversation == call.conversation)
            call.appointment_id = session.scalar(booked.order_by(Appointment.id.desc()).limit(1))
            call.reason, call.note, call.ended_at = ending.reason, ending.note, now
            if conversation := session.get(Conversation, call.conversation):  # unless it was erased during the call
                conversation.shared = ending.shared
