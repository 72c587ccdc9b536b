"""Rows of every table, made from the metadata alone: whatever column a table has, it gets a value of its kind."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from sqlalchemy import Boolean, CheckConstraint, Column, Connection, Date, Engine, Float, Integer, String, Table, insert
from sqlalchemy.types import JSON, Time

from assistant.privacy.events import EVENTS
from assistant.privacy.retention import TABLES, After
from assistant.storage.database import Database
from assistant.storage.tables import Base, UTCDateTime

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONG_AGO = NOW - relativedelta(years=20)
ALLOWED = {
    "role": "agent",
    "kind": "place",
    "actor": "staff",
    "status": "new",
    "outcome": "resolved",
    "said_by": "agent",
}
"""Of columns whose values are checked."""


def ages(table: str) -> list[datetime]:
    """Instants around the end of a table's time: far past it, at it, a little before it, an hour from now."""
    lifetime = TABLES[table].lifetime
    assert isinstance(lifetime, After)
    over = NOW - lifetime.keep
    step = timedelta(days=1) if table in ("opening", "request_count") else MINUTE
    return [LONG_AGO, over - step, over, over + step, NOW + timedelta(hours=1)]


def as_kept(column: Column[Any], moment: datetime) -> Any:
    """An instant in a column's own type."""
    if isinstance(column.type, Date):
        return moment.date()
    if isinstance(column.type, String):
        return moment.date().isoformat()
    return moment.timestamp() if isinstance(column.type, Float) else moment


def row(table: Table, number: int, **given: Any) -> dict[str, Any]:
    """A row with a value in every column; `number` makes it like no other."""
    made = {column.name: _value(column, number) for column in table.columns}
    if table.name == "occupation":
        made |= {"hold_id": None, "expires_at": None}
    if table.name == "visit":
        made["status"] = "expected"
    return made | given


def _value(column: Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, Float):
        return float(number)
    if isinstance(kind, JSON):
        return []
    if isinstance(kind, UTCDateTime):
        # "start" is before "end"
        return NOW + timedelta(seconds=number + (column.name == "end"))
    if isinstance(kind, Date):
        return date(2026, 1, 1)
    if isinstance(kind, Time):
        return time(9 + (column.name == "end"))
    if column.name in ALLOWED and _is_checked(column):
        return ALLOWED[column.name]
    assert isinstance(kind, String), column
    return f"{number:03}"[: kind.length]


def _is_checked(column: Column[Any]) -> bool:
    checks = (each for each in column.table.constraints if isinstance(each, CheckConstraint))
    return any(f"{column.name} IN" in str(each.sqltext) for each in checks)


def fill(database: Database, events: Engine) -> dict[str, list[datetime]]:
    """Every table with a row of each age, each with rows that go with it; {table: the instants of its rows}."""
    EVENTS.create(events, checkfirst=True)
    with database.engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            for values in rows_of(table):
                connection.execute(insert(table).values(values))
            _number_on(connection, table)
    with events.begin() as connection:
        for values in rows_of(EVENTS):
            connection.execute(insert(EVENTS).values(values))
    return {name: ages(name) for name, kept in TABLES.items() if isinstance(kept.lifetime, After)}


def _number_on(connection: Connection, table: Table) -> None:
    """PostgreSQL's sequences know nothing of the numbers given here."""
    if connection.dialect.name == "postgresql" and table.autoincrement_column is not None:
        connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), 1000)")


def rows_of(table: Table) -> list[dict[str, Any]]:
    """A row of each age, or one for each parent it may have; parents are numbered by their age."""
    lifetime = TABLES[table.name].lifetime
    if not isinstance(lifetime, After):
        return [row(table, number) for number in range(1, 6)]
    column = table.c[lifetime.column]
    rows = []
    for number, moment in enumerate(ages(table.name), start=1):
        aged = {column.name: as_kept(column, moment)}
        if lifetime.column == "end":
            aged["start"] = moment - MINUTE
        if "text" in table.c and "appointment_id" in table.c:
            # of an appointment that is over and stays: their own age decides
            aged["appointment_id"] = 4
        rows.append(row(table, number, **aged))
    return rows
