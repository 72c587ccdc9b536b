"""Bookings, moves and cancellations at the same time, and one request sent many times at once."""

import random
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from assistant.booking.appointments import SlotTaken
from assistant.errors import AssistantError, Refused
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Occupation
from tests.booking.booking_world import NOW, make_bookings, make_place, request, save

THREADS = 8
PLACE = make_place(capacity=2)


def test_one_request_sent_eight_times_at_once_books_once(database: Database) -> None:
    """As an impatient finger does: every answer is the same appointment, none says that the slot is taken."""
    save(database, [PLACE])
    bookings = make_bookings(database, [PLACE])
    slots = [slot.id for slot in bookings.slots(PLACE, 30, NOW)[:10]]
    with ThreadPoolExecutor(THREADS) as pool:
        for slot in slots:
            key = bookings.new_key()
            codes = list(pool.map(lambda _: bookings.book(request(slot), key, NOW).code, range(THREADS)))  # noqa: B023
            assert len(set(codes)) == 1
    with database.read() as session:
        assert session.scalar(select(func.count(Appointment.id))) == len(slots)


def test_changes_at_the_same_time_keep_occupation_right(database: Database) -> None:
    """Every change ends well or is told the slot is taken or the appointment cancelled: no deadlock, no half move."""
    save(database, [PLACE])
    bookings = make_bookings(database, [PLACE])
    slots = [f"1234.20261126T{8 + n // 4:02}{n % 4 * 15:02}Z.{minutes}" for n in range(8) for minutes in (15, 30, 45)]
    codes = [bookings.book(request(slot), bookings.new_key(), NOW).code for slot in slots[:6:3]]

    def change(seed: int) -> list[str]:
        chance, unexpected = random.Random(seed), []
        for _ in range(25):
            try:
                deed, slot = chance.random(), chance.choice(slots)
                if deed < 0.3:
                    codes.append(bookings.book(request(slot), bookings.new_key(), NOW).code)
                elif deed < 0.9:
                    bookings.move(chance.choice(codes), "Dupré", slot, NOW)
                else:
                    bookings.cancel(chance.choice(codes), "Dupré", NOW)
            except (SlotTaken, Refused):
                continue
            except AssistantError as error:
                unexpected.append(repr(error))
        return unexpected

    with ThreadPoolExecutor(THREADS) as pool:
        assert [error for errors in pool.map(change, range(THREADS)) for error in errors] == []
    assert_occupation_is_exact(database)


def assert_occupation_is_exact(database: Database) -> None:
    """Each booked appointment has its quarters at its counter, in a row from its start; cancelled ones have none."""
    with database.read() as session:
        appointments = session.scalars(select(Appointment)).all()
        rows = session.execute(select(Occupation.appointment_id, Occupation.counter, Occupation.unit)).tuples().all()
    for appointment in appointments:
        own = sorted(
            unit for owner, counter, unit in rows if owner == appointment.id and counter == appointment.counter
        )
        quarters = (appointment.end - appointment.start).total_seconds() / 900 if appointment.status == "booked" else 0
        assert len(own) == quarters == sum(owner == appointment.id for owner, _, _ in rows)
        assert not own or (own[0] == appointment.start and len(set(own)) == len(own))
    assert all(counter < 2 for _, counter, _ in rows)
