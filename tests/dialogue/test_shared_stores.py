"""Several processes: Redis locks and PostgreSQL, the real ones."""

import asyncio
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from redis import Redis, RedisError

from assistant.app import Services, use
from assistant.dialogue.engine import Engine
from assistant.errors import Unavailable
from assistant.settings import Settings
from tests.dialogue.talking import NAME_AND_PHONE, meet, started

POSTGRESQL = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
REDIS = os.environ.get("TEST_REDIS", "redis://127.0.0.1:6379")


def missing(what: str, error: Exception) -> None:
    """Skip where a part is not on this machine; CI must have it."""
    reason = f"{what} does not answer: {type(error).__name__}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def redis_url() -> str:
    """Redis of this machine."""
    try:
        Redis.from_url(REDIS, socket_timeout=3).ping()
    except RedisError as error:
        missing(f"Redis at {REDIS}", error)
    return REDIS


@pytest.fixture(scope="module")
def postgresql_url() -> Iterator[str]:
    """A database of its own, dropped afterwards."""
    name = f"test_dialogue_{uuid.uuid4().hex[:12]}"
    try:
        server = psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        missing(f"PostgreSQL at {POSTGRESQL}", error)
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield f"{POSTGRESQL}/{name}"
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def two_engines(
    model: Path, postgresql_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Engine]]:
    """Two engines on one PostgreSQL and one Redis, as two processes would be."""
    state = tmp_path_factory.mktemp("shared")
    settings = Settings(state_dir=state, model_path=model, database_url=postgresql_url, redis_url=redis_url)
    services = Services.open(settings)
    engines = started(services), started(services)
    yield engines
    for engine in engines:
        engine.stop()
        engine._store.engine.dispose()
    services.close()


@pytest.fixture
def engines(two_engines: tuple[Engine, Engine]) -> tuple[Engine, Engine]:
    """Both, on their own services."""
    use(two_engines[0]._services)
    return two_engines


async def test_forty_messages_over_two_engines_lose_none(engines: tuple[Engine, Engine]) -> None:
    """One conversation, twenty messages through each at once: forty are kept, each engine's in its order."""
    person = await meet(engines[0])
    sent = [f"bonjour numéro {number}" for number in range(40)]
    answers = await asyncio.gather(
        *(engines[number % 2].message(person.conversation, text=text) for number, text in enumerate(sent))
    )
    assert all(answers)
    said = [turn.text for turn in await engines[0].history(person.conversation) if turn.author == "person"]
    assert sorted(said) == sorted(sent)
    for half in (0, 1):
        assert [text for text in said if text in sent[half::2]] == sent[half::2]


async def test_a_conversation_goes_on_in_another_process(engines: tuple[Engine, Engine]) -> None:
    """Each turn through the other engine: the form, the choices and the booking follow."""
    person = await meet(engines[0])
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    person.engine = engines[1]
    await person.takes(0)
    person.engine = engines[0]
    await person.says(NAME_AND_PHONE)
    assert person.reply("appointment").data["status"] == "booked"


async def test_postgresql_keeps_what_was_said_and_erases_it(engines: tuple[Engine, Engine]) -> None:
    """Written, read back by the other engine, with accents, emoji and NUL; erased without a trace."""
    person = await meet(engines[0])
    await person.says("j'ai égaré mon permis \U0001f600", "a\x00b", "la deuxième")
    history = await engines[1].history(person.conversation)
    assert next(turn.text for turn in history if turn.author == "person") == "j'ai égaré mon permis \U0001f600"
    await engines[1].erase(person.conversation)
    with psycopg.connect(engines[0]._settings.database_url) as connection:
        for table, column in (("events", "sender_id"), ("conversation", "id")):
            found = connection.execute(
                f"SELECT count(*) FROM {table} WHERE {column} = %s", [person.conversation]
            ).fetchone()
            assert found == (0,)


async def test_the_first_message_after_postgresql_drops_its_connections_is_not_lost(
    engines: tuple[Engine, Engine],
) -> None:
    """As after a restart of the server: every open connection is dead."""
    person = await meet(engines[0])
    await person.says("j'ai perdu mon permis")
    url = engines[0]._settings.database_url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    question, answer = person.offered[1].id.split(".")
    await person.says("la deuxième")
    assert (await person.state()).situation["interieur/permis_perte_vol"] == {question: answer}


async def test_a_redis_that_is_down_is_said_in_french(model: Path, tmp_path: Path) -> None:
    """No lock, no turn: two processes might answer at once."""
    services = Services.open(
        Settings(state_dir=tmp_path, model_path=model, database_url="", redis_url="redis://127.0.0.1:1")
    )
    engine = started(services)
    person = await meet(engine)
    with pytest.raises(Unavailable, match="Réessayez"):
        await person.says("bonjour")
    engine.stop()
    services.close()


async def test_without_locks_messages_are_lost(engines: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each engine with a lock of its own memory only, the test above would fail."""
    from assistant.dialogue.locks import LocalLocks

    for engine in engines:
        monkeypatch.setattr(engine._agent_now, "lock_store", LocalLocks())
    person = await meet(engines[0])
    sent = [f"bonjour numéro {number}" for number in range(40)]
    await asyncio.gather(
        *(engines[n % 2].message(person.conversation, text=text) for n, text in enumerate(sent)), return_exceptions=True
    )
    store = engines[0]._store
    with store.engine.connect() as connection:
        rows = connection.execute(
            sa.select(store.SQLEvent.type_name, sa.func.count())
            .where(store.SQLEvent.sender_id == person.conversation)
            .group_by(store.SQLEvent.type_name)
        )
        counts = dict(rows.tuples().all())
    assert counts["user"] != 41 or not _in_order(await engines[0].history(person.conversation))


def _in_order(history: list) -> bool:
    """Whether each message is followed by its answer."""
    authors = [turn.author for turn in history]
    return authors == ["assistant"] + ["person", "assistant"] * 40
