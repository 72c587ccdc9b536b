"""Who would come sooner: who is told of a freed slot, in what order, and how."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from assistant.booking.appointments import Bookings
from assistant.errors import NotFound, Refused
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Message
from tests.booking.booking_world import LURE, NOW, make_bookings, make_place, request, save

TUESDAY = datetime(2026, 11, 24, 8, tzinfo=UTC)
GRAY = make_place("2", name="France services de Gray")
FREED = "1234.20261124T0800Z.30"
LATER = [f"1234.202611{day}T0800Z.30" for day in ("25", "26", "27", "30")]


@pytest.fixture
def bookings(database: Database) -> Bookings:
    """Lure and Gray, one counter each."""
    save(database, [LURE, GRAY])
    return make_bookings(database, [LURE, GRAY])


def book(bookings: Bookings, slot: str, name: str, **more: object) -> str:
    return bookings.book(request(slot, name, **more), bookings.new_key(), NOW).code


def wait(
    bookings: Bookings, slot: str, name: str, earliest: datetime | None = None, now: datetime = NOW, **more: object
) -> str:
    """Book and be on the list."""
    code = book(bookings, slot, name, **more)
    bookings.wait(code, name, now, earliest)
    return code


def free(bookings: Bookings, slot: str = FREED, now: datetime = NOW) -> None:
    """Somebody books a slot and cancels it."""
    bookings.cancel(book(bookings, slot, "Paul Passant"), "Passant", now)


def told(database: Database) -> list[str]:
    """Who was told of an earlier slot, in order."""
    query = select(Appointment.name).join(Message, Message.appointment_id == Appointment.id)
    with database.read() as session:
        return list(session.scalars(query.where(Message.key.startswith("earlier:")).order_by(Message.id)))


def test_the_first_on_the_list_is_told_and_nobody_else(bookings: Bookings, database: Database) -> None:
    """The order is that of asking, not that of appointments."""
    late, early = book(bookings, LATER[2], "Anna Roy"), book(bookings, LATER[1], "Jean Dupré")
    bookings.wait(late, "Roy", NOW)
    bookings.wait(early, "Dupré", NOW + timedelta(minutes=1))
    free(bookings)
    assert told(database) == ["Anna Roy"]


def test_nobody_is_told_who_did_not_ask(bookings: Bookings, database: Database) -> None:
    book(bookings, LATER[0], "Anna Roy")
    free(bookings)
    assert told(database) == []


def test_the_message_says_both_dates_and_keeps_the_appointment(bookings: Bookings, database: Database) -> None:
    code = wait(bookings, LATER[0], "Anna Roy", email="anna@exemple.fr", reminders=True)
    free(bookings)
    with database.read() as session:
        (message,) = session.scalars(select(Message).where(Message.key.startswith("earlier:")))
    assert (message.channel, message.recipient, message.status) == ("email", "anna@exemple.fr", "pending")
    assert "mardi 24 novembre à 9 h" in message.text and "mercredi 25 novembre à 9 h" in message.text
    assert code in message.text
    assert bookings.find(code, "Roy").start.day == 25


def test_who_cannot_be_written_to_is_telephoned(bookings: Bookings, database: Database) -> None:
    wait(bookings, LATER[0], "Anna Roy", phone="03 84 96 70 00")
    free(bookings)
    with database.read() as session:
        (message,) = session.scalars(select(Message))
    assert (message.channel, message.recipient) == ("call", "+33384967000")


def test_a_slot_too_short_is_for_the_next_person(bookings: Bookings, database: Database) -> None:
    wait(bookings, LATER[0].replace(".30", ".60"), "Anna Roy")
    wait(bookings, LATER[1], "Jean Dupré")
    free(bookings)
    assert told(database) == ["Jean Dupré"]


def test_a_slot_sooner_than_wished_is_for_the_next_person(bookings: Bookings, database: Database) -> None:
    wait(bookings, LATER[1], "Anna Roy", earliest=TUESDAY + timedelta(hours=1))
    wait(bookings, LATER[2], "Jean Dupré")
    free(bookings)
    assert told(database) == ["Jean Dupré"]


def test_a_slot_no_sooner_than_theirs_is_for_the_next_person(bookings: Bookings, database: Database) -> None:
    wait(bookings, LATER[0], "Anna Roy")
    wait(bookings, LATER[2], "Jean Dupré")
    free(bookings, LATER[1])
    assert told(database) == ["Jean Dupré"]


def test_a_slot_of_another_place_is_told_to_nobody(bookings: Bookings, database: Database) -> None:
    wait(bookings, LATER[0], "Anna Roy")
    free(bookings, FREED.replace("1234.", "2."))
    assert told(database) == []


def test_a_slot_too_near_to_come_is_told_to_nobody(bookings: Bookings, database: Database) -> None:
    """Two hours and a half before it: it can still be booked by who asks, and nobody is sent running."""
    wait(bookings, LATER[0], "Anna Roy")
    free(bookings, now=TUESDAY - timedelta(hours=2, minutes=30))
    assert told(database) == []


def test_a_person_is_told_of_a_slot_once(bookings: Bookings, database: Database) -> None:
    """Freed again, it is for the next person, then for nobody."""
    wait(bookings, LATER[0], "Anna Roy")
    wait(bookings, LATER[1], "Jean Dupré")
    for _ in range(3):
        free(bookings)
    assert told(database) == ["Anna Roy", "Jean Dupré"]


def test_a_slot_freed_again_is_for_who_was_told_of_others_only(bookings: Bookings, database: Database) -> None:
    """Anna's turn comes before Jean's, and she knows of it."""
    wait(bookings, LATER[2], "Anna Roy")
    wait(bookings, LATER[3], "Jean Dupré")
    for minute, hour in enumerate(("0800", "0830", "0800")):
        free(bookings, FREED.replace("0800", hour), NOW + timedelta(minutes=minute))
    assert told(database) == ["Anna Roy", "Jean Dupré", "Jean Dupré"]


def test_who_was_told_comes_after_who_never_was(bookings: Bookings, database: Database) -> None:
    """An unanswered message blocks nobody; when all were told, the one told longest ago is."""
    wait(bookings, LATER[2], "Anna Roy")
    wait(bookings, LATER[3], "Jean Dupré")
    for hour, minute in (("0800", 0), ("0830", 1), ("0900", 2)):
        free(bookings, FREED.replace("0800", hour), NOW + timedelta(minutes=minute))
    assert told(database) == ["Anna Roy", "Jean Dupré", "Anna Roy"]


def test_who_moves_is_not_told_of_the_slot_they_left(bookings: Bookings, database: Database) -> None:
    """Though it is sooner than their new one; the next person is."""
    code = wait(bookings, LATER[0], "Anna Roy")
    wait(bookings, LATER[3], "Jean Dupré")
    bookings.move(code, "Roy", LATER[2], NOW)
    assert told(database) == ["Jean Dupré"]


def test_who_has_moved_waits_no_more(bookings: Bookings, database: Database) -> None:
    """They have chosen; they may ask again."""
    code = wait(bookings, LATER[1], "Anna Roy")
    bookings.move(code, "Roy", LATER[0], NOW)
    free(bookings)
    assert told(database) == []
    bookings.wait(code, "Roy", NOW)
    free(bookings)
    assert told(database) == ["Anna Roy"]


def test_who_has_cancelled_leaves_the_list(bookings: Bookings, database: Database) -> None:
    """And is not told of the slot they gave back."""
    bookings.cancel(wait(bookings, LATER[0], "Anna Roy"), "Roy", NOW)
    free(bookings)
    assert told(database) == []


def test_who_stops_waiting_is_told_no_more_and_twice_is_as_once(bookings: Bookings, database: Database) -> None:
    code = wait(bookings, LATER[0], "Anna Roy")
    for _ in range(2):
        bookings.stop_waiting(code, "Roy")
    free(bookings)
    assert told(database) == []


def test_waiting_for_an_appointment_of_this_afternoon_is_refused(bookings: Bookings) -> None:
    code = book(bookings, FREED, "Anna Roy")
    with pytest.raises(Refused, match="trop proche"):
        bookings.wait(code, "Roy", TUESDAY - timedelta(hours=3))


def test_a_cancelled_appointment_does_not_wait(bookings: Bookings) -> None:
    code = book(bookings, FREED, "Anna Roy")
    bookings.cancel(code, "Roy", NOW)
    with pytest.raises(Refused, match="annulé"):
        bookings.wait(code, "Roy", NOW)


def test_waiting_needs_the_proof(bookings: Bookings) -> None:
    code = book(bookings, FREED, "Anna Roy")
    with pytest.raises(NotFound):
        bookings.wait(code, "Dupré", NOW)
