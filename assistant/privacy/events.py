"""What was said: Rasa's own table of events, read and erased without Rasa."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy import inspect as inspect_database
from sqlalchemy.engine import make_url

from assistant.booking.retries import with_retries
from assistant.privacy.compacting import forget_bytes
from assistant.settings import Settings
from assistant.storage.database import Database, make_engine

EVENTS = Table(
    "events",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255)),
    Column("type_name", String(255)),
    Column("timestamp", Float),
    Column("intent_name", String(255)),
    Column("action_name", String(255)),
    Column("data", Text),
)
"""As `rasa.core.tracker_store.SQLTrackerStore` makes it; a test compares them."""
AT_MOST = 500
"""Conversations in one statement."""
T = TypeVar("T")


class Events:
    """The events of conversations, in the tracker store's own database."""

    def __init__(self, database: Database, settings: Settings):
        self._database, self._settings = database, settings

    @contextmanager
    def opened(self) -> Iterator[Engine | None]:
        """The store's engine; None where no conversation was ever kept."""
        url = make_url(self._settings.tracker_database)
        if url == make_url(self._settings.database):
            yield self._database.engine if _has_events(self._database.engine) else None
            return
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
            yield None
            return
        engine = make_engine(self._settings.tracker_database)
        try:
            yield engine if _has_events(engine) else None
        finally:
            engine.dispose()

    def erase(self, conversations: Collection[str]) -> int:
        """Delete every event of these conversations, and count them."""
        every = sorted(conversations)
        chunks = [every[start : start + AT_MOST] for start in range(0, len(every), AT_MOST)]
        return sum(self._run(partial(_erase, some)) or 0 for some in chunks)

    def last_said_before(self, moment: datetime) -> list[str]:
        """The conversations in which nothing was said since."""
        last = select(EVENTS.c.sender_id).group_by(EVENTS.c.sender_id)
        quiet = last.having(func.coalesce(func.max(EVENTS.c.timestamp), 0) <= moment.timestamp())
        return self._run(lambda connection: list(connection.scalars(quiet))) or []

    def mentioning(self, *words: str) -> set[str]:
        """The conversations that hold one of these, letter for letter."""
        any_of_them = or_(*(EVENTS.c.data.contains(each, autoescape=True) for each in words))
        holding = select(EVENTS.c.sender_id).where(any_of_them).distinct()
        return set(self._run(lambda connection: connection.scalars(holding).all()) or ())

    def of(self, conversations: Collection[str]) -> list[dict[str, Any]]:
        """Their events in order, each column by its name."""
        query = select(EVENTS).where(EVENTS.c.sender_id.in_(sorted(conversations))).order_by(EVENTS.c.id)
        rows = self._run(lambda connection: connection.execute(query).mappings().all()) or ()
        return [{**row, "data": json.loads(row["data"] or "null")} for row in rows]

    def _run(self, work: Callable[[Connection], T]) -> T | None:
        """What `work` gives in one transaction; None where there are no events."""

        def attempt() -> T | None:
            with self.opened() as engine:
                if engine is None:
                    return None
                with engine.begin() as connection:
                    return work(connection)

        return with_retries(attempt)


def _has_events(engine: Engine) -> bool:
    return inspect_database(engine).has_table(EVENTS.name)


def _erase(conversations: Sequence[str], connection: Connection) -> int:
    forget_bytes(connection)
    return connection.execute(delete(EVENTS).where(EVENTS.c.sender_id.in_(conversations))).rowcount
