"""What was not understood or was corrected, without what names a person: labelled by a reviewer, given back as sentences to learn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from assistant.errors import NotFound, Refused
from assistant.storage.database import Database
from assistant.storage.staff_tables import Unclear
from assistant.storage.tables import Conversation

Why = Literal["not_understood", "corrected", "not_helpful"]
WHY = {
    "not_understood": "non comprise",
    "corrected": "corrigée par un collègue",
    "not_helpful": "mauvaise démarche, dit la personne",
}
MOST_A_CONVERSATION = 3
"""One person in trouble must not fill the review."""
LONGEST = 1000
SHORTEST = 3
"""Letters under which there is nothing to learn."""
ELSE = {
    "hors_perimetre/autre_service": "Pas pour France services : un autre service",
    "hors_perimetre/bavardage": "Pas pour France services : bavardage",
    "hors_perimetre/piege_lexical": "Pas pour France services : un mot trompeur (permis de construire)",
    "clarifier/aide": "Trop vague : de l'aide",
    "clarifier/argent": "Trop vague : de l'argent",
    "clarifier/connexion": "Trop vague : un compte, un mot de passe",
    "clarifier/courrier": "Trop vague : une lettre reçue",
    "clarifier/deces": "Trop vague : un décès",
    "clarifier/logement": "Trop vague : le logement",
    "clarifier/papiers": "Trop vague : des papiers",
}
"""What a sentence may be beside a procedure: labels that the sentences of `nlu_data` have."""


@dataclass(frozen=True)
class Sentence:
    """A sentence to review, or reviewed."""

    id: int
    at: datetime
    text: str
    guessed: tuple[str, ...]
    why: str
    corrected: str | None
    status: str
    label: str | None


Departements = frozenset[str] | None
"""Whose sentences: of the conversations of these départements; None is every sentence, wherever it came from."""


class Learning:
    """The sentences in the database; `hide` takes names out of a text, `known` says which procedures exist."""

    def __init__(self, database: Database, hide: Callable[[str], str], known: Callable[[str], bool]):
        self._database, self._hide, self._known = database, hide, known

    def not_understood(self, conversation: str, text: str, guessed: Sequence[str], now: datetime) -> None:
        """Keep what a person wrote and the assistant did not understand."""
        self._keep(conversation, text, guessed, "not_understood", None, now)

    def corrected(
        self, conversation: str | None, text: str, guessed: Sequence[str], procedure: str, now: datetime
    ) -> None:
        """Keep a message for which an operator or an agent took another procedure than the first."""
        if not self._known(procedure):
            raise NotFound("Cette démarche n'est pas dans le catalogue.")
        self._keep(conversation, text, guessed, "corrected", procedure, now)

    def not_helpful(self, conversation: str, text: str, guessed: Sequence[str], now: datetime) -> None:
        """Keep a message whose documents were of another procedure, says the person."""
        self._keep(conversation, text, guessed, "not_helpful", None, now)

    def to_review(self, status: str = "new", of: Departements = None, limit: int = 50) -> list[Sentence]:
        """The sentences of that status, the newest first."""
        theirs = select(Unclear).where(Unclear.status == status, _of(of))
        newest = theirs.order_by(Unclear.at.desc(), Unclear.id.desc()).limit(limit)
        with self._database.read() as session:
            return [_sentence(row) for row in session.scalars(newest)]

    def counts(self, of: Departements = None) -> dict[str, int]:
        """How many sentences there are of each status."""
        query = select(Unclear.status, func.count()).where(_of(of)).group_by(Unclear.status)
        with self._database.read() as session:
            return dict(session.execute(query).tuples().all())

    def label(self, identity: int, label: str, account: int, now: datetime, of: Departements = None) -> None:
        """What the sentence asks for, as the reviewer says; said again, the last word holds."""
        if label not in ELSE and not self._known(label):
            raise Refused("Choisissez une démarche de la liste.")
        self._review(identity, "labelled", label, account, now, of)

    def discard(self, identity: int, account: int, now: datetime, of: Departements = None) -> None:
        """Nothing to learn from it."""
        self._review(identity, "discarded", None, account, now, of)

    def undo(self, identity: int, account: int, now: datetime, of: Departements = None) -> None:
        """To review again."""
        self._review(identity, "new", None, account, now, of)

    def labelled(self) -> list[tuple[str, str]]:
        """(text, label) of every labelled sentence, by label."""
        query = (
            select(Unclear.text, Unclear.label).where(Unclear.status == "labelled").order_by(Unclear.label, Unclear.id)
        )
        with self._database.read() as session:
            return [(text, label) for text, label in session.execute(query).tuples() if label]

    def _keep(
        self,
        conversation: str | None,
        text: str,
        guessed: Sequence[str],
        why: Why,
        corrected: str | None,
        now: datetime,
    ) -> None:
        hidden = self._hide(text[:LONGEST])[:LONGEST].strip()
        if len(hidden) < SHORTEST:
            return
        with self._database.write() as session:
            if conversation is not None and not _may_keep(session, conversation, hidden):
                return
            session.add(
                Unclear(
                    at=now,
                    text=hidden,
                    conversation=conversation,
                    guessed=list(guessed)[:5],
                    why=why,
                    corrected=corrected,
                    status="new",
                )
            )

    def _review(
        self, identity: int, status: str, label: str | None, account: int, now: datetime, of: Departements
    ) -> None:
        with self._database.write() as session:
            row = session.scalar(select(Unclear).where(Unclear.id == identity, _of(of)))
            if row is None:
                raise NotFound("Cette phrase n'est plus là. Rechargez la page.")
            row.status, row.label = status, label
            row.reviewed_by, row.reviewed_at = (account, now) if status != "new" else (None, None)


def _of(departements: Departements) -> ColumnElement[bool]:
    # a sentence whose conversation was purged, or said no commune, is only of those who review everything
    if departements is None:
        return true()
    theirs = select(Conversation.id).where(Conversation.departement.in_(departements))
    return Unclear.conversation.in_(theirs)


def _may_keep(session: Session, conversation: str, text: str) -> bool:
    """Not of a conversation that was erased meanwhile, nor more than a few of one, nor twice the same."""
    kept = session.scalars(select(Unclear.text).where(Unclear.conversation == conversation)).all()
    return session.get(Conversation, conversation) is not None and len(kept) < MOST_A_CONVERSATION and text not in kept


def _sentence(row: Unclear) -> Sentence:
    return Sentence(row.id, row.at, row.text, tuple(row.guessed), row.why, row.corrected, row.status, row.label)
