"""The engine and its sessions, the same code on SQLite and PostgreSQL."""

import re
import select
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, TextClause, bindparam, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

MIGRATIONS = Path(__file__).parent / "migrations"
SQLITE_WAIT_SECONDS = 30
"""A writer waits its turn rather than fail: writes last milliseconds."""
TRUSTED_SECONDS = 1.0
"""How long a connection that nobody used is taken to be alive unasked."""


def make_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, one writer at a time, every commit on disk) or PostgreSQL (psycopg 3)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, parsed.database)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return _postgresql(parsed)


def _postgresql(url: URL) -> Engine:
    engine = create_engine(url, pool_size=10, max_overflow=20)

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: Any) -> None:
        record.info["resting_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def check(connection: Any, record: Any, _proxy: Any) -> None:
        # as pool_pre_ping, whose round trip is a fifth of a booking's, against the first message lost after a restart
        trusted = time.monotonic() - record.info.get("resting_since", time.monotonic()) < TRUSTED_SECONDS
        if not _is_alive(engine, connection, trusted):
            raise InvalidatePoolError

    return engine


def _is_alive(engine: Engine, connection: Any, trusted: bool) -> bool:
    try:
        # a server that hangs up says so
        line = select.poll()
        line.register(connection.fileno(), select.POLLIN)
        return (trusted and not line.poll(0)) or engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False


def _sqlite(url: str, path: str | None) -> Engine:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": SQLITE_WAIT_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: Any) -> None:
        # pysqlite would open its own plain BEGIN, whose upgrade to a write fails at once with "database is locked"
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        read_only = connection.get_execution_options().get("read_only")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


class Database:
    """An engine with its two kinds of session."""

    def __init__(self, url: str):
        self.url = url
        self.engine = make_engine(url)
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        self._read = sessionmaker(self.engine.execution_options(read_only=True), expire_on_commit=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back by an exception."""
        with self._write.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads, and so never waits for a writer."""
        with self._read() as session:
            yield session

    def migrate(self) -> None:
        """Bring the schema to its newest version."""
        with self.engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def typed(table: type[DeclarativeBase], statement: str) -> TextClause:
    """SQL whose parameters have the types of the columns they are named after: `:unit`, or `:unit_0`, `:unit_1`.

    For ON CONFLICT, which both databases write alike and SQLAlchemy compiles again at each use.
    """
    columns, statement = table.__table__.c, " ".join(statement.split())
    names = set(re.findall(r"(?<!:):(\w+)", statement))
    types = {name: columns[re.sub(r"_\d+$", "", name)].type for name in names}
    return text(statement).bindparams(*(bindparam(name, type_=kind) for name, kind in types.items()))
