"""What is kept at run time. The catalogue is not here: git is its history.

Instants are UTC and zone-aware in Python; distances and coordinates are WGS84 degrees.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


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
    phone: Mapped[str | None] = mapped_column(String(30))
    """E.164."""
    conversation: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    occupations: Mapped[list["Occupation"]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    place: Mapped[Place] = relationship()


class Occupation(Base):
    """One time unit of one counter of one place: its primary key is why a slot cannot be sold twice."""

    __tablename__ = "occupation"

    place_id: Mapped[str] = mapped_column(ForeignKey("place.id"), primary_key=True)
    counter: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[datetime] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id", ondelete="CASCADE"), index=True)


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
