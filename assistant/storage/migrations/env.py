"""Alembic's entry: migrates the connection that `Database.migrate` hands over, or the settings' database."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from assistant.settings import Settings
from assistant.storage import staff_tables  # noqa: F401 - their tables are compared too
from assistant.storage.database import make_engine
from assistant.storage.tables import Base, UTCDateTime


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


def run(connection: Connection) -> None:
    # batch mode: SQLite changes a table by copying it
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=render)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(Settings().database).connect() as connection:
        run(connection)
        connection.commit()
