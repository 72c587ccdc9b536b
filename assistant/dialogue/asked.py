"""What a person typed before a procedure's documents were shown to them."""

from collections.abc import Sequence

from assistant.dialogue.replies import Turn


def asked_for(turns: Sequence[Turn], procedure: str) -> str:
    """The last words typed before the procedure's first documents, pressed buttons left out; empty where there are none."""
    typed, offered = "", set[str]()
    for turn in turns:
        if turn.author == "person":
            typed = typed if turn.text in offered else turn.text
        elif turn.reply:
            offered.update(choice.label for choice in turn.reply.choices)
            if turn.reply.kind == "documents" and turn.reply.data.get("procedure") == procedure:
                return typed
    return ""
