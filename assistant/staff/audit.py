"""The trace of who read or wrote personal data: written before the answer, so that nothing is read without one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select

from assistant.storage.database import Database
from assistant.storage.staff_tables import Audit

Actor = Literal["staff", "person", "system"]


@dataclass(frozen=True)
class Trace:
    """One line: what was asked for, of what, by whom. No personal data."""

    action: str
    actor: Actor = "staff"
    account_id: int | None = None
    subject: str | None = None
    place_id: str | None = None
    allowed: bool = True


class AuditLog:
    """The table of traces."""

    def __init__(self, database: Database):
        self._database = database

    def write(self, trace: Trace, now: datetime) -> None:
        """Keep a line; raises where it cannot, and then nothing is shown."""
        subject = trace.subject[:100] if trace.subject else None
        with self._database.write() as session:
            session.add(
                Audit(
                    at=now,
                    actor=trace.actor,
                    account_id=trace.account_id,
                    action=trace.action[:120],
                    subject=subject,
                    place_id=trace.place_id,
                    allowed=trace.allowed,
                )
            )

    def since(self, moment: datetime, limit: int = 1000) -> list[Audit]:
        """The lines from an instant on, the newest first."""
        newest = select(Audit).where(Audit.at >= moment).order_by(Audit.id.desc()).limit(limit)
        with self._database.read() as session:
            return list(session.scalars(newest))
