"""The real engine on the project's own sample of places, which runs anywhere; loaded once a session."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from assistant.app import Services, use
from assistant.dialogue.engine import Engine
from assistant.settings import Settings
from tests.dialogue.talking import Person, meet, started, trained_model

Replace = Callable[[str, Callable[..., Any]], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model."""
    return trained_model()


@pytest.fixture(scope="session")
def session_services(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The sample directory in a fresh SQLite file."""
    folder = tmp_path_factory.mktemp("dialogue")
    services = Services.open(
        Settings(state_dir=folder, model_path=model, database_url="", redis_url="", action_deadline=2)
    )
    yield services
    services.close()


@pytest.fixture(scope="session")
def session_engine(session_services: Services) -> Iterator[Engine]:
    """The one engine."""
    engine = started(session_services)
    yield engine
    engine.stop()


@pytest.fixture
def services(session_services: Services) -> Services:
    """The engine's services, whatever another test made current."""
    return use(session_services)


@pytest.fixture
def engine(session_engine: Engine, services: Services) -> Engine:
    """The engine, on its own services."""
    return session_engine


@pytest.fixture
async def person(engine: Engine) -> Person:
    """Somebody at the beginning of a conversation."""
    return await meet(engine)


@pytest.fixture
def replaced(engine: Engine) -> Replace:
    """Registers another function under an action's name for a while: `with replaced("action_…", function):`."""

    @contextmanager
    def replace(name: str, function: Callable[..., Any]) -> Iterator[None]:
        actions = engine._agent_now.action_endpoint._executor.actions
        original = actions[name]
        actions[name] = function
        yield
        actions[name] = original

    return replace
