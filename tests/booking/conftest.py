"""Databases to book in: SQLite always, PostgreSQL where it answers (on CI it must)."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from assistant.storage.database import Database
from assistant.storage.tables import Base

SERVER = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A database made for this session and dropped after it."""
    name = f"test_booking_{uuid.uuid4().hex[:12]}"
    try:
        server = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL does not answer at {SERVER}: {type(error).__name__}")
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield f"{SERVER}/{name}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty migrated database of each kind."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'test.sqlite'}")
        made.migrate()
    else:
        made = Database(request.getfixturevalue("postgresql_url"))
        made.migrate()
        with made.write() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
    yield made
    made.close()
