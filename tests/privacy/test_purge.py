"""With the clock stopped: nothing outlives its time, nothing goes before it, and the figures remain."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from assistant.privacy import purge as purging
from assistant.privacy.events import EVENTS
from assistant.privacy.purge import Purge
from assistant.privacy.retention import TABLES, After, With
from assistant.settings import Settings
from assistant.storage.database import Database, make_engine
from assistant.storage.staff_tables import Account, Audit, Call, RequestCount, Unclear
from assistant.storage.tables import Appointment, Base, Conversation, Message, Opinion, TimetableChange
from tests.privacy.filled import LONG_AGO, NOW, ages, as_kept, fill, row

EVERY = {**Base.metadata.tables, "events": EVENTS}
OWN_TIME = [name for name, kept in TABLES.items() if isinstance(kept.lifetime, After)]
DAY = timedelta(days=1)


@pytest.fixture
def tracker(database: Database, settings: Settings) -> Iterator[Engine]:
    """Where Rasa keeps its events."""
    if settings.tracker_database == settings.database:
        yield database.engine
        return
    made = make_engine(settings.tracker_database)
    yield made
    made.dispose()


def instants(engine: Engine, name: str) -> list[Any]:
    """The values of the column that a table's time is counted from, in order."""
    lifetime = TABLES[name].lifetime
    assert isinstance(lifetime, After)
    column = EVERY[name].c[lifetime.column]
    with engine.connect() as connection:
        return list(connection.scalars(select(column).order_by(column)))


def add(database: Database, *rows: Any) -> None:
    with database.write() as session:
        session.add_all(rows)


def count(database: Database, table: Any) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_nothing_outlives_its_time_and_nothing_goes_before_it(
    database: Database, tracker: Engine, settings: Settings
) -> None:
    fill(database, tracker)
    engines = {name: tracker if name == "events" else database.engine for name in OWN_TIME}

    def too_old() -> dict[str, int]:
        found = {}
        for name in OWN_TIME:
            limit = as_kept(EVERY[name].c[TABLES[name].lifetime.column], ages(name)[2])  # type: ignore[union-attr]
            found[name] = sum(value <= limit for value in instants(engines[name], name))
        return found

    # the control: before it, each table has rows that are too old
    before = too_old()
    assert all(before[name] == 3 for name in OWN_TIME), before

    deleted = Purge(database, settings).run(NOW)

    # the last change of each place stays, and each row here is of a place of its own
    assert too_old() == dict.fromkeys(OWN_TIME, 0) | {"timetable_change": 3}
    for name in OWN_TIME:
        column = EVERY[name].c[TABLES[name].lifetime.column]  # type: ignore[union-attr]
        young = [as_kept(column, moment) for moment in ages(name)[3:]]
        assert [each for each in instants(engines[name], name) if each in young] == young, name
    assert deleted["appointment"] == 3 and deleted["events"] == 3


def test_what_goes_with_another_row_has_gone_with_it(database: Database, tracker: Engine, settings: Settings) -> None:
    """Parents 1 to 3 are past their time, 4 and 5 are not."""
    fill(database, tracker)
    Purge(database, settings).run(NOW)
    with database.engine.connect() as connection:
        for name, kept in TABLES.items():
            if isinstance(kept.lifetime, With) and isinstance(TABLES[kept.lifetime.tables[0]].lifetime, After):
                (key,) = (
                    key.parent for key in EVERY[name].foreign_keys if key.column.table.name == kept.lifetime.tables[0]
                )
                left = [int(value) for value in connection.scalars(select(key).order_by(key))]
                assert left == [4, 5], name


def test_again_there_is_nothing_to_do(database: Database, tracker: Engine, settings: Settings) -> None:
    fill(database, tracker)
    assert any(Purge(database, settings).run(NOW).values())
    assert not any(Purge(database, settings).run(NOW).values())


