"""What is kept at run time. The catalogue is not here: git is its history.

Instants are UTC and zone-aware in Python; distances and coordinates are WGS84 degrees.
"""

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, validates

from assistant.text import fold


class UTCDateTime(TypeDecorator[datetime]):
    """A zone-aware instant; SQLite has no zones, so it is stored as UTC and given back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Into the database: UTC, and an error for an instant without zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Out of the database: UTC, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Named constraints, so that migrations can speak of them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: JSON, list[Any]: JSON}


class DirectoryImport(Base):
    """One import that succeeded: of what, from where, with the report that was shown."""

    __tablename__ = "directory_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """`directory` or `communes`."""
    source: Mapped[str] = mapped_column(String(500))
    data_date: Mapped[date | None]
    """The date the file says it is of; None where unknown."""
    sample: Mapped[bool] = mapped_column(default=False)
    imported_at: Mapped[datetime]
    report: Mapped[dict[str, Any]]


class Place(Base):
    """A France services: fixed, branch or bus. `active` is False once an import no longer has it."""

    __tablename__ = "place"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    address: Mapped[str] = mapped_column(String(500))
    postcode: Mapped[str] = mapped_column(String(10))
    commune: Mapped[str] = mapped_column(String(200))
    commune_code: Mapped[str] = mapped_column(String(5), index=True)
    """INSEE code of today's commune."""
    departement: Mapped[str] = mapped_column(String(3))
    latitude: Mapped[float]
    longitude: Mapped[float]
    phone: Mapped[str | None] = mapped_column(String(30))
    email: Mapped[str | None] = mapped_column(String(200))
    hours: Mapped[dict[str, Any]]
    """Weekday 0 (Monday) … 6 as a string → [["09:00", "12:00"], …], sorted and without overlap."""
    takes_appointments: Mapped[bool]
    comment: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(String(20))
    """`fixe`, `antenne`, `bus` or `itinerante`."""
    capacity: Mapped[int | None]
    """Counters that take appointments; None is the setting's default."""
    sample: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    timetable: Mapped[int] = mapped_column(default=0)
    """The last `timetable_change` of the place: who books read the same one, or reads the timetable again."""


class TimetableChange(Base):
    """Somebody changed the openings, closures or counters of a place: what was read before is out of date."""

    __tablename__ = "timetable_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    what: Mapped[str] = mapped_column(String(40))
    changed_at: Mapped[datetime]


class Opening(Base):
    """Recurring hours that a place set itself; a place that has any is open at these alone, not at its directory's hours."""

    __tablename__ = "opening"
    __table_args__ = (CheckConstraint('"start" < "end"', "forward"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    rule: Mapped[str] = mapped_column(String(200))
    """RFC 5545 recurrence of the days: "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"."""
    first_day: Mapped[date]
    """Weeks alternate from this one on."""
    last_day: Mapped[date | None]
    start: Mapped[time]
    """Local time of the place, as `end`."""
    end: Mapped[time]
    purpose: Mapped[str] = mapped_column(String(20), default="both")
    """`both`, `appointments`, or `walk_in`: hours kept free for who comes without appointment."""
    counters: Mapped[int | None]
    """Counters that take appointments then; None is the place's capacity."""
    stop: Mapped[str | None] = mapped_column(String(300))
    """Where a bus stands then, as people read it."""
    latitude: Mapped[float | None]
    """Of the stop."""
    longitude: Mapped[float | None]


class Closure(Base):
    """A place shut between two instants, or one of its counters: an agent's absence."""

    __tablename__ = "closure"
    __table_args__ = (CheckConstraint('"start" < "end"', "forward"), Index("ix_closure_place_end", "place_id", "end"))

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"))
    counter: Mapped[int | None]
    """The counter of an absence; None shuts the whole place."""
    start: Mapped[datetime]
    end: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200), default="")
    """As people read it."""


class Commune(Base):
    """A commune of the national list, or an arrondissement of Paris, Lyon, Marseille."""

    __tablename__ = "commune"

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    parent_code: Mapped[str | None] = mapped_column(String(5))
    """For an arrondissement, its commune."""
    departement: Mapped[str] = mapped_column(String(3))
    postcodes: Mapped[list[Any]]
    population: Mapped[int] = mapped_column(default=0)
    latitude: Mapped[float]
    longitude: Mapped[float]


