"""What the people of the counters leave at run time: accounts, sessions, visits, calls, and the trace of who read what."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assistant.storage.tables import Base


class Account(Base):
    """A person of the counters who signs in."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("role IN ('operator', 'agent', 'coordinator', 'administrator')", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(200), unique=True)
    """In small letters."""
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    password: Mapped[str | None] = mapped_column(String(200))
    """Argon2id; None for who signs in elsewhere only."""
    subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    """The person's identifier at the OpenID provider."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class AccountScope(Base):
    """Where an account may act: a place, a whole département, or everywhere."""

    __tablename__ = "account_scope"
    __table_args__ = (CheckConstraint("kind IN ('place', 'departement', 'everywhere')", "kind"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(40), primary_key=True)
    """A place's id, a département's code, or empty."""


class SignInAttempt(Base):
    """Wrong passwords in a row for a login, whether or not it is somebody's."""

    __tablename__ = "sign_in_attempt"

    login: Mapped[str] = mapped_column(String(200), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class StaffSession(Base):
    """Somebody signed in on one browser; `id` is a hash: who reads the table cannot sign in with it."""

    __tablename__ = "staff_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    """What every form of this session sends back."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Audit(Base):
    """Who read or wrote personal data, when and of what; never the data."""

    __tablename__ = "audit"
    __table_args__ = (CheckConstraint("actor IN ('staff', 'person', 'system')", "actor"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int | None] = mapped_column(index=True)
    """Kept after the account is gone."""
    action: Mapped[str] = mapped_column(String(120))
    """Method and template of the route: "GET /agent/rendez-vous/{code}"."""
    subject: Mapped[str | None] = mapped_column(String(100))
    """Which one: an appointment's code, a call; what an address names and no more."""
    place_id: Mapped[str | None] = mapped_column(String(40))
    allowed: Mapped[bool] = mapped_column(default=True)


class Visit(Base):
    """What an agent notes of an appointment: the person's way through the counter. Its outcomes are in `outcome`."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint(
            "status IN ('expected', 'arrived', 'in_progress', 'resolved', 'to_continue', 'redirected', 'absent')",
            "status",
        ),
    )

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), primary_key=True)
    status: Mapped[str] = mapped_column(String(20), default="expected")
    walk_in: Mapped[bool] = mapped_column(default=False)
    """Came without appointment: the appointment is of that moment and occupies no slot."""
    documents: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of the documents that the agent saw."""
    note: Mapped[str] = mapped_column(String(2000), default="")
    arrived_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))


class Call(Base):
    """A telephone call helped by an operator: its conversation, and how it ended."""

    __tablename__ = "call"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    conversation: Mapped[str] = mapped_column(String(64), unique=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="SET NULL"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(30))
    """How it ended, one of the operator's list."""
    note: Mapped[str] = mapped_column(String(2000), default="")


class Unclear(Base):
    """A message that was not understood, or that somebody corrected, without what would name a person."""

    __tablename__ = "unclear"
    __table_args__ = (
        CheckConstraint("status IN ('new', 'labelled', 'discarded')", "status"),
        Index("ix_unclear_status_at", "status", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(String(1000))
    """Pseudonymised before it is written."""
    conversation: Mapped[str | None] = mapped_column(String(64), index=True)
    """Erased with it."""
    guessed: Mapped[list[Any]] = mapped_column(default=list)
    """Labels, the likeliest first."""
    why: Mapped[str] = mapped_column(String(20))
    """`not_understood`, `corrected` or `not_helpful`."""
    corrected: Mapped[str | None] = mapped_column(String(100))
    """The procedure that an operator or an agent took instead."""
    status: Mapped[str] = mapped_column(String(20), default="new")
    label: Mapped[str | None] = mapped_column(String(100))
    """The reviewer's: "caf/rsa", or another label that the model knows."""
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    reviewed_at: Mapped[datetime | None]


class RequestCount(Base):
    """How many people asked for a procedure, by day: what remains of a conversation once it is purged."""

    __tablename__ = "request_count"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    """ISO 8601."""
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    """`web`, `phone` or `counter`."""
    departement: Mapped[str] = mapped_column(String(3), primary_key=True)
    """Empty where the person did not say where they live."""
    procedure: Mapped[str] = mapped_column(String(100), primary_key=True)
    count: Mapped[int]


class ProviderPlace(Base):
    """The place whose agents the OpenID provider knows by an establishment's number."""

    __tablename__ = "provider_place"

    siret: Mapped[str] = mapped_column(String(14), primary_key=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id", ondelete="CASCADE"), primary_key=True)
