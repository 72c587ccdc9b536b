"""Connections that the server has closed while nobody used them."""

from unittest.mock import Mock

import psycopg
import pytest
from sqlalchemy import text

from assistant.storage import database as storage
from assistant.storage.database import Database
from tests.booking.conftest import SERVER


@pytest.mark.parametrize("trusted", [0.0, 3600.0])
def test_a_connection_the_server_closed_is_replaced(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, trusted: float
) -> None:
    """As after a restart: whether it rested long or a moment, nobody sees an error."""
    monkeypatch.setattr(storage, "TRUSTED_SECONDS", trusted)
    database = Database(postgresql_url)
    with database.read() as session:
        process = session.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as server:
        # waits until it is gone
        assert server.execute("SELECT pg_terminate_backend(%s, 5000)", [process]).fetchone() == (True,)
    with database.read() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != process
    database.close()


def test_a_connection_used_a_moment_ago_is_not_asked(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking is a round trip; after a rest it is worth it."""
    database = Database(postgresql_url)
    ping = Mock(wraps=database.engine.dialect.do_ping)
    monkeypatch.setattr(database.engine.dialect, "do_ping", ping)
    with database.read() as session:
        session.scalar(text("SELECT 1"))
    for trusted, asked in ((3600.0, 0), (0.0, 1)):
        monkeypatch.setattr(storage, "TRUSTED_SECONDS", trusted)
        with database.read() as session:
            session.scalar(text("SELECT 1"))
        assert ping.call_count == asked
    database.close()
