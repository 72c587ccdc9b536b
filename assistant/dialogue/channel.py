"""How Rasa's output becomes replies."""

from collections.abc import Sequence
from typing import Any

from rasa.core.channels.channel import OutputChannel

from assistant.dialogue.replies import Choice, Reply


class ReplyChannel(OutputChannel):
    """Gathers what the bot utters during one turn, one reply a bubble."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    @classmethod
    def name(cls) -> str:
        """The name Rasa knows this channel by."""
        return "assistant"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one bot message."""
        self.replies.append(to_reply(message.get("text"), message))


class SimpleChannel(ReplyChannel):
    """The same, in simpler words: Rasa picks the variation of a response that names this channel, where there is one."""

    @classmethod
    def name(cls) -> str:
        """The name that `channel:` has in responses.yml."""
        return "simple"


def to_reply(text: str | None, data: dict[str, Any]) -> Reply:
    """A bot message (its text, and the data of its event) as a reply."""
    custom = data.get("custom") or {}
    return Reply(
        kind=custom.get("kind", "text"),
        text=(text or "").strip(),
        choices=tuple(Choice(id=choice_id(button), label=button["title"]) for button in data.get("buttons") or ()),
        data=custom.get("data") or {},
    )


def choice_id(button: dict[str, Any]) -> str:
    """What the client sends back for a button: its own id, or its intent's name."""
    return str(button.get("id") or button["payload"].lstrip("/"))


def payload_of(choice: str, buttons: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The button of that id, the latest offered first."""
    return next((button for button in reversed(buttons) if choice_id(button) == choice), None)
