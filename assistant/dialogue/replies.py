"""What the assistant answers, as the contract says it: one reply is one bubble, with its choices and its data."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["text", "question", "documents", "places", "slots", "appointment", "emergency", "handoff"]


class Choice(BaseModel):
    """A button. Its id is what the client sends back."""

    model_config = ConfigDict(frozen=True)

    id: str
    label: str


class Reply(BaseModel):
    """One bubble; `data` depends on `kind` (see the contract in docs/api.md)."""

    model_config = ConfigDict(frozen=True)

    kind: Kind = "text"
    text: str = ""
    choices: tuple[Choice, ...] = ()
    data: dict[str, Any] = {}


class State(BaseModel):
    """The dossier as it stands, and the step the conversation is at."""

    procedures: list[str] = []
    situation: dict[str, dict[str, str]] = {}
    """Procedure id → {question: answer}."""
    commune: str | None = None
    step: str = "accueil"


class Turn(BaseModel):
    """One line of the history: what the person said, or what was answered."""

    author: Literal["person", "assistant"]
    text: str = ""
    reply: Reply | None = None


class Triage(BaseModel):
    """What one message, alone, is understood as."""

    kind: Literal["procedure", "clarify", "out_of_scope", "urgence", "dialogue"]
    labels: list[str] = []
    candidates: list[dict[str, Any]] = []
    """[{id, title, partner, confidence, because}], best first; because: the words that spoke for it."""
    act: str | None = None
    emergency: dict[str, Any] | None = None
    """{type, numbers} where kind is urgence."""
    entities: list[dict[str, Any]] = []
    confidence: float = 0.0
    language: str | None = None
    """ISO 639-1, of a message that is not French, where it was recognised."""
