"""Who is signed in, on which browser: kept in the database, so that any process knows and one command ends them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete

from assistant.staff.accounts import Accounts, Member
from assistant.storage.database import Database
from assistant.storage.staff_tables import StaffSession

LONGEST = timedelta(hours=12)
"""A day at the counter."""
IDLE = timedelta(hours=3)
SEEN_EVERY = timedelta(minutes=5)
"""How often the last sight is written: each page would cost a write."""


@dataclass(frozen=True)
class SignedIn:
    """A session: its member, and what its forms send back against forged ones."""

    member: Member
    csrf: str


class Sessions:
    """Sessions of any account; `token` is the cookie's value and is kept nowhere."""

    def __init__(self, database: Database, accounts: Accounts):
        self._database, self._accounts = database, accounts

    def open(self, member: Member, now: datetime, former: str | None = None) -> str:
        """A new session, by a token nobody could know before; a former one of this browser ends."""
        token = secrets.token_urlsafe(32)
        with self._database.write() as session:
            if former:
                session.execute(delete(StaffSession).where(StaffSession.id == _digest(former)))
            session.add(
                StaffSession(
                    id=_digest(token),
                    account_id=member.account_id,
                    csrf=secrets.token_urlsafe(24),
                    created_at=now,
                    last_seen_at=now,
                    expires_at=now + LONGEST,
                )
            )
        return token

    def find(self, token: str, now: datetime) -> SignedIn | None:
        """The session of a token; None where it ended, was idle for hours, or its account may sign in no more."""
        with self._database.read() as session:
            row = session.get(StaffSession, _digest(token))
        if row is None or row.expires_at <= now or row.last_seen_at + IDLE <= now:
            return None
        member = self._accounts.member(row.account_id)
        if member is None:
            return None
        if row.last_seen_at + SEEN_EVERY <= now:
            self._seen(row.id, now)
        return SignedIn(member, row.csrf)

    def close(self, token: str) -> None:
        """Sign out; twice is the same as once."""
        with self._database.write() as session:
            session.execute(delete(StaffSession).where(StaffSession.id == _digest(token)))

    def _seen(self, identity: str, now: datetime) -> None:
        with self._database.write() as session:
            row = session.get(StaffSession, identity)
            if row is not None:
                row.last_seen_at = now


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
