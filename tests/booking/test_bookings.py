"""Booking, moving and cancelling, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from assistant.booking import appointments, retries
from assistant.booking.appointments import AppointmentView, Bookings, SlotRefused, SlotTaken
from assistant.errors import NotFound, Refused, Unavailable
from assistant.storage import tables
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Occupation
from tests.booking.booking_world import LURE, NOW, make_bookings, make_place, request, save

NINE, QUARTER_PAST, HALF_PAST = (f"1234.20261126T08{minutes}Z.30" for minutes in ("00", "15", "30"))
RIVAL = {"name": "Anna Roy", "phone": "06 39 98 00 06"}
REUNION = make_place("974", departement="974", capacity=2)
WALK_IN = make_place("55", takes_appointments=False)


@pytest.fixture
def bookings(database: Database) -> Bookings:
    """Three places: Lure with one counter, La Réunion with two, one without appointments."""
    places = [LURE, REUNION, WALK_IN]
    save(database, places)
    return make_bookings(database, places)


def book(bookings: Bookings, slot: str, **changes: str) -> AppointmentView:
    return bookings.book(request(slot, **changes), bookings.new_key(), NOW)


def units(database: Database) -> list[tuple[str, int, str]]:
    """What is occupied, as (place, counter, "08:15" UTC)."""
    with database.read() as session:
        rows = session.execute(
            select(Occupation.place_id, Occupation.counter, Occupation.unit).order_by(Occupation.unit)
        )
        return [(place, counter, unit.strftime("%H:%M")) for place, counter, unit in rows]


def test_what_was_booked_is_shown_in_the_place_s_time(bookings: Bookings, database: Database) -> None:
    """Procedures, situation and name come back as they were given."""
    situation = {"interieur/permis_perte_vol": {"pays": "france"}}
    view = bookings.book(request("974.20261126T0500Z.30", situation=situation), bookings.new_key(), NOW)
    assert (view.start.isoformat(), view.end.isoformat()) == ("2026-11-26T09:00:00+04:00", "2026-11-26T09:30:00+04:00")
    assert (view.status, view.name, view.place) == ("booked", "Jean Dupré", REUNION)
    assert (view.procedures, view.situation) == (("interieur/permis_perte_vol",), situation)
    assert bookings.find(view.code, "dupré") == view
    assert bookings.find(view.code.lower().replace("-", " "), "+33 6 39 98 00 01") == view
    assert units(database) == [("974", 0, "05:00"), ("974", 0, "05:15")]


def test_the_same_key_gives_the_same_appointment(bookings: Bookings, database: Database) -> None:
    """However many times it is sent, even once it was moved; and one slot is occupied."""
    key = bookings.new_key()
    first = bookings.book(request(NINE), key, NOW)
    assert bookings.book(request(NINE), key, NOW) == first
    moved = bookings.move(first.code, "Dupré", HALF_PAST, NOW)
    assert bookings.book(request(NINE), key, NOW) == moved
    assert len(units(database)) == 2


def test_a_code_that_is_drawn_twice_is_drawn_again(bookings: Bookings, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1.7 million appointments one booking in 500 meets it: nobody hears of it."""
    first = book(bookings, NINE)
    drawn = iter([first.code, first.code, "K7M2-PR9X"])
    monkeypatch.setattr(appointments, "new_code", lambda: next(drawn))
    assert book(bookings, HALF_PAST, **RIVAL).code == "K7M2-PR9X"


def test_the_order_of_answers_is_not_another_request(bookings: Bookings) -> None:
    """A browser may send its JSON in any order."""
    key = bookings.new_key()
    one = bookings.book(request(NINE, situation={"a/b": {"x": "1", "y": "2"}, "c/d": {}}), key, NOW)
    assert bookings.book(request(NINE, situation={"c/d": {}, "a/b": {"y": "2", "x": "1"}}), key, NOW) == one


