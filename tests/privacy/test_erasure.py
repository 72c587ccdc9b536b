"""One person erased: not one byte of what they said is left, and nobody else loses anything."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select
from typer.testing import CliRunner

from assistant import cli
from assistant.app import Services
from assistant.errors import Conflict, NotFound, Refused, Unavailable
from assistant.privacy import compacting
from assistant.privacy.dossiers import Dossier, Subject
from assistant.privacy.erasure import Erasure
from assistant.privacy.events import EVENTS, Events
from assistant.settings import Settings
from assistant.storage.staff_tables import Audit, Call, Unclear, Visit
from assistant.storage.tables import Appointment, Base, Conversation, Message, Waiting
from tests.privacy.canary import (
    CANARIES,
    CONVERSATION,
    PHONE,
    arrive,
    book,
    book_for_anna,
    crowd,
    in_files,
    in_postgresql,
    in_write_ahead_log,
    talk,
)
from tests.privacy.filled import NOW


@pytest.fixture
def services(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The whole domain over the sample directory, on each kind of database."""
    monkeypatch.setattr(Services, "now", lambda self: NOW)
    opened = Services.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def erasure(services: Services) -> Erasure:
    return Erasure(services.bookings.desk)


def on_postgresql(services: Services) -> bool:
    return services.database.engine.dialect.name == "postgresql"


def bytes_left(services: Services) -> set[tuple[str, bytes]]:
    """In the files of the state folder, and of PostgreSQL's database."""
    found = in_files(services.settings.state_dir)
    return found | in_postgresql(services) if on_postgresql(services) else found


def rows(services: Services, table: Any) -> int:
    with services.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_not_one_byte_is_left(services: Services, erasure: Erasure, capfd: pytest.CaptureFixture[str]) -> None:
    """The other program that has the database open goes on meanwhile, as a server does."""
    crowd(services)
    arrive(services)
    crowd(services, 5)
    if on_postgresql(services):
        with services.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    # the control: each canary is found before
    before = bytes_left(services)
    assert {canary for _, canary in before} == set(CANARIES)
    assert any(name == "outbox.jsonl" for name, _ in before)
    if on_postgresql(services):
        assert any(name.startswith("pg_statistic") for name, _ in before)
    server = Services.open(services.settings)
    assert server.bookings.desk.read(lambda session: session.scalars(select(Appointment.id)).all())

    erasure.erase(erasure.find(Subject.named(None, PHONE)), NOW)

    assert bytes_left(services) == set()
    server.close()
    assert bytes_left(services) == set()
    said = "".join(capfd.readouterr())
    assert not [canary for canary in CANARIES if canary.decode() in said]


@pytest.mark.parametrize("by", ["code", "phone", "conversation"])
def test_everything_is_found_whatever_it_is_named_by(services: Services, erasure: Erasure, by: str) -> None:
    code = arrive(services).code
    given = {"code": code, "phone": "+33 6 39 98 47 11", "conversation": CONVERSATION}
    dossier = erasure.find(Subject.named(*(given[name] if name == by else None for name in given)))
    expected = {table.name for table in Dossier().rows()} | {"events", "outbox.jsonl"}
    assert set(erasure.count(dossier)) == expected
    erasure.erase(dossier, NOW)
    assert erasure.count(dossier) == {}


def test_others_keep_everything(services: Services, erasure: Erasure) -> None:
    """Another one's rows, conversation, events, messages and lines of the file are what they were."""
    other = book_for_anna(services, 5, conversation="other")
    talk_of_other = Events(services.database, services.settings)
    with services.database.write() as session:
        session.add(Conversation(id="other", started_at=NOW, last_message_at=NOW))
        session.add(Call(conversation="other", started_at=NOW, note="of another"))
        session.add(Unclear(at=NOW, text="of another", conversation="other", guessed=[], why="corrected"))
        one = session.scalars(select(Appointment).where(Appointment.code == other.code)).one()
        session.add(Visit(appointment_id=one.id, note="of another", documents=[], updated_at=NOW))
    tables = {table.name: rows(services, table) for table in Base.metadata.sorted_tables}
    arrive(services)
    with talk_of_other.opened() as engine:
        assert engine
        with engine.begin() as connection:
            connection.execute(insert(EVENTS).values(sender_id="other", type_name="user", timestamp=0.0, data="{}"))

    erasure.erase(erasure.find(Subject.named(None, PHONE)), NOW)

    after = {table.name: rows(services, table) for table in Base.metadata.sorted_tables}
    assert after == tables | {"audit": 1}
    assert [event["sender_id"] for event in talk_of_other.of({"other"})] == ["other"]
    assert other.code in services.settings.outbox.read_text()


