"""Deleting what is past its time, as `retention.TABLES` declares it: in short transactions, by any number of processes."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, cast

from dateutil.relativedelta import relativedelta
from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Float,
    String,
    Table,
    delete,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from assistant.booking.retries import with_retries
from assistant.privacy.compacting import compact, forget_bytes
from assistant.privacy.events import AT_MOST, Events
from assistant.privacy.outbox_file import OutboxFile
from assistant.privacy.retention import OUTBOX, TABLES, After
from assistant.settings import Settings
from assistant.storage.database import Database, typed
from assistant.storage.staff_tables import Account, Audit, RequestCount, Unclear
from assistant.storage.tables import Appointment, Base, Conversation, Message, TimetableChange

BATCH = 500
"""Rows in a transaction: SQLite has one writer, and people are booking."""
COUNTED = typed(
    RequestCount,
    """
    INSERT INTO request_count (day, channel, departement, procedure, count)
    VALUES (:day, :channel, :departement, :procedure, :count)
    ON CONFLICT (day, channel, departement, procedure) DO UPDATE SET count = request_count.count + excluded.count
    """,
)
OUTBOX_FILE = "outbox.jsonl"


def _to_come(appointment: ColumnElement[bool], now: datetime) -> ColumnElement[bool]:
    return exists().where(appointment, Appointment.status == "booked", Appointment.end > now)


STILL_NEEDED: dict[str, Callable[[datetime], ColumnElement[bool]]] = {
    "conversation": lambda now: Conversation.shared & _to_come(Appointment.conversation == Conversation.id, now),
    "message": lambda now: _to_come(Appointment.id == Message.appointment_id, now),
    "account": lambda now: or_(
        Account.active, exists().where(Audit.account_id == Account.id, Audit.at > now - _after("audit").keep)
    ),
    "timetable_change": lambda _now: TimetableChange.id.in_(
        select(func.max(TimetableChange.id)).group_by(TimetableChange.place_id)
    ),
}
"""What stays although its time is over: each `unless` of the declaration. Events stay as their conversation does."""


def is_due(table: Table, now: datetime) -> ColumnElement[bool]:
    """Whether a row is past its time; never for a table that has none of its own."""
    lifetime = TABLES[table.name].lifetime
    if not isinstance(lifetime, After):
        return false()
    column = table.c[lifetime.column]
    over = column <= _limit(column, now, lifetime.keep)
    needed = STILL_NEEDED.get(table.name)
    return over & not_(needed(now)) if needed else over


class Purge:
    """The purge of one database, of the conversations beside it and of the outbox's file."""

    def __init__(self, database: Database, settings: Settings):
        self._database, self._settings = database, settings
        self._events = Events(database, settings)

    def run(self, now: datetime) -> dict[str, int]:
        """Delete what is due and count it by table; run again, nothing is left to do."""
        deleted = Counter[str]()
        for table in Base.metadata.sorted_tables:
            if isinstance(TABLES[table.name].lifetime, After) and table.name != Conversation.__tablename__:
                deleted[table.name] += self._purge(lambda session, table=table: _delete(session, table, now))  # type: ignore[misc]
        # the rows first: where this process dies now, their events are orphans, which the next run finds
        deleted["conversation"] += self._purge(lambda session: _delete_conversations(session, now))
        deleted["events"] += self._events.erase(self._orphans(now))
        deleted[OUTBOX_FILE] += OutboxFile(self._settings.outbox).forget_before(now - _keep(OUTBOX.lifetime))
        return dict(deleted)

    def compact(self) -> list[str]:
        """Write the databases' files anew, without what was deleted; the sentences say what is kept all the same."""
        about_people = [name for name in Base.metadata.tables if TABLES[name].personal or TABLES[name].pseudonymous]
        kept = compact(self._database.engine, about_people)
        with self._events.opened() as engine:
            return kept if engine is None else list(dict.fromkeys([*kept, *compact(engine, ["events"])]))

    def _purge(self, batch: Callable[[Session], int]) -> int:
        """How many rows went, a batch a transaction."""

        def attempt() -> int:
            with self._database.write() as session:
                forget_bytes(session.connection())
                return batch(session)

        total = 0
        while deleted := with_retries(attempt):
            total += deleted
        return total

    def _orphans(self, now: datetime) -> list[str]:
        """Conversations that are past their time in the store, and have no row any more."""
        quiet = self._events.last_said_before(now - _after("events").keep)
        known: set[str] = set()
        with self._database.read() as session:
            for start in range(0, len(quiet), AT_MOST):
                some = quiet[start : start + AT_MOST]
                known.update(session.scalars(select(Conversation.id).where(Conversation.id.in_(some))))
        return [each for each in quiet if each not in known]


def _delete(session: Session, table: Table, now: datetime) -> int:
    # keys in order, and none that another process is deleting: no deadlock, no row counted twice
    keys = list(table.primary_key.columns)
    due = select(*keys).where(is_due(table, now)).order_by(*keys).limit(BATCH).with_for_update(skip_locked=True)
    found = [tuple(row) for row in session.execute(due)]
    one_of_them = tuple_(*keys).in_(found) if len(keys) > 1 else keys[0].in_([key for (key,) in found])
    session.execute(delete(table).where(one_of_them))
    return len(found)


def _delete_conversations(session: Session, now: datetime) -> int:
    """A batch of conversations, counted by day and procedure in the transaction that deletes them."""
    table = cast(Table, Conversation.__table__)
    due = select(Conversation).where(is_due(table, now)).order_by(Conversation.id).limit(BATCH)
    found = session.scalars(due.with_for_update(skip_locked=True)).all()
    _count(session, found)
    ids = [conversation.id for conversation in found]
    for each in (Appointment, Unclear):
        unlinked = update(each).where(each.conversation.in_(ids)).values(conversation=None)
        session.execute(unlinked, execution_options={"synchronize_session": False})
    session.execute(delete(table).where(table.c.id.in_(ids)))
    return len(ids)


def _count(session: Session, conversations: Any) -> None:
    counts = Counter(
        (each.started_at.astimezone(UTC).date().isoformat(), each.channel, each.departement, str(procedure)[:100])
        for each in conversations
        for procedure in dict.fromkeys(each.procedures)
    )
    names = ("day", "channel", "departement", "procedure")
    for key, count in sorted(counts.items()):
        session.execute(COUNTED, {**dict(zip(names, key, strict=True)), "count": count})


def _after(table: str) -> After:
    lifetime = TABLES[table].lifetime
    assert isinstance(lifetime, After)
    return lifetime


def _keep(lifetime: object) -> relativedelta:
    assert isinstance(lifetime, After)
    return lifetime.keep


def _limit(column: Column[Any], now: datetime, keep: relativedelta) -> datetime | date | str | float:
    """The newest value of a column that is past its time, in the column's own type."""
    limit = now - keep
    if isinstance(column.type, Date):
        return limit.date()
    if isinstance(column.type, String):
        return limit.date().isoformat()
    return limit.timestamp() if isinstance(column.type, Float) else limit
