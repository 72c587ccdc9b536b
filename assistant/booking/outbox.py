"""Emptying the outbox: each message leaves once, or somebody telephones."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

import structlog
from sqlalchemy import Update, and_, or_, select, update
from sqlalchemy.orm import Session

from assistant.booking.retries import with_retries
from assistant.booking.senders import NotSent, Passing, Sender, Unsure, senders_of
from assistant.errors import NotFound
from assistant.settings import Settings
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Message

log = structlog.get_logger(__name__)

T = TypeVar("T")
Clock = Callable[[], datetime]
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Waits between tries; after the last one the message is given up."""
LEASE = timedelta(minutes=10)
"""How long a message stays `sending` before whoever took it is held to be dead; no sender takes that long."""
GIVEN_UP = ("failed", "doubtful")


@dataclass(frozen=True)
class Counted:
    """What became of the messages of one run."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    doubtful: int = 0


@dataclass(frozen=True)
class Call:
    """Somebody to telephone; `why` is `pending` (only a call will do), `failed` or `doubtful` (may have been told)."""

    message_id: int
    why: str
    code: str
    name: str
    phone: str | None
    email: str | None
    place_id: str
    start: datetime
    """Of the appointment, UTC."""
    subject: str
    text: str


class Outbox:
    """The messages of a database, and the people to telephone. `senders` by channel; None is what the settings say."""

    def __init__(self, database: Database, settings: Settings, senders: Mapping[str, Sender] | None = None):
        self._database = database
        self._senders = senders_of(settings) if senders is None else senders

    def send_due(self, now: datetime, at_most: int | None = None) -> Counted:
        """Send what is due at `now`, or `at_most` so many, each tried once. Any number of processes may do so at once.

        Waits for servers, seconds for each message at worst: not to be called inside an event loop.
        """
        clock, told = _clock_from(now), Counter[str]()
        told["doubtful"] = self._give_up_cut_off(clock)
        for claimed in islice(iter(lambda: self._claim(now, clock), None), at_most):
            if claimed[0].status == "sending":
                told[self._send(*claimed, clock)] += 1
        return Counted(told["sent"], told["pending"], told["failed"], told["doubtful"])

    def call_list(self, place_id: str | None = None) -> list[Call]:
        """Who to telephone, of one place or of all, by date of the appointment."""
        only_by_call = and_(Message.channel == "call", Message.status == "pending")
        query = select(Message, Appointment).join(Appointment).where(or_(only_by_call, Message.status.in_(GIVEN_UP)))
        if place_id is not None:
            query = query.where(Appointment.place_id == place_id)
        with self._database.read() as session:
            found = session.execute(query.order_by(Appointment.start, Message.id)).tuples().all()
        return [_call(message, appointment) for message, appointment in found if not _is_void(message, appointment)]

    def called(self, message_id: int, now: datetime) -> None:
        """Take one off the list: the person knows. Twice is the same as once; NotFound where there is nobody to call."""

        def close(session: Session) -> None:
            message = session.get(Message, message_id, with_for_update=True)
            if message and message.status in ("sent", "dropped"):
                return
            if message is None or not _is_to_call(message):
                raise NotFound("Cette personne n'est pas dans la liste à rappeler.")
            message.status, message.sent_at = "sent", now

        self._write(close)

    def _give_up_cut_off(self, clock: Clock) -> int:
        """Mark what a dead process was sending: it may have left, so it never leaves again."""
        cut_off = update(Message).where(Message.status == "sending", Message.next_try_at <= clock())
        cut_off = cut_off.values(status="doubtful", error="cut off").returning(Message.id)
        found = self._write(lambda session: session.scalars(cut_off).all())
        for identity in found:
            log.warning("outbox.doubtful", message_id=identity, error="cut off")
        return len(found)

    def _claim(self, due: datetime, clock: Clock) -> tuple[Message, Appointment] | None:
        """The next message, now ours (`sending`) or of no more use (`dropped`); None where none is left."""
        query = (
            select(Message, Appointment)
            .join(Appointment)
            .where(Message.status == "pending", Message.channel != "call", Message.next_try_at <= due)
            .order_by(Message.next_try_at, Message.id)
            .limit(1)
            .with_for_update(of=Message, skip_locked=True)
        )

        def claim(session: Session) -> tuple[Message, Appointment] | None:
            claimed = session.execute(query).tuples().first()
            if claimed is None:
                return None
            message, appointment = claimed
            if _is_void(message, appointment) or appointment.start <= clock():
                message.status = "dropped"
            else:
                message.status, message.next_try_at = "sending", clock() + LEASE
                message.attempts += 1
            return message, appointment

        return self._write(claim)

    def _send(self, message: Message, appointment: Appointment, clock: Clock) -> str:
        """The status it has now."""
        try:
            self._senders[message.channel].send(message)
        except NotSent as error:
            return self._put_back(message, appointment, error, clock)
        except Exception as error:  # how far it had gone nobody knows
            return self._put_back(message, appointment, Unsure(type(error).__name__), clock)
        self._write(lambda session: session.execute(_ours(message).values(status="sent", sent_at=clock(), error=None)))
        return "sent"

    def _put_back(self, message: Message, appointment: Appointment, error: NotSent, clock: Clock) -> str:
        again = clock() + BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
        if isinstance(error, Passing) and message.attempts <= len(BACKOFF):
            status = "pending"
        else:
            status = "doubtful" if isinstance(error, Unsure) else "failed"

        def put_back(session: Session) -> str:
            # who moves or cancels it holds this row, and drops what is pending: we come before, or see it done
            today = session.get(Appointment, appointment.id, with_for_update={"read": True})
            became = status if today and _same(today, appointment) else "dropped"
            values = {"status": became, "next_try_at": again, "error": error.cause}
            # given up by another process meanwhile, or told by telephone: it stays so
            session.execute(_ours(message).where(Message.status == "sending").values(values))
            return became

        became = self._write(put_back)
        log.warning(f"outbox.{became}", message_id=message.id, attempt=message.attempts, error=error.cause)
        return became

    def _write(self, work: Callable[[Session], T]) -> T:
        def attempt() -> T:
            with self._database.write() as session:
                return work(session)

        return with_retries(attempt)


def _clock_from(now: datetime) -> Clock:
    """`now` as it goes on: a run may last longer than a lease."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def _is_to_call(message: Message) -> bool:
    return message.status in GIVEN_UP or (message.channel == "call" and message.status == "pending")


def _is_void(message: Message, appointment: Appointment) -> bool:
    """Whether there is nothing to say any more: cancelled, save that it is cancelled."""
    return appointment.status != "booked" and not message.key.startswith("cancel:")


def _same(one: Appointment, other: Appointment) -> bool:
    return (one.status, one.place_id, one.start) == (other.status, other.place_id, other.start)


def _ours(message: Message) -> Update:
    """To be written to a message as long as nobody else tried it after us."""
    return update(Message).where(Message.id == message.id, Message.attempts == message.attempts)


def _call(message: Message, appointment: Appointment) -> Call:
    return Call(
        message_id=message.id,
        why=message.status,
        code=appointment.code,
        name=appointment.name,
        phone=appointment.phone,
        email=appointment.email,
        place_id=appointment.place_id,
        start=appointment.start,
        subject=message.subject,
        text=message.text,
    )