def test_another_who_has_the_same_telephone_stays_when_a_code_is_given(services: Services, erasure: Erasure) -> None:
    code = arrive(services).code
    sister = book(services, 6, name="Lou Canarelle")
    dossier = erasure.find(Subject.named(code, None))
    assert dossier.same_phone == 1
    erasure.erase(dossier, NOW)
    assert services.bookings.find(sister.code, PHONE).name == "Lou Canarelle"


def test_a_conversation_without_appointment_is_found_by_the_telephone_it_holds(
    services: Services, erasure: Erasure
) -> None:
    talk(services, "only-talk")
    dossier = erasure.find(Subject.named(None, PHONE))
    assert dossier.conversations == {"only-talk"} and not dossier.appointments
    erasure.erase(dossier, NOW)
    assert Events(services.database, services.settings).of({"only-talk"}) == []


def test_who_booked_in_the_erased_conversation_for_somebody_else_keeps_the_appointment(
    services: Services, erasure: Erasure
) -> None:
    arrive(services)
    other = book_for_anna(services, 7, conversation=CONVERSATION)
    erasure.erase(erasure.find(Subject.named(None, PHONE)), NOW)
    with services.database.read() as session:
        kept = session.scalars(select(Appointment)).one()
        assert (kept.code, kept.conversation) == (other.code, None)


def test_the_slot_is_free_again_and_who_waits_for_one_is_told(services: Services, erasure: Erasure) -> None:
    code = arrive(services, number=2, conversation=None).code
    slot = services.bookings.find(code, PHONE).start
    waiter = book_for_anna(services, 9)
    services.bookings.wait(waiter.code, "06 39 98 00 06", NOW)
    erasure.erase(erasure.find(Subject.named(code, None)), NOW)
    free = services.bookings.slots(services.directory.place("exemple-lure"), 30, NOW)
    assert slot in {each.start for each in free}
    with services.database.read() as session:
        told = session.scalars(select(Waiting)).one()
        assert told.told_at == NOW
        assert session.scalars(select(Message).where(Message.key.startswith("earlier:"))).one().recipient
    assert services.bookings.find(waiter.code, "Roy").status == "booked"


def test_a_slot_that_is_past_or_cancelled_tells_nobody(services: Services, erasure: Erasure) -> None:
    code = arrive(services, number=2, conversation=None).code
    waiter = book_for_anna(services, 9)
    services.bookings.wait(waiter.code, "Roy", NOW)
    services.bookings.cancel(code, PHONE, NOW)
    with services.database.write() as session:
        for row in session.scalars(select(Waiting)):
            row.told_at = row.told_slot = None
    erasure.erase(erasure.find(Subject.named(code, None)), NOW)
    with services.database.read() as session:
        assert session.scalars(select(Waiting)).one().told_at is None


def test_nothing_is_erased_while_a_message_leaves(services: Services, erasure: Erasure) -> None:
    arrive(services)
    with services.database.write() as session:
        session.scalars(select(Message).limit(1)).one().status = "sending"
    dossier = erasure.find(Subject.named(None, PHONE))
    before = erasure.count(dossier)
    with pytest.raises(Conflict):
        erasure.erase(dossier, NOW)
    assert erasure.count(dossier) == before


def test_it_leaves_a_trace_without_personal_data(services: Services, erasure: Erasure) -> None:
    code = arrive(services).code
    erasure.erase(erasure.find(Subject.named(None, PHONE)), NOW)
    with services.database.read() as session:
        trace = session.scalars(select(Audit)).one()
    assert (trace.actor, trace.action, trace.subject) == ("system", "assistant erase", code)


