"""The coordinator's figures: counted right, and nobody found in them by subtraction."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from assistant.app import Services
from assistant.booking.appointments import AppointmentView, BookingRequest
from assistant.errors import Refused
from assistant.settings import Settings
from assistant.staff.figures import FEW, SMALL, TOO_FEW, FigureBook, Period, Share, said, shown
from assistant.storage.staff_tables import RequestCount, Unclear, Visit
from assistant.storage.tables import Appointment, Conversation, Opinion, Outcome

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
NOVEMBER = Period.parse("2026-11")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = Services.open(Settings(state_dir=tmp_path, database_url="", redis_url=""))
    yield made
    made.close()


def book_of(services: Services) -> FigureBook:
    return FigureBook(services.database, services.catalogue, lambda: services.directory)


def talk(
    services: Services, count: int, departement: str = "70", procedure: str = "caf/rsa", at: datetime = NOW
) -> None:
    with services.database.write() as session:
        first = session.query(Conversation).count()
        for number in range(first, first + count):
            session.add(
                Conversation(
                    id=f"c{number}", started_at=at, last_message_at=at, turns=1, channel="web", procedures=[procedure],
                    departement=departement, shared=False,
                )
            )  # fmt: skip


def booked(services: Services, count: int) -> list[AppointmentView]:
    place = next(p for p in services.directory.places() if p.takes_appointments and p.departement == "70")
    made = []
    for slot in services.bookings.slots(place, 30, NOW)[:count]:
        given = {"procedures": ("caf/rsa",), "name": "Anna Roy", "phone": "06 39 98 00 06", "distance_km": 12}
        request = BookingRequest(slot=slot.id, **given)
        made.append(services.bookings.book(request, services.bookings.new_key(), NOW))
    return made


def conclude(services: Services, code: str, status: str, **said: str) -> None:
    with services.database.write() as session:
        row = session.query(Appointment).filter_by(code=code).one()
        session.add(Visit(appointment_id=row.id, status=status, walk_in=False, documents=[], note="", updated_at=NOW))
        for who, outcome in said.items():
            session.add(Outcome(appointment_id=row.id, procedure="caf/rsa", said_by=who, outcome=outcome, said_at=NOW))


def test_requests_of_the_departement_and_the_month_are_counted(services: Services) -> None:
    talk(services, 12)
    talk(services, 7, procedure="caf/prime_activite")
    talk(services, 30, departement="25")
    talk(services, 30, at=NOW - timedelta(days=40))
    with services.database.write() as session:
        session.add(RequestCount(day="2026-11-02", channel="web", departement="70", procedure="caf/rsa", count=6))
        session.add(RequestCount(day="2026-11-02", channel="phone", departement="70", procedure="caf/rsa", count=9))
        session.add(RequestCount(day="2026-12-01", channel="phone", departement="70", procedure="caf/rsa", count=90))
    figures = book_of(services).of(["70"], NOVEMBER)
    assert [line.words for line in figures.requests] == ["30", "5"], "18 by web and 9 by telephone; 7"
    assert [line.words for line in figures.by_partner] == ["35"]
    assert dict(figures.by_channel)["Sur le site"] == Share(25, 35)
    assert dict(figures.by_channel)["Par téléphone"].words == "30 %"


def test_outcomes_absences_and_delays(services: Services) -> None:
    views = booked(services, 34)
    for view in views[:11]:
        conclude(services, view.code, "resolved", agent="resolved", person="to_continue")
    for view in views[11:21]:
        conclude(services, view.code, "to_continue", person="to_continue")
    for view in views[21:28]:
        conclude(services, view.code, "absent")
    figures = book_of(services).of(["70"], NOVEMBER)
    assert figures.resolved == Share(10, 20), "the agent's word before the person's"
    assert figures.absent == Share(5, 25)
    assert (figures.resolved.words, figures.absent.words, figures.walk_in.words) == ("50 %", "20 %", "presque aucun")
    assert "jour" in figures.delay
    assert figures.distance == "12 km"
    nothing = book_of(services).of(["25"], NOVEMBER)
    assert (nothing.resolved, nothing.delay, nothing.distance) == (Share(), TOO_FEW, TOO_FEW)


def test_opinions_and_what_was_not_understood(services: Services) -> None:
    talk(services, 20)
    with services.database.write() as session:
        for number in range(20):
            session.add(Opinion(conversation=f"c{number}", procedure="caf/rsa", helpful=number < 5, said_at=NOW))
            session.add(
                Unclear(at=NOW, text="le truc", conversation=f"c{number}", guessed=[], why="corrected", status="new")
            )
    figures = book_of(services).of(["70"], NOVEMBER)
    assert (figures.helpful.words, figures.unclear) == ("25 %", "20")


def test_under_five_people_no_number_is_said() -> None:
    assert [said(shown(n)) for n in range(1, 9)] == [FEW] * 4 + ["5", "5", "5", "10"]
    assert len({shown(n) for n in range(1, SMALL)}) == 1
    assert Share(4, 9).words == TOO_FEW, "nine people are no percentage"
    assert [Share(n, 100).words for n in (0, 2, 5, 50, 98)] == [
        "presque aucun",
        "presque aucun",
        "5 %",
        "50 %",
        "presque tous",
    ]


Shown = tuple[str, ...]


def found_out(say: Callable[[tuple[int, ...]], Shown]) -> set[int]:
    """Masked cells that somebody works out, from each of three months, each pair that follows, and the quarter."""
    fitting: dict[Shown, set[tuple[int, ...]]] = {}
    for cells in product(range(1, 14), repeat=3):
        spans = [cells[:1], cells[1:2], cells[2:], cells[:2], cells[1:], cells]
        fitting.setdefault(tuple(word for span in spans for word in say(span)), set()).add(cells)
    return {
        next(iter(values))
        for words, tables in fitting.items()
        for at in range(3)
        if words[at] == FEW and len(values := {cells[at] for cells in tables}) == 1
    }


def test_no_small_number_is_given_back_by_subtraction() -> None:
    """Brute force: months, procedures or départements, whatever their totals."""
    assert found_out(lambda span: (said(sum(map(shown, span))),)) == set()


def test_a_total_rounded_by_itself_would_give_it_back() -> None:
    """The control: rounding hides a number from its own table, and not from the totals."""
    assert found_out(lambda span: (said(shown(sum(span))),)) == {1, 4}


@pytest.mark.parametrize("period", ["2026-11", "2026-T4"])
@pytest.mark.parametrize("departements", [["70"], ["25", "70"]])
def test_one_person_or_four_make_no_difference_anywhere(
    services: Services, period: str, departements: list[str]
) -> None:
    """Of everything shown, in any cut, period or union: the strongest that can be said."""
    talk(services, 13)
    talk(services, 8, departement="25")
    talk(services, 11, at=NOW - timedelta(days=30))
    figures = []
    for _ in range(4):
        talk(services, 1, procedure="caf/prime_activite")
        with services.database.write() as session:
            last = f"c{session.query(Conversation).count() - 1}"
            session.add(Opinion(conversation=last, procedure="caf/rsa", helpful=True, said_at=NOW))
            session.add(Unclear(at=NOW, text="le truc", conversation=last, guessed=[], why="corrected", status="new"))
        figures.append(book_of(services).of(departements, Period.parse(period)))
    assert figures[1:] == figures[:-1]
    talk(services, 1, procedure="caf/prime_activite")
    assert book_of(services).of(departements, Period.parse(period)) != figures[0], "the control: five do"


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "2026-T5", "2026-11-01", "1999-11", "é", "2026-11\n"]
)
def test_other_spans_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        Period.parse(text)


def test_quarters_and_months_end_where_the_next_begins() -> None:
    assert (NOVEMBER.first.isoformat(), NOVEMBER.last.isoformat()) == ("2026-11-01", "2026-12-01")
    quarter = Period.parse("2026-T4")
    assert (quarter.first.isoformat(), quarter.last.isoformat()) == ("2026-10-01", "2027-01-01")


def test_from_one_month_to_another() -> None:
    spring = Period.parse("2026-03", "2026-05")
    assert (spring.first.isoformat(), spring.last.isoformat()) == ("2026-03-01", "2026-06-01")
    assert (spring.words, NOVEMBER.words) == ("mars à mai 2026", "novembre 2026")
    assert Period.parse("2025-T4", "2026-T1").words == "octobre 2025 à mars 2026"
    for first, until in (("2026-03", "2026-02"), ("2020-01", "2026-01"), ("2026-03", "2026-03-04")):
        with pytest.raises(Refused):
            Period.parse(first, until)
