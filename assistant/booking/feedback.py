"""What people say of the help they got: of the documents shown, and of the visit afterwards.

The agent's word on a visit is kept in the same table, so that both are counted together.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.booking.appointments import Bookings
from assistant.errors import NotFound, Refused
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Conversation, Opinion, Outcome

WRONG_PROCEDURE = "wrong_procedure"
REASONS = {
    WRONG_PROCEDURE: "Ce n'est pas ma démarche",
    "not_my_situation": "La liste ne correspond pas à ma situation",
    "unclear": "Je n'ai pas tout compris",
    "missing": "Il manque quelque chose",
    "other": "Une autre raison",
}
"""Why an answer did not help. No free words: they would hold names."""
OUTCOMES = {
    "resolved": "Oui, c'est réglé",
    "to_continue": "Pas encore, je dois revenir ou attendre",
    "redirected": "Non, on m'a envoyé ailleurs",
    "absent": "Je n'y suis pas allé",
}
SaidBy = Literal["person", "agent"]


class Feedback:
    """Opinions and outcomes, in the database."""

    def __init__(self, database: Database, bookings: Bookings):
        self._database, self._bookings = database, bookings

    def opine(self, conversation: str, procedure: str, helpful: bool, reason: str | None, now: datetime) -> None:
        """Keep whether a procedure's documents helped; said again, the last word holds."""
        if reason is not None and reason not in REASONS:
            raise Refused("Choisissez une des raisons proposées.")
        with self._database.write() as session:
            if session.get(Conversation, conversation) is None:
                raise NotFound("Cette conversation n'existe plus.")
            same = (Opinion.conversation == conversation, Opinion.procedure == procedure)
            session.execute(delete(Opinion).where(*same))
            why = None if helpful else reason
            opinion = Opinion(conversation=conversation, procedure=procedure, helpful=helpful, reason=why, said_at=now)
            session.add(opinion)

    def conclude(self, code: str, proof: str, outcomes: Mapping[str, str], now: datetime) -> None:
        """Keep what became of each procedure of an appointment that has begun, as the person says it."""
        view = self._bookings.find(code, proof)
        if view.start > now:
            raise Refused("Ce rendez-vous n'a pas encore eu lieu. Revenez ici après.")
        if not outcomes or set(outcomes) - set(view.procedures) or set(outcomes.values()) - set(OUTCOMES):
            raise Refused("Choisissez une des réponses proposées.")
        with self._database.write() as session:
            appointment = session.scalar(select(Appointment.id).where(Appointment.code == view.code))
            for procedure, outcome in outcomes.items():
                _keep(session, appointment, procedure, "person", outcome, now)

    def concluded(self, code: str, said_by: SaidBy = "person") -> dict[str, str]:
        """What was said of each procedure of an appointment: {procedure: outcome}."""
        said = (
            select(Outcome.procedure, Outcome.outcome)
            .join(Appointment, Appointment.id == Outcome.appointment_id)
            .where(Appointment.code == code, Outcome.said_by == said_by)
        )
        with self._database.read() as session:
            return dict(session.execute(said).tuples().all())


def conclude_by_agent(session: Session, appointment: int, outcomes: Mapping[str, str], now: datetime) -> None:
    """What became of each procedure, as the agent says it, in place of what the agent said before: none where it has not ended."""
    session.execute(delete(Outcome).where(Outcome.appointment_id == appointment, Outcome.said_by == "agent"))
    for procedure, outcome in outcomes.items():
        _keep(session, appointment, procedure, "agent", outcome, now)


def _keep(
    session: Session, appointment: int | None, procedure: str, said_by: SaidBy, outcome: str, now: datetime
) -> None:
    same = (Outcome.appointment_id == appointment, Outcome.procedure == procedure, Outcome.said_by == said_by)
    session.execute(delete(Outcome).where(*same))
    session.add(Outcome(appointment_id=appointment, procedure=procedure, said_by=said_by, outcome=outcome, said_at=now))