def test_a_reader_in_the_way_is_said_and_the_files_are_written_anew_later(
    services: Services, erasure: Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite cannot empty its journal under a reader; `assistant purge --compact` does it afterwards."""
    if on_postgresql(services):
        pytest.skip("PostgreSQL has no such reader")
    from assistant.privacy.purge import Purge

    arrive(services)
    dossier = erasure.find(Subject.named(None, PHONE))
    other = Services.open(services.settings)
    monkeypatch.setattr(compacting, "WAIT_MILLISECONDS", 100)
    with other.database.read() as session:
        session.scalars(select(Appointment)).all()
        with pytest.raises(Unavailable, match="purge --compact"):
            erasure.erase(dossier, NOW)
    assert rows(services, Appointment) == 0
    Purge(services.database, services.settings).compact()
    assert in_files(services.settings.state_dir) == set()
    other.close()


@pytest.mark.parametrize(
    "given", [(None, None, None), ("K7M2-PR9X", PHONE, None), ("n'importe", None, None), (None, "12", None)]
)
def test_what_is_not_one_person_is_refused(given: tuple[str | None, str | None, str | None]) -> None:
    with pytest.raises(Refused):
        Subject.named(*given)


@pytest.mark.parametrize(
    "subject", [Subject(code="K7M2-PR9X"), Subject(phone="+33639989999"), Subject(conversation="nobody's")]
)
def test_who_is_not_there_is_said(erasure: Erasure, subject: Subject) -> None:
    with pytest.raises(NotFound):
        erasure.find(subject)


def test_the_command_shows_asks_and_erases(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    arrive(services)
    monkeypatch.setattr("assistant.privacy.cli.Settings", lambda: services.settings)
    monkeypatch.setattr("assistant.cli.configure", lambda: None)
    runner = CliRunner()
    asked = runner.invoke(cli.app, ["erase", "--phone", PHONE], input="n\n")
    assert asked.exit_code == 1 and "Votre rendez-vous" in asked.output and rows(services, Appointment) == 1
    done = runner.invoke(cli.app, ["erase", "--phone", PHONE, "--yes"])
    assert done.exit_code == 0 and "C'est effacé." in done.output and rows(services, Appointment) == 0
    assert ("docs/vie-privee.md" in done.output) is on_postgresql(services)


def test_the_journal_of_postgresql_is_written_over(services: Services, erasure: Erasure) -> None:
    """The server's own files, all databases together; archives and replicas are said to keep it."""
    if not on_postgresql(services):
        pytest.skip("SQLite's is emptied: see above")
    arrive(services)
    assert {canary for _, canary in in_write_ahead_log(services)} == set(CANARIES)
    kept = erasure.erase(erasure.find(Subject.named(None, PHONE)), NOW)
    assert in_write_ahead_log(services) == set()
    assert kept == [compacting.KEPT_ELSEWHERE]


@pytest.fixture
def owner(services: Services) -> Iterator[str]:
    """An account of PostgreSQL that owns the tables and has no other right."""
    if not on_postgresql(services):
        pytest.skip("SQLite knows no accounts")
    name = f"test_erasure_{uuid.uuid4().hex[:12]}"
    talk(services, "makes-the-table-of-events")
    given = [
        f"GRANT ALL ON {what} TO {name}"
        for what in ("SCHEMA public", "ALL TABLES IN SCHEMA public", "ALL SEQUENCES IN SCHEMA public")
    ]
    owned = [f"ALTER TABLE {table} OWNER TO {name}" for table in (*Dossier().rows(), "audit", "events")]
    autocommit = services.database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        for statement in (f"CREATE ROLE {name}", *given, *owned):
            connection.exec_driver_sql(statement)
    yield name
    with autocommit.connect() as connection:
        for statement in ("REASSIGN OWNED BY {} TO CURRENT_USER", "DROP OWNED BY {}", "DROP ROLE {}"):
            connection.exec_driver_sql(statement.format(name))


def test_an_account_without_rights_erases_and_says_what_stays(services: Services, erasure: Erasure, owner: str) -> None:
    arrive(services)
    dossier = erasure.find(Subject.named(None, PHONE))
    plain = Services.open(services.settings)

    @event.listens_for(plain.database.engine, "connect")
    def become(connection: Any, _record: Any) -> None:
        connection.execute(f"SET ROLE {owner}")
        connection.commit()

    plain.database.close()  # connections made from now on are of that account
    kept = Erasure(plain.bookings.desk).erase(dossier, NOW)
    plain.close()
    assert kept == [compacting.KEPT_STATISTICS, compacting.KEPT_JOURNAL, compacting.KEPT_ELSEWHERE]
    assert erasure.count(dossier) == {}
