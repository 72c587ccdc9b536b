"""What a deleted row leaves in the files of a database, and how it is wiped out."""

from collections.abc import Collection
from contextlib import closing

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from assistant.errors import Unavailable

WAIT_MILLISECONDS = 30_000
"""For readers to end, whose pages take milliseconds."""
BUSY = (
    "Tout est supprimé, mais un programme lit la base : il peut en rester des traces dans ses fichiers. "
    "Lancez « assistant purge --compact » quand l'assistant est arrêté."
)
KEPT_ELSEWHERE = (
    "Les archives du journal de PostgreSQL (WAL), ses répliques et vos sauvegardes gardent ce qui est effacé "
    "jusqu'à ce qu'elles soient remplacées : voir docs/vie-privee.md."
)
KEPT_JOURNAL = (
    "Le compte de la base n'a pas le droit de renouveler le journal de PostgreSQL (WAL) : ce qui est effacé y reste "
    "jusqu'à ce que le serveur l'ait réécrit. Un administrateur peut le faire : voir docs/vie-privee.md."
)
KEPT_STATISTICS = (
    "Le compte de la base n'en est pas propriétaire : les statistiques de PostgreSQL peuvent garder des valeurs effacées. "
    "Le propriétaire lance : VACUUM FULL pg_statistic."
)
OWNS_DATABASE = text("SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()")
SAMPLED = text(
    """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute JOIN pg_stats USING (attname)
    WHERE attrelid = to_regclass(quote_ident(:table)) AND schemaname = current_schema() AND tablename = :table
    """
)
"""The columns of a table that PostgreSQL keeps samples of, with their types."""
NEW_SEGMENT = ("SELECT pg_logical_emit_message(false, 'assistant', 'erased')", "SELECT pg_switch_wal()", "CHECKPOINT")
"""A line in the journal, the rest of its file filled with zeros, and the older files given back."""
SPARE_SEGMENTS = 2


def forget_bytes(connection: Connection) -> None:
    """What this connection deletes is written over with zeros; PostgreSQL has no such way."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def compact(engine: Engine, tables: Collection[str]) -> list[str]:
    """Write the files anew without what was deleted; the sentences say what the database still keeps.

    Raises Unavailable where a reader is in the way on SQLite.
    """
    return _compact_sqlite(engine) if engine.dialect.name == "sqlite" else _compact_postgresql(engine, sorted(tables))


def _compact_sqlite(engine: Engine) -> list[str]:
    # outside of any transaction, which SQLAlchemy would open
    with closing(engine.raw_connection()) as connection:
        try:
            connection.execute(f"PRAGMA busy_timeout={WAIT_MILLISECONDS}")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("VACUUM")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except engine.dialect.loaded_dbapi.OperationalError as error:
            raise Unavailable(BUSY) from error
    if busy:
        raise Unavailable(BUSY)
    return []


def _compact_postgresql(engine: Engine, tables: list[str]) -> list[str]:
    quote = engine.dialect.identifier_preparer.quote
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {quote(table)}")
            _forget_statistics_if_empty(connection, table)
        # its samples of the most common values are names and telephones
        connection.exec_driver_sql("VACUUM FULL pg_statistic")
        kept = [] if connection.scalar(OWNS_DATABASE) else [KEPT_STATISTICS]
        try:
            _write_over_journal(connection)
        except DBAPIError:
            kept.append(KEPT_JOURNAL)
    return [*kept, KEPT_ELSEWHERE]


def _write_over_journal(connection: Connection) -> None:
    """PostgreSQL uses the files of its journal again as they are: each one that is there is written over, in turn."""
    segments = connection.scalar(text("SELECT count(*) FROM pg_ls_waldir()")) or 0
    for _ in range(segments + SPARE_SEGMENTS):
        for statement in NEW_SEGMENT:
            connection.exec_driver_sql(statement)


def _forget_statistics_if_empty(connection: Connection, table: str) -> None:
    """ANALYZE leaves those of an empty table as they were; giving a column its own type once more drops them."""
    quote = connection.dialect.identifier_preparer.quote
    if connection.scalar(text(f"SELECT EXISTS (SELECT FROM {quote(table)})")):  # noqa: S608
        return
    for column, kind in connection.execute(SAMPLED, {"table": table}).tuples():
        connection.exec_driver_sql(f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(column)} TYPE {kind}")
