"""Triage without a server: the trained model on a list of messages."""

import asyncio
from collections.abc import Iterator
from typing import Any

from rasa.core.agent import Agent

from assistant.app import Services, use
from assistant.dialogue.model import newest_model
from assistant.dialogue.replies import Triage
from assistant.dialogue.triage import to_triage
from assistant.settings import Settings


def triage_all(settings: Settings, messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One {id, kind, labels, act, confidence} for each {id, text}; a text with no words is out of scope."""
    services = use(Services.open(settings))
    agent = Agent.load(newest_model(settings))
    for message in messages:
        text = message["text"]
        found = (
            to_triage(asyncio.run(agent.parse_message(text)), services.catalogue)
            if text
            else Triage(kind="out_of_scope")
        )
        yield {"id": message["id"], **found.model_dump(include={"kind", "labels", "act", "confidence"})}