class CommuneAlias(Base):
    """A former or delegated commune, or a postal hamlet, and the commune it belongs to now."""

    __tablename__ = "commune_alias"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    former_code: Mapped[str | None] = mapped_column(String(5))
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code", ondelete="CASCADE"), index=True)
    postcodes: Mapped[list[Any]]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class Appointment(Base):
    """A booked slot. Cancelling keeps the row and deletes its occupation."""

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_place_start", "place_id", "start"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"))
    counter: Mapped[int]
    start: Mapped[datetime]
    end: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(20), default="booked")
    """`booked` or `cancelled`."""
    procedures: Mapped[list[Any]]
    situation: Mapped[dict[str, Any]]
    """Procedure id → {question: answer}."""
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(400), default="", server_default="")
    """The name without accents or capitals, to be searched; it follows `name` by itself."""
    phone: Mapped[str | None] = mapped_column(String(30))
    """E.164."""
    email: Mapped[str | None] = mapped_column(String(200))
    """Only for reminders: nobody needs one."""
    reminders: Mapped[bool] = mapped_column(default=False)
    """Whether the person asked to be written to."""
    booked_by: Mapped[str | None] = mapped_column(String(200))
    """Who booked for somebody else."""
    conversation: Mapped[str | None] = mapped_column(String(64), index=True)
    distance_km: Mapped[int | None]
    """From the commune that the person named to the place where they booked, as the crow flies."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    occupations: Mapped[list["Occupation"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    place: Mapped[Place] = relationship()

    @validates("name")
    def _fold_name(self, _: str, name: str) -> str:
        self.name_folded = fold(name)[:400]
        return name


class Hold(Base):
    """A slot kept for somebody who is still typing; past `expires_at` it is nobody's, deleted or not."""

    __tablename__ = "hold"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Secret: who knows it may renew it, release it and book it."""
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"))
    counter: Mapped[int]
    start: Mapped[datetime]
    end: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    renewals: Mapped[int] = mapped_column(default=0)


class Occupation(Base):
    """One time unit of one counter of one place: its primary key is why a slot cannot be sold twice."""

    __tablename__ = "occupation"
    __table_args__ = (
        CheckConstraint("(appointment_id IS NULL) <> (hold_id IS NULL)", "one_owner"),
        CheckConstraint("(hold_id IS NULL) = (expires_at IS NULL)", "holds_expire"),
        CheckConstraint("counter >= 0", "counter"),
    )

    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), primary_key=True)
    counter: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[datetime] = mapped_column(primary_key=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    hold_id: Mapped[str | None] = mapped_column(ForeignKey("hold.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime | None]
    """The hold's, said again here: free slots are found without a join."""


class Waiting(Base):
    """A person who has an appointment and would come sooner: told when an earlier slot is freed."""

    __tablename__ = "waiting"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), unique=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), index=True)
    since: Mapped[datetime]
    """First come, first told."""
    earliest: Mapped[datetime]
    """No slot before this one is of use."""
    told_at: Mapped[datetime | None]
    told_slot: Mapped[str | None] = mapped_column(String(100))


class Message(Base):
    """Something to tell a person, written in the transaction it tells of; sent by whoever empties the outbox."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_status_next_try", "status", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    """What it is about: the same thing is never told twice."""
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    """`email`, `sms`, or `call`: somebody must telephone."""
    recipient: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str]
    status: Mapped[str] = mapped_column(String(20), default="pending")
    """`pending`, `sending`, `sent`, `failed` (given up), `doubtful` (cut off while being sent: not sent again) or `dropped`."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(200))


class IdempotencyKey(Base):
    """A booking request that was answered, so that the same request is answered the same."""

    __tablename__ = "idempotency_key"

    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]


class Conversation(Base):
    """A conversation the server opened; what was said is in Rasa's tracker store under the same id."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime]
    last_message_at: Mapped[datetime]
    turns: Mapped[int] = mapped_column(default=0)
    channel: Mapped[str] = mapped_column(String(10), default="web")
    """`web`, `phone` or `counter`: who types."""
    procedures: Mapped[list[Any]] = mapped_column(default=list)
    """What it was about so far, for the figures."""
    departement: Mapped[str] = mapped_column(String(3), default="")
    """Of the commune that was given; empty where none was."""
    shared: Mapped[bool] = mapped_column(default=False)
    """Whether the person agreed that the agent who receives them reads it."""


class Opinion(Base):
    """Whether the documents shown in a conversation helped; said again, the last word holds. Erased with the conversation."""

    __tablename__ = "opinion"
    __table_args__ = (UniqueConstraint("conversation", "procedure"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    procedure: Mapped[str] = mapped_column(String(100))
    helpful: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(30))
    """One of `booking.feedback.REASONS`, where it did not help."""
    said_at: Mapped[datetime]


class Outcome(Base):
    """What became of a procedure at the counter, as the person and as the agent say it: one row each."""

    __tablename__ = "outcome"
    __table_args__ = (
        UniqueConstraint("appointment_id", "procedure", "said_by"),
        CheckConstraint("outcome IN ('resolved', 'to_continue', 'redirected', 'absent')", "known"),
        CheckConstraint("said_by IN ('person', 'agent')", "said_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"))
    procedure: Mapped[str] = mapped_column(String(100))
    said_by: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(20))
    said_at: Mapped[datetime]
