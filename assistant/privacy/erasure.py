"""Erasing one person: their rows, what they said, the messages in the outbox's file, and the bytes all of it leaves."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from assistant.booking import waiting
from assistant.booking.desk import Desk
from assistant.booking.slots import Slot
from assistant.errors import Conflict
from assistant.privacy.compacting import compact, forget_bytes
from assistant.privacy.dossiers import Dossier, Subject, find_dossier
from assistant.privacy.events import Events
from assistant.privacy.outbox_file import Line, OutboxFile, concerns
from assistant.staff.audit import AuditLog, Trace
from assistant.storage.tables import Appointment, Message

ACTION = "assistant erase"
BEING_SENT = "Un message part en ce moment pour cette personne. Attendez dix minutes, puis recommencez."
OUTBOX_FILE = "outbox.jsonl"


class Erasure:
    """Erases from the database that the desk books in, and from what stands beside it."""

    def __init__(self, desk: Desk):
        self._desk = desk
        self._events = Events(desk.database, desk.settings)
        self._outbox = OutboxFile(desk.settings.outbox)
        self._audit = AuditLog(desk.database)

    def find(self, subject: Subject) -> Dossier:
        """What there is to erase; NotFound where there is nothing."""
        return self._desk.read(lambda session: find_dossier(session, self._events, subject))

    def count(self, dossier: Dossier) -> dict[str, int]:
        """How many rows of each table, events and messages of the file it is."""
        found = self._desk.read(lambda session: _count(session, dossier))
        found["events"] = len(self._events.of(dossier.conversations))
        found[OUTBOX_FILE] = len(self._outbox.lines(self._messages(dossier)))
        return {name: count for name, count in found.items() if count}

    def erase(self, dossier: Dossier, now: datetime) -> list[str]:
        """Erase it, and its bytes; the sentences say what the database still keeps.

        Slots to come are freed, and the waiting list is told. Raises Conflict where a message is leaving; Unavailable
        where everything is deleted and a reader keeps the files from being written anew.
        """
        messages = self._messages(dossier)
        for subject in sorted(dossier.codes) or sorted(dossier.conversations):
            self._audit.write(Trace(ACTION, actor="system", subject=subject), now)
        self._desk.write(lambda session: self._delete(session, dossier, messages, now))
        return self._compact(dossier)

    def _delete(self, session: Session, dossier: Dossier, messages: Callable[[Line], bool], now: datetime) -> None:
        forget_bytes(session.connection())
        appointments = session.scalars(
            select(Appointment).where(Appointment.id.in_(dossier.appointments)).with_for_update()
        ).all()
        leaving = (Message.appointment_id.in_(dossier.appointments), Message.status == "sending")
        if session.scalar(select(Message.id).where(*leaving).limit(1)) is not None:
            raise Conflict(BEING_SENT)
        # before the rows are gone for good: what dies half way is found again by them, and nothing is sent meanwhile
        self._events.erase(dossier.conversations)
        self._outbox.forget(messages)
        freed = [each for each in appointments if each.status == "booked" and each.start > now]
        for table, own in dossier.rows().items():
            session.execute(delete(table).where(own))
        # of others, who spoke of this person's appointment in the conversation that is gone
        told = update(Appointment).where(Appointment.conversation.in_(dossier.conversations)).values(conversation=None)
        session.execute(told, execution_options={"synchronize_session": False})
        for appointment in freed:
            place = self._desk.place_of(appointment.place_id)
            minutes = int((appointment.end - appointment.start).total_seconds()) // 60
            slot = Slot.at(place, appointment.start, minutes)
            waiting.tell_first(session, slot, place, now, self._desk.settings)

    def _messages(self, dossier: Dossier) -> Callable[[Line], bool]:
        keys = select(Message.key).where(Message.appointment_id.in_(dossier.appointments))
        return concerns(
            self._desk.read(lambda session: frozenset(session.scalars(keys))), dossier.codes, dossier.recipients
        )

    def _compact(self, dossier: Dossier) -> list[str]:
        kept = compact(self._desk.database.engine, [table.name for table in dossier.rows()])
        with self._events.opened() as engine:
            return kept if engine is None else list(dict.fromkeys([*kept, *compact(engine, ["events"])]))


def _count(session: Session, dossier: Dossier) -> Counter[str]:
    return Counter(
        {
            table.name: session.scalar(select(func.count()).select_from(table).where(own)) or 0
            for table, own in dossier.rows().items()
        }
    )
