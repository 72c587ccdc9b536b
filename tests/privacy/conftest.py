"""Databases of each kind, and a purge or an erasure of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.privacy.events import EVENTS
from assistant.settings import Settings
from assistant.storage.database import Database
from tests.booking.conftest import database, postgresql_url
from tests.privacy.filled import NOW

__all__ = ["NOW", "database", "postgresql_url"]


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Iterator[Settings]:
    """The settings of that database; on SQLite the conversations have a file of their own, as always."""
    url = "" if database.url.startswith("sqlite") else database.url
    yield Settings(state_dir=tmp_path, database_url=url, redis_url="")
    if url:
        # the next test begins without events
        EVENTS.drop(database.engine, checkfirst=True)
