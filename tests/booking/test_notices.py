"""What people are told of their appointment: who is written to, how, and when."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from assistant.booking.appointments import Bookings
from assistant.storage.database import Database
from assistant.storage.tables import Message
from tests.booking.booking_world import LURE, NOW, make_bookings, make_place, request, save

REUNION = make_place("974", departement="974")
SLOT, OTHER = "1234.20261126T0800Z.30", "1234.20261127T0900Z.30"
ASKED = {"email": "anna@exemple.fr", "reminders": True}
MOBILE, LANDLINE = "06 12 34 56 78", "03 84 96 70 00"


@pytest.fixture
def bookings(database: Database) -> Bookings:
    save(database, [LURE, REUNION])
    return make_bookings(database, [LURE, REUNION])


def book(bookings: Bookings, slot: str = SLOT, now: datetime = NOW, **asked: Any) -> str:
    return bookings.book(request(slot, "Anna Roy", **asked), bookings.new_key(), now).code


def messages(database: Database, kind: str = "") -> list[Message]:
    """What is in the outbox, in order; `kind` is how the key begins."""
    with database.read() as session:
        return list(session.scalars(select(Message).where(Message.key.startswith(kind)).order_by(Message.id)))


def standing(database: Database) -> list[tuple[str, str]]:
    """(kind, status) of each message."""
    return [(message.key.split(":")[0], message.status) for message in messages(database)]


def test_who_asked_is_written_to_now_and_reminded(bookings: Bookings, database: Database) -> None:
    code = book(bookings, **ASKED)
    now, later = messages(database)
    assert (now.channel, now.recipient, now.status, now.next_try_at) == ("email", "anna@exemple.fr", "pending", NOW)
    assert later.key.startswith("remind:") and later.next_try_at > NOW
    for message in (now, later):
        assert code in message.text and "jeudi 26 novembre à 9 h" in message.text and LURE.address in message.text


def test_who_did_not_ask_is_not_written_to(bookings: Bookings, database: Database) -> None:
    """Whatever addresses they gave; not when they move or cancel either."""
    code = book(bookings, email="anna@exemple.fr", phone=MOBILE)
    bookings.move(code, "Roy", OTHER, NOW)
    bookings.cancel(code, "Roy", NOW)
    assert messages(database) == []


def test_without_e_mail_a_mobile_gets_an_sms(bookings: Bookings, database: Database) -> None:
    book(bookings, phone=MOBILE, reminders=True)
    assert {(message.channel, message.recipient) for message in messages(database)} == {("sms", "+33612345678")}


def test_a_landline_gets_no_sms(bookings: Bookings, database: Database) -> None:
    """Nor does who left no number; they were not promised anything else."""
    code = book(bookings, phone=LANDLINE, reminders=True)
    book(bookings, OTHER, phone=None, reminders=True)
    bookings.cancel(code, "Roy", NOW)
    assert messages(database) == []


def test_a_mobile_of_la_reunion_gets_an_sms(bookings: Bookings, database: Database) -> None:
    book(bookings, "974.20261126T0500Z.30", phone="06 92 12 34 56", reminders=True)
    assert {(message.channel, message.recipient) for message in messages(database)} == {("sms", "+262692123456")}


@pytest.mark.parametrize(
    ("slot", "zone"), [(SLOT, "Europe/Paris"), ("974.20261126T0500Z.30", "Indian/Reunion")], ids=["Lure", "La Réunion"]
)
def test_the_reminder_is_for_ten_o_clock_the_day_before_there(
    bookings: Bookings, database: Database, slot: str, zone: str
) -> None:
    book(bookings, slot, **ASKED)
    (reminder,) = messages(database, "remind:")
    assert reminder.next_try_at == datetime(2026, 11, 25, 10, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(("hours", "reminders"), [(3, 0), (3.5, 1), (-1, 0)])
def test_no_reminder_just_after_booking(bookings: Bookings, database: Database, hours: float, reminders: int) -> None:
    """Booked three hours or less before it would be sent, or after that: they know."""
    due = datetime(2026, 11, 25, 9, tzinfo=UTC)
    book(bookings, now=due - timedelta(hours=hours), **ASKED)
    assert len(messages(database, "confirm:")) == 1
    assert len(messages(database, "remind:")) == reminders


def test_a_move_drops_the_old_reminder_and_writes_the_new(bookings: Bookings, database: Database) -> None:
    bookings.move(book(bookings, **ASKED), "Roy", OTHER, NOW)
    former, new = messages(database, "remind:")
    assert (former.status, new.status) == ("dropped", "pending")
    assert new.next_try_at == datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert "vendredi 27 novembre à 10 h" in new.text


def test_a_move_back_reminds_of_the_first_day_again(bookings: Bookings, database: Database) -> None:
    """Once: one message waits, the other is dropped."""
    code = book(bookings, **ASKED)
    bookings.move(code, "Roy", OTHER, NOW)
    bookings.move(code, "Roy", SLOT, NOW)
    first, other = messages(database, "remind:")
    assert (first.status, other.status) == ("pending", "dropped")


def test_a_move_that_is_refused_tells_nothing(bookings: Bookings, database: Database) -> None:
    code = book(bookings, **ASKED)
    book(bookings, OTHER)
    before = standing(database)
    with pytest.raises(Exception, match="pris par quelqu'un"):
        bookings.move(code, "Roy", OTHER, NOW)
    assert standing(database) == before


def test_a_cancellation_drops_what_was_to_be_said_and_says_so(bookings: Bookings, database: Database) -> None:
    code = book(bookings, **ASKED)
    for _ in range(2):
        bookings.cancel(code, "Roy", NOW)
    assert standing(database) == [("confirm", "dropped"), ("remind", "dropped"), ("cancel", "pending")]


def test_the_same_request_twice_is_told_once(bookings: Bookings, database: Database) -> None:
    wish = request(SLOT, **ASKED)
    for _ in range(2):
        bookings.book(wish, "key", NOW)
    assert standing(database) == [("confirm", "pending"), ("remind", "pending")]


def test_no_e_mail_number_or_name_is_in_the_logs(
    bookings: Bookings, database: Database, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """At all levels, and where the database's own error quotes them: two tries fail while writing the message."""
    failed: list[str] = []

    def fail(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO message") and len(failed) < 2:
            failed.append(str(OperationalError(statement, parameters, Exception("connection lost"))))
            raise OperationalError(statement, parameters, Exception("connection lost"))

    event.listen(database.engine, "before_cursor_execute", fail)
    with caplog.at_level(logging.DEBUG):
        code = book(bookings, phone=MOBILE, **ASKED)
        bookings.move(code, "Roy", OTHER, NOW)
        bookings.cancel(code, "Roy", NOW)
    logged = caplog.text + "".join(capfd.readouterr())
    assert len(failed) == 2 and all("anna@exemple.fr" in error for error in failed)
    assert "booking.retry" in logged
    assert not [word for word in ("exemple.fr", "Roy", "612345678", "6 12 34") if word in logged]
