"""A slot kept for who is still typing: for how long, from whom, and what becomes of it."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from assistant.booking.appointments import AppointmentView, Bookings, SlotRefused, SlotTaken
from assistant.booking.holds import HoldView
from assistant.directory.models import Closure
from assistant.errors import NotFound, Refused
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Hold, Occupation
from tests.booking.booking_world import LURE, NOW, SETTINGS, make_bookings, make_place, request, save

SLOT, OTHER = "1234.20261126T0800Z.30", "1234.20261126T0830Z.30"
OVERLAPPING = "1234.20261126T0815Z.30"
KEPT = timedelta(minutes=SETTINGS.hold_minutes)
EXPIRED = NOW + KEPT
RACERS = 20
ROUNDS = 5
PATIENCE = 60


@pytest.fixture
def bookings(database: Database) -> Bookings:
    """Lure, its one counter."""
    save(database, [LURE])
    return make_bookings(database, [LURE])


def book(bookings: Bookings, slot: str = SLOT, now: datetime = NOW, hold: str | None = None) -> AppointmentView:
    return bookings.book(request(slot, hold=hold), bookings.new_key(), now)


def shown(bookings: Bookings, now: datetime = NOW, hold: str | None = None) -> list[str]:
    """The free slots of that Thursday, as somebody sees them."""
    thursday = date(2026, 11, 26)
    return [slot.id for slot in bookings.slots(LURE, 30, now, thursday, thursday, hold=hold)]


def occupied(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Occupation)) or 0


def all_at_once(deeds: list[Callable[[], object]]) -> list[object]:
    """What each deed gives, or the refusal it raises; all start together."""
    barrier = threading.Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> object:
        barrier.wait(PATIENCE)
        try:
            return deed()
        except (SlotTaken, NotFound) as refusal:
            return refusal

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_a_held_slot_is_free_for_its_holder_alone(bookings: Bookings) -> None:
    held = bookings.holds.take(SLOT, NOW)
    assert (held.slot.id, held.expires_at) == (SLOT, EXPIRED)
    assert SLOT not in shown(bookings)
    assert SLOT in shown(bookings, hold=held.id)


@pytest.mark.parametrize("slot", [SLOT, OVERLAPPING])
def test_others_are_refused_a_held_slot_and_offered_the_next(bookings: Bookings, slot: str) -> None:
    """To book as to hold, even where it is only half of theirs."""
    bookings.holds.take(SLOT, NOW)
    for ask in (lambda: book(bookings, slot), lambda: bookings.holds.take(slot, NOW)):
        with pytest.raises(SlotTaken) as taken:
            ask()
        assert taken.value.next_slots and taken.value.next_slots[0].id == OTHER


def test_the_holder_books_the_slot_and_the_hold_is_gone(bookings: Bookings, database: Database) -> None:
    held = bookings.holds.take(SLOT, NOW)
    assert book(bookings, hold=held.id).status == "booked"
    assert occupied(database) == 2
    with pytest.raises(NotFound):
        bookings.holds.renew(held.id, NOW)


def test_the_holder_moves_to_the_slot(bookings: Bookings, database: Database) -> None:
    code = book(bookings, OTHER).code
    held = bookings.holds.take(SLOT, NOW)
    with pytest.raises(SlotTaken):
        bookings.move(code, "Dupré", SLOT, NOW)
    assert bookings.move(code, "Dupré", SLOT, NOW, hold=held.id).start == held.slot.start
    assert occupied(database) == 2


def test_a_booking_that_fails_leaves_the_hold(bookings: Bookings) -> None:
    """The transaction that spends it is undone whole."""
    book(bookings, OTHER)
    held = bookings.holds.take(SLOT, NOW)
    with pytest.raises(SlotTaken):
        book(bookings, OTHER, hold=held.id)
    assert SLOT not in shown(bookings)


def test_a_hold_expires_by_itself_after_ten_minutes(bookings: Bookings) -> None:
    """Nothing sweeps here: the second before it is kept, and then it is not."""
    bookings.holds.take(SLOT, NOW)
    with pytest.raises(SlotTaken):
        book(bookings, now=EXPIRED - timedelta(seconds=1))
    assert SLOT in shown(bookings, now=EXPIRED)
    assert book(bookings, now=EXPIRED).status == "booked"


def test_a_renewed_hold_is_kept_ten_minutes_more(bookings: Bookings) -> None:
    held, later = bookings.holds.take(SLOT, NOW), NOW + timedelta(minutes=9)
    renewed = bookings.holds.renew(held.id, later)
    assert renewed == HoldView(held.id, held.slot, later + KEPT)
    assert SLOT not in shown(bookings, now=later + KEPT - timedelta(seconds=1))
    assert SLOT in shown(bookings, now=later + KEPT)


@pytest.mark.parametrize("by_asking_again", [False, True])
def test_a_hold_is_renewed_a_few_times_only(bookings: Bookings, by_asking_again: bool) -> None:
    """Asking for the same slot again is renewing; after the last refusal it is still kept until its end."""
    held, now = bookings.holds.take(SLOT, NOW), NOW

    def renew() -> HoldView:
        return bookings.holds.take(SLOT, now, held.id) if by_asking_again else bookings.holds.renew(held.id, now)

    for _ in range(SETTINGS.hold_renewals):
        now += timedelta(minutes=5)
        renew()
    with pytest.raises(Refused, match="depuis longtemps"):
        renew()
    assert SLOT not in shown(bookings, now=now)
    assert SLOT in shown(bookings, now=now + KEPT)


def test_an_expired_hold_is_not_renewed(bookings: Bookings) -> None:
    """Even where nobody has taken the slot since: it was offered to others."""
    held = bookings.holds.take(SLOT, NOW)
    with pytest.raises(NotFound, match="plus gardé"):
        bookings.holds.renew(held.id, EXPIRED)


def test_releasing_twice_is_as_once(bookings: Bookings, database: Database) -> None:
    """Even after somebody else has the slot."""
    held = bookings.holds.take(SLOT, NOW)
    bookings.holds.release(held.id)
    code = book(bookings).code
    bookings.holds.release(held.id)
    assert bookings.find(code, "Dupré").status == "booked"
    assert occupied(database) == 2


def test_another_slot_replaces_the_first(bookings: Bookings, database: Database) -> None:
    """Same hold, and the first slot is free at once; a slot that overlaps it too."""
    held = bookings.holds.take(SLOT, NOW)
    for slot in (OVERLAPPING, OTHER):
        assert bookings.holds.take(slot, NOW, held.id).id == held.id
        assert occupied(database) == 2
    assert SLOT in shown(bookings) and OTHER not in shown(bookings)


def test_who_cannot_have_another_slot_keeps_the_first(bookings: Bookings) -> None:
    book(bookings, OTHER)
    held = bookings.holds.take(SLOT, NOW)
    with pytest.raises(SlotTaken):
        bookings.holds.take(OTHER, NOW, held.id)
    assert SLOT not in shown(bookings)
    assert book(bookings, SLOT, hold=held.id).status == "booked"


def test_the_holder_books_while_twenty_others_want_the_slot(bookings: Bookings, database: Database) -> None:
    """The slot is at no moment free between the hold and the appointment."""
    for slot in [free.id for free in bookings.slots(LURE, 30, NOW)[:ROUNDS]]:
        held = bookings.holds.take(slot, NOW)
        holder = lambda: book(bookings, slot, hold=held.id)  # noqa: B023, E731
        first, *others = all_at_once([holder, *[lambda: book(bookings, slot)] * RACERS])  # noqa: B023
        assert isinstance(first, AppointmentView)
        assert Counter(map(type, others)) == {SlotTaken: RACERS}
    assert occupied(database) == 2 * ROUNDS


def test_an_expired_hold_is_taken_over_and_gives_its_first_holder_nothing(bookings: Bookings) -> None:
    first = bookings.holds.take(SLOT, NOW)
    second = bookings.holds.take(SLOT, EXPIRED)
    assert first.id != second.id
    with pytest.raises(NotFound):
        bookings.holds.renew(first.id, EXPIRED)
    with pytest.raises(SlotTaken):
        book(bookings, now=EXPIRED, hold=first.id)
    assert book(bookings, now=EXPIRED, hold=second.id).status == "booked"


def test_a_late_holder_books_where_nobody_took_over(bookings: Bookings) -> None:
    held = bookings.holds.take(SLOT, NOW)
    assert book(bookings, now=EXPIRED, hold=held.id).status == "booked"


@pytest.mark.parametrize("deed", ["hold", "book"])
def test_of_two_who_take_over_an_expired_hold_at_once_one_wins(
    bookings: Bookings, database: Database, deed: str
) -> None:
    """To hold it or to book it; what overlaps it too."""
    for slot in [free.id for free in bookings.slots(LURE, 30, NOW)[:ROUNDS]]:
        bookings.holds.take(slot, NOW)
        take = (lambda: bookings.holds.take(slot, EXPIRED)) if deed == "hold" else lambda: book(bookings, slot, EXPIRED)  # noqa: B023
        outcomes = all_at_once([take, take])
        assert sum(isinstance(outcome, SlotTaken) for outcome in outcomes) == 1
    with database.read() as session:
        owners = session.execute(select(Occupation.hold_id, Occupation.appointment_id).distinct()).all()
        assert len(owners) == ROUNDS
        assert session.scalar(select(func.count(Appointment.id))) == (0 if deed == "hold" else ROUNDS)
    assert occupied(database) == 2 * ROUNDS


def test_a_hold_in_a_closure_is_refused_with_its_reason(database: Database) -> None:
    """And what is offered instead is after it."""
    start = datetime.fromisoformat("2026-11-26T08:00:00+00:00")
    place = make_place(closures=(Closure(start, start + timedelta(hours=3), reason="formation"),))
    save(database, [place])
    with pytest.raises(SlotRefused, match="formation") as refused:
        make_bookings(database, [place]).holds.take(SLOT, NOW)
    assert refused.value.next_slots and all(slot.start > start for slot in refused.value.next_slots)
    assert occupied(database) == 0


def test_a_slot_that_is_not_for_booking_is_not_held(bookings: Bookings) -> None:
    for slot in ("1234.20261126T0700Z.30", "1234.20261119T0800Z.30"):
        with pytest.raises(SlotRefused):
            bookings.holds.take(slot, NOW)


def test_sweeping_deletes_what_has_expired_and_nothing_else(bookings: Bookings, database: Database) -> None:
    bookings.holds.take(SLOT, NOW)
    kept = bookings.holds.take(OTHER, NOW + timedelta(minutes=1))
    assert [bookings.holds.sweep(EXPIRED) for _ in range(2)] == [1, 0]
    with database.read() as session:
        assert session.scalars(select(Hold.id)).all() == [kept.id]
    assert occupied(database) == 2
