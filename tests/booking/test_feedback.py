"""What people say of an answer and of a visit, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from assistant.booking.appointments import Bookings
from assistant.booking.feedback import Feedback
from assistant.errors import NotFound, Refused
from assistant.storage.database import Database
from assistant.storage.tables import Conversation, Opinion, Outcome
from tests.booking.booking_world import LURE, NOW, make_bookings, request, save

NINE = "1234.20261126T0800Z.30"
AFTER = NOW + timedelta(days=30)
PERMIT = "interieur/permis_perte_vol"


@pytest.fixture
def bookings(database: Database) -> Bookings:
    save(database, [LURE])
    return make_bookings(database, [LURE])


@pytest.fixture
def feedback(database: Database, bookings: Bookings) -> Feedback:
    with database.write() as session:
        session.add(Conversation(id="abc", started_at=NOW, last_message_at=NOW, turns=1))
    return Feedback(database, bookings)


def opinions(database: Database) -> list[tuple[str, bool, str | None]]:
    with database.read() as session:
        return list(session.execute(select(Opinion.procedure, Opinion.helpful, Opinion.reason)).tuples())


def test_the_last_opinion_of_a_procedure_holds(feedback: Feedback, database: Database) -> None:
    feedback.opine("abc", PERMIT, False, "unclear", NOW)
    feedback.opine("abc", "caf/rsa", False, "missing", NOW)
    feedback.opine("abc", PERMIT, True, "unclear", NOW)
    assert sorted(opinions(database)) == [("caf/rsa", False, "missing"), (PERMIT, True, None)]


def test_an_opinion_goes_with_its_conversation(feedback: Feedback, database: Database) -> None:
    feedback.opine("abc", PERMIT, True, None, NOW)
    with database.write() as session:
        session.query(Conversation).filter_by(id="abc").delete()
    assert opinions(database) == []


def test_only_known_reasons_of_known_conversations_are_kept(feedback: Feedback, database: Database) -> None:
    with pytest.raises(Refused):
        feedback.opine("abc", PERMIT, False, "Anna Roy 06 39 98 00 06", NOW)
    with pytest.raises(NotFound):
        feedback.opine("nobody", PERMIT, True, None, NOW)
    assert opinions(database) == []


def test_the_last_word_on_a_visit_holds_and_needs_the_proof(
    feedback: Feedback, bookings: Bookings, database: Database
) -> None:
    code = bookings.book(request(NINE, procedures=(PERMIT,)), bookings.new_key(), NOW).code
    feedback.conclude(code, "Dupré", {PERMIT: "redirected"}, AFTER)
    feedback.conclude(code, "Dupré", {PERMIT: "resolved"}, AFTER)
    assert feedback.concluded(code) == {PERMIT: "resolved"}
    assert feedback.concluded(code, "agent") == {}
    with pytest.raises(NotFound):
        feedback.conclude(code, "Roy", {PERMIT: "absent"}, AFTER)
    with database.read() as session:
        assert [row.outcome for row in session.scalars(select(Outcome))] == ["resolved"]


def test_nobody_concludes_a_visit_to_come_or_of_something_else(feedback: Feedback, bookings: Bookings) -> None:
    code = bookings.book(request(NINE, procedures=(PERMIT,)), bookings.new_key(), NOW).code
    with pytest.raises(Refused, match="pas encore"):
        feedback.conclude(code, "Dupré", {PERMIT: "resolved"}, NOW)
    for said in ({}, {"caf/rsa": "resolved"}, {PERMIT: "great"}):
        with pytest.raises(Refused, match="réponses proposées"):
            feedback.conclude(code, "Dupré", said, AFTER)
    assert feedback.concluded(code) == {}
