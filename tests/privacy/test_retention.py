"""Every column of every table says what it is, why and for how long: one that says nothing fails here."""

import pytest
from dateutil.relativedelta import relativedelta
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy import Column, MetaData, String, Table

from assistant.booking.senders import FileSender
from assistant.privacy.dossiers import Dossier
from assistant.privacy.events import EVENTS
from assistant.privacy.purge import STILL_NEEDED
from assistant.privacy.retention import OUTBOX, TABLES, After, Concerns, Kept, With
from assistant.storage import staff_tables
from assistant.storage.tables import Base, Message

RASA = SQLTrackerStore.SQLEvent.__table__
COLUMNS = {table.name: {column.name for column in table.columns} for table in [*Base.metadata.sorted_tables, RASA]}


def undeclared(columns: dict[str, set[str]], declared: dict[str, Kept]) -> set[str]:
    """What is in one of them and not in the other."""
    there = {f"{table}.{column}" for table, names in columns.items() for column in names}
    said = {f"{table}.{column}" for table, kept in declared.items() for column in kept.columns}
    return there ^ said


def test_every_column_is_declared_and_every_declared_column_is_there() -> None:
    assert staff_tables and len(COLUMNS) >= 27
    assert undeclared(COLUMNS, TABLES) == set()


def test_a_new_column_a_new_table_and_a_column_that_is_gone_are_found() -> None:
    """The control: the check above can fail."""
    Table("diary", (more := MetaData()), Column("secret", String))
    added = {name: {column.name for column in table.columns} for name, table in more.tables.items()}
    assert undeclared(COLUMNS | added, TABLES) == {"diary.secret"}
    assert undeclared(COLUMNS | {"call": COLUMNS["call"] | {"voice"}}, TABLES) == {"call.voice"}
    assert undeclared(COLUMNS | {"call": COLUMNS["call"] - {"note"}}, TABLES) == {"call.note"}


def test_the_events_are_those_of_rasa() -> None:
    ours = {(column.name, str(column.type)) for column in EVENTS.columns}
    assert ours == {(column.name, str(column.type)) for column in RASA.columns}


@pytest.mark.parametrize("name", TABLES)
def test_a_column_is_in_one_group_and_everything_is_in_words(name: str) -> None:
    kept = TABLES[name]
    assert len(kept.personal) + len(kept.pseudonymous) + len(kept.technical) == len(kept.columns)
    assert kept.title and kept.why.endswith(".") and kept.seen_by and kept.duration and all(kept.columns.values())


@pytest.mark.parametrize("name", TABLES)
def test_a_time_is_counted_from_a_column_and_who_goes_with_another_refers_to_it(name: str) -> None:
    lifetime, table = TABLES[name].lifetime, {**Base.metadata.tables, "events": EVENTS}[name]
    if isinstance(lifetime, After):
        assert lifetime.column in table.c and TABLES[name].since
    if isinstance(lifetime, With):
        cascades = {key.column.table.name for key in table.foreign_keys if key.ondelete == "CASCADE"}
        assert set(lifetime.tables) <= cascades


def test_what_is_personal_has_an_end() -> None:
    endless = {name for name, kept in TABLES.items() if not isinstance(kept.lifetime, After | With)}
    assert {name for name in endless if TABLES[name].personal or TABLES[name].pseudonymous} == set()


def test_what_stays_longer_is_said_and_what_is_said_is_done() -> None:
    said = {name for name, kept in TABLES.items() if isinstance(kept.lifetime, After) and kept.lifetime.unless}
    assert said == {*STILL_NEEDED, "events"}


def test_what_concerns_a_person_is_found_by_the_erasure_and_the_export() -> None:
    """A new table about people that no dossier leads to would outlive its erasure."""
    about = {name for name, kept in TABLES.items() if kept.concerns is Concerns.PERSON}
    assert about == {table.name for table in Dossier().rows()} | {"events", "audit"}


def test_the_lines_of_the_outbox_are_declared(tmp_path: object) -> None:
    import json
    from pathlib import Path

    path = Path(str(tmp_path)) / "outbox.jsonl"
    FileSender(path).send(Message(key="k", channel="sms", recipient="r", subject="s", text="t"))
    assert set(json.loads(path.read_text())) == set(OUTBOX.columns)


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        (relativedelta(days=1), "1 jour"),
        (relativedelta(days=30), "30 jours"),
        (relativedelta(months=6), "6 mois"),
        (relativedelta(months=12), "12 mois"),
        (relativedelta(years=5), "5 ans"),
    ],
)
def test_a_time_is_said_in_words(keep: relativedelta, words: str) -> None:
    assert After("at", keep).words == words


def test_the_words_of_a_duration_are_whole_sentences() -> None:
    assert TABLES["appointment"].duration == "6 mois après la date du rendez-vous"
    assert TABLES["visit"].duration == "aussi longtemps que votre rendez-vous"
    assert TABLES["hold"].duration.startswith("jusqu'à la fin du délai")
    assert TABLES["message"].duration == "30 jours après l'envoi, et au moins jusqu'au rendez-vous"
