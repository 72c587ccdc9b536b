"""Everything kept about one person: which rows of which tables. The erasure and the export both go by it."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Table, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from assistant.booking.codes import normalise
from assistant.booking.contacts import parse_contact, show_phone
from assistant.errors import NotFound, Refused
from assistant.privacy.events import Events
from assistant.storage.staff_tables import Audit, Call, Unclear, Visit
from assistant.storage.tables import (
    Appointment,
    Base,
    Conversation,
    Hold,
    IdempotencyKey,
    Message,
    Occupation,
    Opinion,
    Outcome,
    Waiting,
)

METROPOLE = "75"
"""Where a telephone written without its prefix is read from first."""
ONE_ONLY = "Donnez une seule de ces options : --code, --phone ou --conversation."
NO_CODE = "Ce code n'est pas un code de rendez-vous. Il a deux groupes de quatre signes, comme sur le bulletin."
NO_PHONE = "Ce numéro de téléphone n'est pas valable. Donnez-le en entier, comme 06 12 34 56 78."
NOTHING = "Rien n'est gardé avec ce que vous avez donné. Vérifiez le code ou le numéro."


@dataclass(frozen=True)
class Subject:
    """Whom it is about, as they are named: by a code, a telephone (E.164) or a conversation."""

    code: str | None = None
    phone: str | None = None
    conversation: str | None = None

    @classmethod
    def named(cls, code: str | None, phone: str | None, conversation: str | None = None) -> "Subject":
        """From what was typed; Refused where it is not just one of them, or is none."""
        given = [each for each in (code, phone, conversation) if each]
        if len(given) != 1:
            raise Refused(ONE_ONLY)
        shown = normalise(code) if code else None
        number = parse_contact(phone, METROPOLE).phone if phone else None
        if code and not shown:
            raise Refused(NO_CODE)
        if phone and not number:
            raise Refused(NO_PHONE)
        return cls(shown, number, conversation or None)


@dataclass(frozen=True)
class Dossier:
    """The identities that lead to every row about the person."""

    appointments: frozenset[int] = frozenset()
    conversations: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    recipients: frozenset[str] = frozenset()
    """Telephones and e-mail addresses."""
    same_phone: int = field(default=0, compare=False)
    """Other appointments with the same telephone: a family's, or the person's own."""

    def rows(self) -> dict[Table, ColumnElement[bool]]:
        """Table → which of its rows are about the person; what refers to others first, so that they are deleted in order."""
        of_appointments = (Message, Waiting, IdempotencyKey, Outcome, Visit, Occupation)
        found: dict[Table, ColumnElement[bool]] = {
            _table(each): each.appointment_id.in_(self.appointments) for each in of_appointments
        }
        found[_table(Call)] = or_(Call.conversation.in_(self.conversations), Call.appointment_id.in_(self.appointments))
        found[_table(Unclear)] = Unclear.conversation.in_(self.conversations)
        found[_table(Opinion)] = Opinion.conversation.in_(self.conversations)
        found[_table(Hold)] = Hold.id.in_(self.conversations)
        found[_table(Conversation)] = Conversation.id.in_(self.conversations)
        found[_table(Appointment)] = Appointment.id.in_(self.appointments)
        return found

    def audit(self) -> ColumnElement[bool]:
        """Who read or changed it: shown to the person, and kept when the rest is erased."""
        return Audit.subject.in_(self.codes | self.conversations)


def find_dossier(session: Session, events: Events, subject: Subject) -> Dossier:
    """The dossier of a person; NotFound where nothing is kept."""
    appointments = session.scalars(select(Appointment).where(_names(subject))).all()
    ids = {appointment.id for appointment in appointments}
    said = _said(events, subject)
    calls = session.scalars(select(Call.conversation).where(Call.appointment_id.in_(ids)))
    conversations = {*said, *calls, *(each.conversation for each in appointments if each.conversation)}
    dossier = Dossier(
        appointments=frozenset(ids),
        conversations=frozenset(conversations),
        codes=frozenset(each.code for each in appointments),
        recipients=frozenset(filter(None, [subject.phone, *(to for each in appointments for to in _reached_at(each))])),
        same_phone=_others(session, ids, {each.phone for each in appointments if each.phone}),
    )
    if not appointments and not _is_kept(session, events, dossier):
        raise NotFound(NOTHING)
    return dossier


def _names(subject: Subject) -> ColumnElement[bool]:
    asked: dict[InstrumentedAttribute[Any], str | None] = {
        Appointment.code: subject.code,
        Appointment.phone: subject.phone,
        Appointment.conversation: subject.conversation,
    }
    return next(column == value for column, value in asked.items() if value)


def _said(events: Events, subject: Subject) -> set[str]:
    """The conversations that the subject leads to by itself."""
    if subject.phone:
        national = show_phone(subject.phone)
        return events.mentioning(subject.phone, national, national.replace(" ", ""))
    return {subject.conversation} if subject.conversation else set()


def _reached_at(appointment: Appointment) -> tuple[str | None, str | None]:
    return appointment.phone, appointment.email


def _others(session: Session, ids: set[int], phones: set[str]) -> int:
    same = select(Appointment.id).where(Appointment.phone.in_(phones), Appointment.id.not_in(ids))
    return len(session.scalars(same).all())


def _is_kept(session: Session, events: Events, dossier: Dossier) -> bool:
    tables = dossier.rows()
    in_tables = any(session.execute(select(1).select_from(t).where(own).limit(1)).first() for t, own in tables.items())
    return in_tables or bool(events.of(dossier.conversations))


def _table(mapped: type[Base]) -> Table:
    table = mapped.__table__
    assert isinstance(table, Table)
    return table
