"""The schema's versions: up, down, and as the models say, with rows in it, on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import CheckConstraint, Connection, MetaData, Table, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from assistant.storage.database import MIGRATIONS, Database
from assistant.storage.tables import Appointment, Base
from assistant.text import fold

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PLACE = {
    "id": "1234",
    "name": "France services de Lure",
    "address": "Adresse d'exemple, 70200 Lure",
    "postcode": "70200",
    "commune": "Lure",
    "commune_code": "70310",
    "departement": "70",
    "latitude": 47.68,
    "longitude": 6.49,
    "hours": {"0": [["09:00", "12:00"]]},
    "takes_appointments": True,
    "comment": "",
    "kind": "fixe",
    "sample": True,
    "active": True,
}
APPOINTMENT = {
    "id": 1,
    "code": "K7MP4R",
    "place_id": "1234",
    "counter": 0,
    "start": AT,
    "end": LATER,
    "status": "booked",
    "procedures": ["interieur/permis_perte_vol"],
    "situation": {"interieur/permis_perte_vol": {"ou": "france"}},
    "name": "Hélène Dupré",
    "phone": "+33639980001",
    "created_at": AT,
    "updated_at": AT,
}
OCCUPATION = {"place_id": "1234", "counter": 0, "unit": AT, "appointment_id": 1}
HOLD = {
    "id": "secret",
    "place_id": "1234",
    "counter": 0,
    "start": LATER,
    "end": LATER,
    "expires_at": LATER,
    "renewals": 0,
}
HELD = {"place_id": "1234", "counter": 0, "unit": LATER, "hold_id": "secret", "expires_at": LATER}
OPENING = {
    "id": 1,
    "place_id": "1234",
    "rule": "FREQ=WEEKLY;BYDAY=TH",
    "first_day": date(2026, 11, 26),
    "start": time(9),
    "end": time(12),
    "purpose": "both",
}
CLOSURE = {"id": 1, "place_id": "1234", "start": AT, "end": LATER, "reason": "Inventaire"}
KEY = {"key": "k", "body_hash": "0" * 64, "appointment_id": 1, "created_at": AT}
ROWS = {"place": PLACE, "appointment": APPOINTMENT, "occupation": OCCUPATION, "idempotency_key": KEY}
"""One row of each table that a booking needs, as version 0001 had them."""

OUTCOME = {"appointment_id": 1, "procedure": "caf/rsa", "said_by": "person", "outcome": "resolved", "said_at": AT}
ACCOUNT = {"id": 1, "login": "a", "name": "A", "role": "agent", "active": True, "created_at": AT}
OWNER = ACCOUNT | {"id": 2, "login": "b"}
SCOPE = {"account_id": 2, "kind": "place", "value": "1234"}
AUDIT = {"at": AT, "actor": "staff", "action": "GET /agent", "allowed": True}
VISIT = {"appointment_id": 1, "status": "arrived", "walk_in": False, "documents": [], "note": "", "updated_at": AT}
UNCLEAR = {"at": AT, "text": "le papier", "guessed": [], "why": "corrected", "status": "new"}
BAD: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {
    "opening.forward": [(OPENING, {"end": time(9)}), (OPENING, {"end": time(8, 59)})],
    "closure.forward": [(CLOSURE, {"end": AT}), (CLOSURE, {"start": LATER, "end": AT})],
    "occupation.one_owner": [
        (OCCUPATION, {"appointment_id": None}),
        (OCCUPATION, {"hold_id": "secret", "expires_at": LATER}),
    ],
    "occupation.holds_expire": [(HELD, {"expires_at": None}), (OCCUPATION, {"expires_at": LATER})],
    "occupation.counter": [(OCCUPATION, {"counter": -1})],
    "outcome.known": [(OUTCOME, {"outcome": "great"})],
    "outcome.said_by": [(OUTCOME, {"said_by": "robot"})],
    "account.role": [(ACCOUNT, {"role": "king"})],
    "account_scope.kind": [(SCOPE, {"kind": "world"})],
    "audit.actor": [(AUDIT, {"actor": "robot"})],
    "visit.status": [(VISIT, {"status": "lost"})],
    "unclear.status": [(UNCLEAR, {"status": "old"})],
}
"""A constraint → good rows, and the change that makes each one bad."""


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    """A database without tables."""
    made = Database(empty_url)
    yield made
    made.close()


def go(database: Database, version: str) -> None:
    """Take the schema to a version, up or down."""
    with database.engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        turn = command.downgrade if version == "0001" and current(connection) else command.upgrade
        turn(config, version)
        connection.commit()


def current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def real_table(connection: Connection, name: str) -> Table:
    """The table as it is in the database now; columns of instants keep the models' type where they have one."""
    model = Base.metadata.tables[name]
    present = {column["name"] for column in inspect(connection).get_columns(name)}
    return Table(name, MetaData(), *(column._copy() for column in model.columns if column.name in present))


