"""Everything kept about one person, in a file they can read."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, select
from sqlalchemy.orm import Session

from assistant.privacy.dossiers import Subject, find_dossier
from assistant.privacy.events import Events
from assistant.privacy.outbox_file import OutboxFile, concerns
from assistant.privacy.retention import OUTBOX, TABLES, Kept
from assistant.settings import Settings
from assistant.staff.audit import AuditLog, Trace
from assistant.storage.database import Database
from assistant.storage.staff_tables import Audit
from assistant.storage.tables import Message

ACTION = "assistant export"


class Export:
    """Exports from one database and from what stands beside it."""

    def __init__(self, database: Database, settings: Settings):
        self._database = database
        self._events = Events(database, settings)
        self._outbox = OutboxFile(settings.outbox)
        self._audit = AuditLog(database)

    def of(self, subject: Subject, now: datetime) -> dict[str, Any]:
        """Table → what it is, why and for how long it is kept, its columns in French and its rows, ready for JSON.

        Raises NotFound where nothing is kept.
        """
        with self._database.read() as session:
            dossier = find_dossier(session, self._events, subject)
            found = {table.name: _rows(session, table, own) for table, own in dossier.rows().items()}
            found[Audit.__tablename__] = _rows(session, Audit.__table__, dossier.audit())
            keys = session.scalars(select(Message.key).where(Message.appointment_id.in_(dossier.appointments))).all()
        for named in sorted(dossier.codes) or sorted(dossier.conversations):
            self._audit.write(Trace(ACTION, actor="system", subject=named), now)
        found["events"] = self._events.of(dossier.conversations)
        shown = {name: _described(TABLES[name], rows) for name, rows in found.items() if rows}
        lines = self._outbox.lines(concerns(frozenset(keys), dossier.codes, dossier.recipients))
        if lines:
            shown["outbox.jsonl"] = _described(OUTBOX, lines)
        return {"date": now.isoformat(), "donnees": shown}


def _rows(session: Session, table: FromClause, own: ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = session.execute(select(table).where(own).order_by(*table.primary_key)).mappings()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _described(kept: Kept, rows: list[dict[str, Any]]) -> dict[str, Any]:
    columns: Mapping[str, str] = kept.columns
    return {
        "titre": kept.title,
        "pourquoi": kept.why,
        "duree": kept.duration,
        "qui_le_voit": kept.seen_by,
        "colonnes": columns,
        "lignes": rows,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