@pytest.mark.parametrize(
    "other",
    [
        request(HALF_PAST),
        request(NINE, name="Anna Roy"),
        request(NINE, phone=None),
        request(NINE, procedures=("caf/rsa",)),
    ],
)
def test_a_key_with_another_body_is_refused(bookings: Bookings, database: Database, other: object) -> None:
    """422, and nothing is booked."""
    key = bookings.new_key()
    bookings.book(request(NINE), key, NOW)
    with pytest.raises(Refused) as refused:
        bookings.book(other, key, NOW)  # type: ignore[arg-type]
    assert refused.value.status == 422
    assert len(units(database)) == 2


@pytest.mark.parametrize("key", ["", "x" * 129, "a\x00b"])
def test_a_key_that_cannot_be_kept_is_refused(bookings: Bookings, key: str) -> None:
    """Before the database sees it."""
    with pytest.raises(Refused):
        bookings.book(request(NINE), key, NOW)


def test_a_taken_slot_offers_the_next_ones(bookings: Bookings) -> None:
    """409, in French, with the three next of the same place, and the person gone second has nothing."""
    book(bookings, NINE)
    with pytest.raises(SlotTaken) as taken:
        book(bookings, NINE, **RIVAL)
    assert taken.value.status == 409
    assert [slot.start.strftime("%H:%M") for slot in taken.value.next_slots] == ["09:30", "10:00", "10:30"]
    assert "jeudi 26 novembre à 9 h 30" in taken.value.message


def test_a_slot_that_overlaps_a_sold_one_is_taken(bookings: Bookings, database: Database) -> None:
    """The second half of it is sold: no unit of the first half stays occupied."""
    book(bookings, HALF_PAST)
    with pytest.raises(SlotTaken):
        book(bookings, QUARTER_PAST)
    assert units(database) == [("1234", 0, "08:30"), ("1234", 0, "08:45")]


def test_the_last_slots_are_offered_where_none_follows(bookings: Bookings) -> None:
    """Those before it, nearest to it."""
    last = bookings.slots(LURE, 30, NOW)[-1]
    book(bookings, last.id)
    with pytest.raises(SlotTaken) as taken:
        book(bookings, last.id, **RIVAL)
    assert taken.value.next_slots == bookings.slots(LURE, 30, NOW)[-3:]


@pytest.mark.parametrize(
    ("slot", "why"),
    [
        ("1234.20261126T0700Z.30", "en dehors"),
        ("1234.20261126T0803Z.30", "en dehors"),
        ("1234.20261119T0800Z.30", "déjà passé"),
        ("1234.20270226T0800Z.30", "60 jours"),
        ("55.20261126T0800Z.30", "sans rendez-vous"),
    ],
)
def test_a_slot_not_for_booking_is_refused(bookings: Bookings, database: Database, slot: str, why: str) -> None:
    """422, with what can be booked instead where there is any."""
    with pytest.raises(SlotRefused, match=why) as refused:
        book(bookings, slot)
    assert refused.value.status == 422
    assert bool(refused.value.next_slots) is not slot.startswith("55.")
    assert units(database) == []


def test_a_place_gone_from_the_directory_is_not_booked(bookings: Bookings, database: Database) -> None:
    """A slot shown before an import may be asked for after it."""
    with database.write() as session:
        session.get_one(tables.Place, LURE.id).active = False
    with pytest.raises(SlotRefused, match="n'est plus dans l'annuaire"):
        book(bookings, NINE)
    assert units(database) == []


def test_a_telephone_that_is_none_is_refused(bookings: Bookings) -> None:
    """In French, and none at all is fine."""
    with pytest.raises(Refused, match="téléphone"):
        book(bookings, NINE, phone="06 39")
    assert book(bookings, NINE, phone="").status == "booked"


def test_a_wrong_proof_answers_as_an_unknown_code(bookings: Bookings) -> None:
    """Nobody learns whether a code exists."""
    code = book(bookings, NINE).code
    said = set()
    for given, proof in (
        (code, "Roy"),
        (code, "0639980009"),
        (code, ""),
        ("2222-2222", "Dupré"),
        ("n'importe quoi", "Dupré"),
    ):
        for ask in (
            lambda: bookings.find(given, proof),  # noqa: B023
            lambda: bookings.cancel(given, proof, NOW),  # noqa: B023
            lambda: bookings.move(given, proof, HALF_PAST, NOW),  # noqa: B023
        ):
            with pytest.raises(NotFound) as refused:
                ask()
            said.add(refused.value.message)
    assert len(said) == 1
    assert bookings.find(code, "Dupré").status == "booked"