def test_without_conversations_beside_it_nothing_is_made(database: Database, settings: Settings) -> None:
    Purge(database, settings).run(NOW)
    if database.engine.dialect.name == "sqlite":
        assert not (settings.state_dir / "conversations.sqlite").exists()


def test_a_message_stays_while_its_appointment_is_to_come(
    database: Database, tracker: Engine, settings: Settings
) -> None:
    fill(database, tracker)
    message = Base.metadata.tables["message"]
    with database.engine.begin() as connection:
        place = connection.scalar(select(Base.metadata.tables["place"].c.id).limit(1))
        to_come = row(
            Base.metadata.tables["appointment"],
            77,
            place_id=place,
            status="booked",
            start=NOW + DAY,
            end=NOW + DAY + timedelta(minutes=30),
        )
        connection.execute(insert(Base.metadata.tables["appointment"]).values(to_come))
        connection.execute(insert(message).values(row(message, 77, appointment_id=77, next_try_at=NOW - 40 * DAY)))
    Purge(database, settings).run(NOW)
    assert count(database, Message) == 3  # two young ones, and this one
    Purge(database, settings).run(NOW + 2 * DAY)
    with database.read() as session:
        assert session.get(Message, 77) is None


def conversation(identity: str, last: datetime, **given: Any) -> Conversation:
    fields = {"procedures": [], "departement": "70", "channel": "web", "turns": 2, "shared": False, **given}
    return Conversation(id=identity, started_at=last - timedelta(hours=1), last_message_at=last, **fields)


def say(engine: Engine, identity: str, when: datetime) -> None:
    EVENTS.create(engine, checkfirst=True)
    with engine.begin() as connection:
        number = (connection.scalar(select(func.max(EVENTS.c.id))) or 0) + 1
        event = {"id": number, "sender_id": identity, "type_name": "user", "timestamp": when.timestamp(), "data": "{}"}
        connection.execute(insert(EVENTS).values(event))


def said(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(select(EVENTS.c.sender_id)))


def test_the_figures_remain(database: Database, tracker: Engine, settings: Settings) -> None:
    """Counted by day, channel, département and procedure, over several purges."""
    old = NOW - 40 * DAY
    add(database, conversation("a", old, procedures=["caf/rsa", "caf/apl", "caf/rsa"]))
    add(database, conversation("b", old, procedures=["caf/rsa"]), conversation("c", old, departement=""))
    add(database, conversation("d", NOW, procedures=["caf/rsa"]))
    Purge(database, settings).run(NOW)
    add(database, conversation("e", old, procedures=["caf/rsa"]))
    Purge(database, settings).run(NOW)
    with database.read() as session:
        counts = {(each.procedure, each.count) for each in session.scalars(select(RequestCount))}
        assert counts == {("caf/rsa", 3), ("caf/apl", 1)}
        assert session.scalars(select(Conversation.id)).all() == ["d"]


def test_a_purged_conversation_leaves_neither_events_nor_opinions_nor_a_link(
    database: Database, tracker: Engine, settings: Settings
) -> None:
    fill(database, tracker)
    add(database, conversation("old", NOW - 40 * DAY), conversation("new", NOW))
    add(database, Opinion(conversation="old", procedure="caf/rsa", helpful=True, said_at=NOW - 40 * DAY))
    add(database, Unclear(at=NOW, text="…", conversation="old", guessed=[], why="corrected"))
    with database.write() as session:
        session.get_one(Appointment, 5).conversation = "old"
    for identity in ("old", "new"):
        say(tracker, identity, NOW - 40 * DAY)
    Purge(database, settings).run(NOW)
    assert "old" not in said(tracker) and "new" in said(tracker)
    with database.read() as session:
        assert session.scalar(select(Unclear).where(Unclear.text == "…")).conversation is None  # type: ignore[union-attr]
        assert session.get_one(Appointment, 5).conversation is None
        assert session.scalar(select(Opinion).where(Opinion.conversation == "old")) is None


