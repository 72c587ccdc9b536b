"""The conversation: open, say something, find it again, erase it."""

import re
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, model_validator

from assistant.dialogue.replies import Reply, State, Turn
from assistant.errors import NotFound, Refused
from assistant.web.description import problems
from assistant.web.gate import admit
from assistant.web.parts import WithEngine, WithMetrics, WithPace, WithServices

router = APIRouter(prefix="/api/conversations", tags=["conversations"])
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _known_form(conversation: str) -> str:
    """An id the server could have made: others would only trouble the stores (NUL, 255 characters and more)."""
    if not ID.fullmatch(conversation):
        raise NotFound("Cette conversation n'existe pas. Commencez une nouvelle conversation.")
    return conversation


ConversationId = Annotated[str, Depends(_known_form)]


class MessageBody(BaseModel):
    """Either what the person wrote or the id of the choice taken."""

    text: str | None = None
    choice: str | None = Field(default=None, max_length=500)
    id: str | None = Field(default=None, min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    """Made by who sends: the same message sent twice is answered once, with the same replies."""
    simple: bool = False
    """Whether to answer in simpler words."""

    @model_validator(mode="after")
    def one_of_both(self) -> "MessageBody":
        """Refuse a message with both, or neither."""
        if (self.text is None) == (self.choice is None):
            raise ValueError("envoyez « text » (ce qui est écrit) ou « choice » (le choix pris), l'un des deux")
        return self


class Opened(BaseModel):
    """A new conversation."""

    conversation: str
    replies: list[Reply]


class Answered(BaseModel):
    """One turn."""

    replies: list[Reply]
    state: State


class Found(Opened):
    """A conversation so far; a turn leaves out `reply` where a person spoke."""

    turns: list[Turn]
    state: State


@router.post("", status_code=201)
async def open_conversation(engine: WithEngine) -> Opened:
    """A new conversation, with an id the server made, and the welcome."""
    conversation, replies = await engine.open()
    return Opened(conversation=conversation, replies=replies)


@router.post("/{conversation}/messages", responses=problems(404, 429))
async def send_message(
    conversation: ConversationId,
    body: MessageBody,
    engine: WithEngine,
    services: WithServices,
    pace: WithPace,
    metrics: WithMetrics,
) -> Answered:
    """One turn: what the assistant answers, and the dossier as it stands."""
    text = admit(body.text, services.settings) if body.text is not None else None
    choice = _choice(body.choice) if body.choice is not None else None
    pace.check(conversation)
    started = time.perf_counter()
    replies = await engine.message(conversation, text=text, choice=choice, message_id=body.id, simple=body.simple)
    metrics.turns.observe(time.perf_counter() - started)
    return Answered(replies=replies, state=await engine.state(conversation))


@router.get("/{conversation}", responses={200: {"model": Found}, **problems(404)})
async def find_conversation(conversation: ConversationId, engine: WithEngine) -> dict[str, Any]:
    """What was said so far: `replies` are the assistant's, `turns` both sides in order."""
    turns = await engine.history(conversation)
    state = await engine.state(conversation)
    replies = [turn.reply for turn in turns if turn.reply]
    return {
        "conversation": conversation,
        "replies": _data(replies),
        "turns": [_turn(turn) for turn in turns],
        "state": state.model_dump(),
    }


@router.delete("/{conversation}/messages/last", response_model=Found, responses=problems(404))
async def take_back(conversation: ConversationId, engine: WithEngine) -> dict[str, Any]:
    """Undo the last message; refused where it booked, moved or cancelled an appointment."""
    await engine.take_back(conversation)
    return await find_conversation(conversation, engine)


@router.delete("/{conversation}", status_code=204, responses=problems(404))
async def erase_conversation(conversation: ConversationId, engine: WithEngine) -> None:
    """Erase it for good."""
    await engine.erase(conversation)


def _choice(choice: str) -> str:
    if not choice.strip() or not choice.isprintable():
        raise Refused("Ce choix n'existe pas. Choisissez un des boutons proposés, ou écrivez votre réponse.")
    return choice


def _data(replies: list[Reply]) -> list[dict[str, Any]]:
    return [reply.model_dump(mode="json") for reply in replies]


def _turn(turn: Turn) -> dict[str, Any]:
    return turn.model_dump(mode="json", exclude_none=True)