def test_a_move_may_overlap_the_old_slot(bookings: Bookings, database: Database) -> None:
    """A quarter later at the only counter: the shared quarter is kept, the first is free for others."""
    code = book(bookings, NINE).code
    moved = bookings.move(code, "Dupré", QUARTER_PAST, NOW)
    assert (moved.code, moved.start.strftime("%H:%M")) == (code, "09:15")
    assert units(database) == [("1234", 0, "08:15"), ("1234", 0, "08:30")]
    assert book(bookings, "1234.20261126T0800Z.15", **RIVAL).status == "booked"
    # shorter and longer at the same start too
    assert bookings.move(code, "Dupré", "1234.20261126T0815Z.60", NOW).end.strftime("%H:%M") == "10:15"
    assert bookings.move(code, "Dupré", "1234.20261126T0815Z.15", NOW).end.strftime("%H:%M") == "09:30"


def test_a_move_to_another_place_frees_the_first(bookings: Bookings, database: Database) -> None:
    """The appointment keeps its code and follows the new place's time."""
    code = book(bookings, NINE).code
    moved = bookings.move(code, "0639980001", "974.20261126T0500Z.30", NOW)
    assert moved.place == REUNION and moved.start.strftime("%H:%M") == "09:00"
    assert units(database) == [("974", 0, "05:00"), ("974", 0, "05:15")]


def test_a_move_that_meets_a_sold_slot_changes_nothing(bookings: Bookings, database: Database) -> None:
    """The old slot is still theirs, and others are offered."""
    code = book(bookings, NINE).code
    book(bookings, HALF_PAST, **RIVAL)
    before = units(database)
    with pytest.raises(SlotTaken) as taken:
        bookings.move(code, "Dupré", QUARTER_PAST, NOW)
    assert taken.value.next_slots
    assert units(database) == before
    assert bookings.find(code, "Dupré").start.strftime("%H:%M") == "09:00"


def test_a_move_where_it_is_already_changes_nothing(bookings: Bookings, database: Database) -> None:
    """As when the answer to a move was lost and it is asked again."""
    view = book(bookings, NINE)
    assert bookings.move(view.code, "Dupré", NINE, NOW) == view
    assert len(units(database)) == 2


def test_cancelling_frees_the_slot_for_somebody_else(bookings: Bookings, database: Database) -> None:
    """Twice is as once, even after the slot was sold again."""
    code = book(bookings, NINE).code
    assert bookings.cancel(code, "Dupré", NOW).status == "cancelled"
    assert units(database) == []
    rival = book(bookings, NINE, **RIVAL)
    assert bookings.cancel(code, "Dupré", NOW).status == "cancelled"
    assert bookings.find(rival.code, "Roy").status == "booked"
    assert len(units(database)) == 2


def test_a_cancelled_or_past_appointment_is_not_moved(bookings: Bookings) -> None:
    """Nor is one that is past cancelled: the agent has seen it come or not."""
    code = book(bookings, NINE).code
    later = NOW + timedelta(days=10)
    with pytest.raises(Refused, match="passé"):
        bookings.move(code, "Dupré", "1234.20261207T0800Z.30", later)
    with pytest.raises(Refused, match="passé"):
        bookings.cancel(code, "Dupré", later)
    bookings.cancel(code, "Dupré", NOW)
    with pytest.raises(Refused, match="annulé"):
        bookings.move(code, "Dupré", HALF_PAST, NOW)


def test_a_conversation_needs_no_proof_for_its_own(bookings: Bookings) -> None:
    """And has no power over others'."""
    mine = book(bookings, HALF_PAST, conversation="c1")
    first = book(bookings, NINE, conversation="c1")
    other = book(bookings, "1234.20261126T0900Z.30", **RIVAL, conversation="c2")
    assert bookings.of_conversation("c1") == [first, mine]
    moved = bookings.move_own("c1", mine.code, "1234.20261126T1000Z.30", NOW)
    assert moved.start.strftime("%H:%M") == "11:00"
    assert bookings.cancel_own("c1", first.code, NOW).status == "cancelled"
    assert bookings.of_conversation("c1") == [moved]
    for conversation in ("c1", "", "c3"):
        with pytest.raises(NotFound):
            bookings.cancel_own(conversation, other.code, NOW)
        with pytest.raises(NotFound):
            bookings.move_own(conversation, other.code, HALF_PAST, NOW)