def fill(database: Database) -> None:
    with database.engine.begin() as connection:
        for name, row in ROWS.items():
            connection.execute(insert(real_table(connection, name)).values(row))


def contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table of ROWS, only the columns that version 0001 had."""
    with database.engine.connect() as connection:
        found = {}
        for name, row in ROWS.items():
            table = real_table(connection, name)
            found[name] = [
                dict(line._mapping) for line in connection.execute(select(*(table.c[column] for column in row)))
            ]
        return found


def test_rows_of_the_first_version_are_kept_up_to_the_newest(database: Database) -> None:
    """A place, its appointment, occupation and key are the same, value for value; what is new has its default."""
    go(database, "0001")
    fill(database)
    before = contents(database)
    assert before == {name: [row] for name, row in ROWS.items()}
    database.migrate()
    assert contents(database) == before
    with database.read() as session:
        assert session.scalar(select(Appointment.name_folded)) == fold(APPOINTMENT["name"])
    with database.engine.connect() as connection:
        new = connection.execute(text("SELECT timetable, reminders FROM place, appointment")).one()
        assert (new.timetable, bool(new.reminders)) == (0, False)


def test_down_to_the_first_version_and_up_again_keeps_the_rows(database: Database) -> None:
    """Appointments and their occupation come through; what was only held is free again."""
    go(database, "0001")
    fill(database)
    database.migrate()
    with database.engine.begin() as connection:
        connection.execute(insert(Base.metadata.tables["hold"]).values(HOLD))
        connection.execute(insert(Base.metadata.tables["occupation"]).values(HELD))
    go(database, "0001")
    with database.engine.connect() as connection:
        assert current(connection) == "0001"
        assert not inspect(connection).has_table("hold")
    assert contents(database) == {name: [row] for name, row in ROWS.items()}
    database.migrate()
    assert contents(database) == {name: [row] for name, row in ROWS.items()}


@pytest.mark.parametrize("detour", [False, True], ids=["straight", "down-and-up"])
def test_the_newest_version_is_what_the_models_say(database: Database, detour: bool) -> None:
    """Alembic finds nothing to change: tables, columns, types, indexes, keys."""
    database.migrate()
    if detour:
        go(database, "0001")
        database.migrate()
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_checks_have_the_names_of_the_models(database: Database) -> None:
    """Alembic does not compare them; a later migration speaks of them by these names."""
    database.migrate()
    with database.engine.connect() as connection:
        names = {check for table in Base.metadata.tables for check in check_names(connection, table)}
    assert names == {f"ck_{name.replace('.', '_')}" for name in model_checks()}


def test_the_comparison_sees_a_difference(database: Database) -> None:
    """Control: an index and a column taken away are found missing."""
    database.migrate()
    with database.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_hold_expires_at"))
        connection.execute(text("ALTER TABLE opening DROP COLUMN stop"))
    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert {change[0] for change in found} == {"add_index", "add_column"}


def model_checks() -> set[str]:
    """Every CHECK of the models as `table.name`."""
    return {
        f"{table.name}.{str(check.name).removeprefix(f'ck_{table.name}_')}"
        for table in Base.metadata.sorted_tables
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }


def test_every_check_of_the_models_has_its_bad_rows() -> None:
    """A new constraint needs its bad rows in BAD."""
    assert model_checks() == set(BAD)


@pytest.mark.parametrize("name", BAD)
def test_a_check_refuses_bad_rows_and_only_them(database: Database, name: str) -> None:
    """The good row goes in; made bad, it is refused by that constraint's name; without the constraint it goes in."""
    database.migrate()
    table = Base.metadata.tables[name.split(".")[0]]
    constraint = f"ck_{name.replace('.', '_')}"
    with database.engine.begin() as connection:
        for owner, row in (("place", PLACE), ("appointment", APPOINTMENT), ("hold", HOLD), ("account", OWNER)):
            connection.execute(insert(Base.metadata.tables[owner]).values(row))
    for good, change in BAD[name]:
        assert accepts(database, table, good)
        with pytest.raises(IntegrityError, match=constraint), database.engine.begin() as connection:
            connection.execute(insert(table).values(good | change))
    drop_check(database, table.name, constraint)
    assert all(accepts(database, table, good | change) for good, change in BAD[name])


def accepts(database: Database, table: Table, row: dict[str, Any]) -> bool:
    """Put the row in and take it out again; True, or the database's error."""
    with database.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(insert(table).values(row))
        transaction.rollback()
    return True


def drop_check(database: Database, table: str, constraint: str) -> None:
    with database.engine.begin() as connection:
        name = next(name for name in check_names(connection, table) if name.endswith(constraint))
        with Operations(MigrationContext.configure(connection)).batch_alter_table(table) as batch:
            batch.drop_constraint(name, type_="check")


def check_names(connection: Connection, table: str) -> list[str]:
    return [str(check["name"]) for check in inspect(connection).get_check_constraints(table)]
