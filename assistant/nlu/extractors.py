"""Rasa components: places, moments, codes and contacts inside any message; and messages that are nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from assistant.app import current
from assistant.booking.codes import find_code
from assistant.booking.contacts import parse_contact
from assistant.nlu.moments import find_moments
from assistant.text import fold, normalise

FRANCE = ZoneInfo("Europe/Paris")
Entity = dict[str, Any]

LINKING_WORDS = frozenset(
    "a au aux sur vers pres de du des d la le les l un une en et ou j je habite suis vis reside c est ce sera plutot commune ville village "
    "mairie chez cote environs alentours dans secteur maintenant moi svp s il te vous plait merci oui bonjour madame monsieur code postal "
    "ma mon mes pour alors donc ok d accord si possible ca serait bien me va irait arrange peux pourrais disponible dispo veux voudrais "
    "prefere preference mieux numero appelle nom prenom telephone portable mobile tel reference rendez vous celui libre que tous creneau usager usagere".split()
)
"""Words that add nothing beside a place, a moment, a contact or a code."""


class Extractor(GraphComponent, ABC):
    """Adds entities to messages; where they make the whole message, its intent too."""

    intent: str

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Extractor:
        """Nothing to learn, nothing to load."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities found in each message."""
        for message in messages:
            text = message.get(TEXT) or ""
            if text.startswith("/"):
                continue
            found = list(self.find(text))
            if found:
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
                self._claim(message, text, found)
        return messages

    @abstractmethod
    def find(self, text: str) -> Iterable[Entity]:
        """The entities of a text, each with entity, value, start and end."""

    def _claim(self, message: Message, text: str, found: list[Entity]) -> None:
        if is_whole(text, found):
            message.set(INTENT, {"name": self.intent, "confidence": 1.0}, add_to_output=True)


def is_whole(text: str, entities: Iterable[Entity]) -> bool:
    """Whether nothing but linking words stands outside the entities."""
    rest = list(text)
    for entity in entities:
        rest[entity["start"] : entity["end"]] = " " * (entity["end"] - entity["start"])
    return set(normalise("".join(rest)).split()) <= LINKING_WORDS


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PlaceExtractor(Extractor):
    """Communes and postcodes of the directory: `lieu`, with the INSEE codes that fit, best first."""

    intent = "lieu"

    def find(self, text: str) -> Iterable[Entity]:
        """One entity a mention; `value` is the words, `communes` the codes, `certain` the only reasonable one."""
        for mention in current().directory.mentions(text):
            certain = mention.search.certain
            yield {
                "entity": "lieu",
                "value": mention.text,
                "start": mention.start,
                "end": mention.end,
                "communes": [match.commune.code for match in mention.search.matches],
                "certain": certain.code if certain else None,
            }


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class MomentExtractor(Extractor):
    """Days and hours: `moment`, in the words of the message."""

    intent = "moment"

    def find(self, text: str) -> Iterable[Entity]:
        """One entity a span; together they are one wish."""
        moment = find_moments(text, datetime.now(FRANCE))
        for start, end in moment.spans if moment else ():
            yield {"entity": "moment", "value": text[start:end], "start": start, "end": end}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class CodeExtractor(Extractor):
    """The code of an appointment: `code`."""

    intent = "code"

    def find(self, text: str) -> Iterable[Entity]:
        """The first code of the message, whose check character is right."""
        code = find_code(text)
        if code:
            yield {"entity": "code", "value": code, "start": 0, "end": len(text)}

    def _claim(self, message: Message, text: str, found: list[Entity]) -> None:
        words = [word for word in fold(text).split() if word not in LINKING_WORDS]
        if len("".join(words)) <= len(found[0]["value"]):
            super()._claim(message, text, found)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ContactExtractor(Extractor):
    """A telephone number, with or without a name: `contact`."""

    intent = "contact"

    def find(self, text: str) -> Iterable[Entity]:
        """Only where there is a number: any other two words might be a name."""
        contact = parse_contact(text, "75")
        if contact.phone:
            yield {"entity": "contact", "value": contact.phone, "start": 0, "end": len(text)}

    def _claim(self, message: Message, text: str, found: list[Entity]) -> None:
        # a name, a number and a few words: more is a request that happens to hold a number
        if len(fold(text).split()) <= 14:
            super()._claim(message, text, found)
