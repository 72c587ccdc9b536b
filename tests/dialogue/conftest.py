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
Understood = Callable[..., str]


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


@pytest.fixture
def understood(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Understood:
    """Decides a text for the model: `understood("…", "clarifier", sub="deces", candidates={"caf/rsa": 0.6})` is the text.

    What the actions make of a decision is tested apart from whether the model makes it.
    """
    decisions: dict[str, dict[str, Any]] = {}
    processor = engine._agent_now.processor
    parse = processor.parse_message

    async def decided(message: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        parsed = await parse(message, *args, **kwargs)
        return parsed | decisions.get(message.text, {})

    def decide(text: str, intent: str, **triage: Any) -> str:
        shares = triage.pop("candidates", {})
        candidates = [{"label": label, "probability": share} for label, share in shares.items()]
        decisions[text] = {
            "intent": {"name": intent, "confidence": 0.9},
            "triage": {"intent": intent, "sub": None, "requests": [], "candidates": candidates} | triage,
        }
        return text

    monkeypatch.setattr(processor, "parse_message", decided)
    return decide