def test_an_appointment_of_no_conversation_is_nobody_s_own(bookings: Bookings) -> None:
    """An empty conversation proves nothing."""
    code = book(bookings, NINE).code
    with pytest.raises(NotFound):
        bookings.cancel_own("", code, NOW)


def test_a_key_of_the_server_is_never_the_same(bookings: Bookings) -> None:
    """And can go in an HTTP header."""
    keys = {bookings.new_key() for _ in range(200)}
    assert len(keys) == 200
    assert all(key.isascii() and 20 <= len(key) <= 128 for key in keys)


def test_a_booking_is_three_statements(bookings: Bookings, database: Database) -> None:
    """The appointment where the place stands as it was read, the key's answer, the units: each more is a round trip."""
    book(bookings, NINE)
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda c, cu, statement, *rest: said.append(statement))
    book(bookings, HALF_PAST)
    wrote = [words[2] for words in map(str.split, said) if words[0] != "BEGIN"]
    assert wrote == ["appointment", "idempotency_key", "occupation"]


def test_the_appointment_knows_its_counter(bookings: Bookings, database: Database) -> None:
    """The second one at a place with two counters is at the second counter, in both tables."""
    for _ in range(2):
        book(bookings, "974.20261126T0500Z.30")
    with database.read() as session:
        assert session.scalars(select(Appointment.counter).order_by(Appointment.id)).all() == [0, 1]
    assert units(database) == [("974", counter, clock) for clock in ("05:00", "05:15") for counter in (0, 1)]


def test_a_place_that_left_the_directory_meanwhile_is_refused(bookings: Bookings, database: Database) -> None:
    """The reader's directory still has it; the database decides, and nothing is written."""
    with database.write() as session:
        session.get_one(tables.Place, LURE.id).active = False
    with pytest.raises(SlotRefused, match="n'est plus dans l'annuaire"):
        book(bookings, NINE)
    with database.read() as session:
        assert session.scalars(select(Appointment)).all() == []


def test_a_passing_trouble_is_tried_again_and_books_once(
    bookings: Bookings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit is done and its answer lost twice: the person has one appointment."""
    committed, write = [], database.write

    def losing_answers():  # type: ignore[no-untyped-def]
        class Losing:
            def __enter__(self):  # type: ignore[no-untyped-def]
                self.inner = write()
                return self.inner.__enter__()

            def __exit__(self, *error):  # type: ignore[no-untyped-def]
                self.inner.__exit__(*error)
                committed.append(error[0])
                if len(committed) < 3:
                    raise OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))

        return Losing()

    monkeypatch.setattr(database, "write", losing_answers)
    view = book(bookings, NINE)
    monkeypatch.undo()
    # the first is kept; the others find its key and are undone
    assert committed[0] is None and len(committed) == 3 and None not in committed[1:]
    with database.read() as session:
        assert [appointment.code for appointment in session.scalars(select(Appointment))] == [view.code]
    assert len(units(database)) == 2


def test_a_lasting_trouble_is_told_in_french(
    bookings: Bookings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, after a bounded number of tries; and nothing is sold."""
    tries = []

    def down():  # type: ignore[no-untyped-def]
        tries.append(1)
        raise OperationalError("BEGIN", {}, Exception("database is locked"))

    monkeypatch.setattr(database, "write", down)
    with pytest.raises(Unavailable, match="réessayez") as unavailable:
        book(bookings, NINE)
    assert unavailable.value.status == 503
    assert len(tries) == retries.ATTEMPTS
    assert units(database) == []


def test_instants_are_kept_in_utc(bookings: Bookings, database: Database) -> None:
    """Whatever the zone of the place."""
    book(bookings, "974.20261126T0500Z.30")
    with database.read() as session:
        assert session.scalars(select(Appointment.start)).one() == datetime(2026, 11, 26, 5, tzinfo=UTC)