def test_a_conversation_for_the_agent_stays_until_the_appointment(
    database: Database, tracker: Engine, settings: Settings
) -> None:
    """One that was not shared goes all the same."""
    fill(database, tracker)
    add(database, conversation("shown", NOW - 40 * DAY, shared=True), conversation("own", NOW - 40 * DAY))
    with database.write() as session:
        for number, identity in ((4, "shown"), (5, "own")):
            appointment = session.get_one(Appointment, number)
            appointment.conversation, appointment.status = identity, "booked"
            appointment.start, appointment.end = NOW + DAY, NOW + DAY + timedelta(minutes=30)
    say(tracker, "shown", NOW - 40 * DAY)
    Purge(database, settings).run(NOW)
    with database.read() as session:
        assert session.get(Conversation, "shown") and not session.get(Conversation, "own")
    assert "shown" in said(tracker)
    Purge(database, settings).run(NOW + 2 * DAY)
    assert "shown" not in said(tracker)


def test_an_open_account_stays_and_a_closed_one_that_did_something_this_year_too(
    database: Database, settings: Settings
) -> None:
    def account(login: str, active: bool) -> Account:
        return Account(login=login, name=login, role="agent", active=active, created_at=LONG_AGO)

    open_one, closed, left_lately = account("open", True), account("closed", False), account("lately", False)
    add(database, open_one, closed, left_lately)
    add(database, Audit(at=NOW - DAY, actor="staff", account_id=left_lately.id, action="GET /agent", allowed=True))
    add(database, Call(account_id=closed.id, conversation="kept", started_at=NOW, note=""))
    Purge(database, settings).run(NOW)
    with database.read() as session:
        assert set(session.scalars(select(Account.login))) == {"open", "lately"}
        assert session.scalar(select(Call.account_id)) is None


def test_the_last_change_of_a_place_stays(database: Database, tracker: Engine, settings: Settings) -> None:
    fill(database, tracker)
    add(database, *(TimetableChange(id=n, place_id="001", what="closures", changed_at=LONG_AGO) for n in (100, 101)))
    Purge(database, settings).run(NOW)
    with database.read() as session:
        of_first = select(TimetableChange.id).where(TimetableChange.place_id == "001")
        assert session.scalars(of_first).all() == [101]


def test_more_rows_than_a_batch_go_in_several_transactions(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "BATCH", 7)
    add(database, *(Audit(at=LONG_AGO, actor="system", action="x", allowed=True) for _ in range(50)))
    assert Purge(database, settings).run(NOW)["audit"] == 50
    assert count(database, Audit) == 0


def test_two_purges_at_once_count_each_conversation_once(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "BATCH", 5)
    add(database, *(conversation(f"c{n:03}", NOW - 40 * DAY, procedures=["caf/rsa"]) for n in range(100)))
    deleted: list[int] = []
    together = threading.Barrier(3)

    def run() -> None:
        together.wait()
        deleted.append(Purge(database, settings).run(NOW)["conversation"])

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(deleted) == 100 and count(database, Conversation) == 0
    with database.read() as session:
        assert session.scalar(select(func.sum(RequestCount.count))) == 100


def test_old_lines_leave_the_file_of_messages(database: Database, settings: Settings, tmp_path: Path) -> None:
    def line(key: str, written: datetime) -> str:
        fields = {"channel": "sms", "recipient": "r", "subject": "s", "text": "t"}
        return json.dumps({"key": key, **fields, "written_at": written.isoformat()})

    settings.outbox.write_text("\n".join([line("old", NOW - 31 * DAY), line("new", NOW - 29 * DAY), '{"key": "ha']))
    assert Purge(database, settings).run(NOW)["outbox.jsonl"] == 2
    assert [json.loads(each)["key"] for each in settings.outbox.read_text().splitlines()] == ["new"]
