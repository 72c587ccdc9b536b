"""What remains of a turn for the figures and for learning: which procedures, which département, and what was not understood."""

from dataclasses import dataclass
from typing import Any

import structlog
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import update

from assistant.app import Services
from assistant.errors import NotFound
from assistant.storage.database import Database
from assistant.storage.tables import Conversation

log = structlog.get_logger(__name__)
UNKNOWN_CONVERSATION = "Cette conversation n'existe plus. Commencez une nouvelle conversation."
UNSURE = 0.35
"""Probability of the likeliest label under which nothing was recognised."""


@dataclass(frozen=True)
class Remains:
    """Of one turn."""

    procedures: list[str]
    departement: str
    unheard: str = ""
    """The text, where it was not understood."""
    guessed: tuple[str, ...] = ()


class Recorder:
    """Writes what remains of turns; whatever happens, the person has their answer."""

    def __init__(self, services: Services):
        self._services = services

    def keep(self, conversation: str, tracker: DialogueStateTracker, typed: str) -> None:
        """After a turn; `typed` is empty where a button was pressed. A turn that changed nothing writes nothing."""
        try:
            remains = self._of(tracker, typed)
            if remains.procedures or remains.departement:
                self._write(conversation, remains)
            if remains.unheard:
                self._services.learning.not_understood(
                    conversation, remains.unheard, remains.guessed, self._services.now()
                )
        except Exception as error:
            log.warning("turn.not_recorded", error=type(error).__name__)

    def _of(self, tracker: DialogueStateTracker, typed: str) -> Remains:
        code = tracker.get_slot("commune")
        departement = self._services.directory.commune(code).departement if code else ""
        triage = _triage(tracker)
        unheard = typed if typed and not tracker.active_loop_name and _is_unclear(triage) else ""
        guessed = tuple(candidate["label"] for candidate in triage.get("candidates", ())[:3])
        return Remains(list(tracker.get_slot("procedures") or []), departement, unheard, guessed)

    def _write(self, conversation: str, remains: Remains) -> None:
        given = {"procedures": remains.procedures, "departement": remains.departement}
        with self._services.database.read() as session:
            row = session.get(Conversation, conversation)
        if row is None or {name: getattr(row, name) for name in given} == given:
            return
        with self._services.database.write() as session:
            session.execute(update(Conversation).where(Conversation.id == conversation).values(**given))


def share(database: Database, conversation: str, agreed: bool) -> None:
    """Whether the agent who receives the person may read the conversation; said again, the last word holds."""
    with database.write() as session:
        row = session.get(Conversation, conversation)
        if row is None:
            raise NotFound(UNKNOWN_CONVERSATION)
        row.shared = agreed


def _triage(tracker: DialogueStateTracker) -> dict[str, Any]:
    latest = tracker.latest_message
    return (latest.parse_data.get("triage") or {}) if latest else {}


def _is_unclear(triage: dict[str, Any]) -> bool:
    vague = triage.get("kind") == "clarify" and not triage.get("sub")
    return bool(triage) and (vague or triage.get("certainty", 1.0) < UNSURE)
