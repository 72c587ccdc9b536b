"""After a closure or an absence: who is seated elsewhere, who is moved and told, who must be telephoned."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from assistant.app import Services
from assistant.booking.appointments import BookingRequest
from assistant.directory.models import Closure
from assistant.settings import Settings
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Message

LURE = "exemple-lure"
# far ahead: closures that are over by the real clock are not read
NOW = datetime(2037, 11, 22, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2037, 11, 24, 8, 0, tzinfo=UTC)
WHOLE_DAY = Closure(TUESDAY - timedelta(hours=2), TUESDAY + timedelta(hours=12), reason="panne de chauffage")


@pytest.fixture
def services(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The sample directory on each database, at a fixed present."""
    url = database.engine.url.render_as_string(hide_password=False)
    made = Services.open(Settings(state_dir=tmp_path, database_url=url))
    monkeypatch.setattr(made, "now", lambda: NOW)
    yield made
    made.close()


def book(services: Services, name: str, minutes_later: int = 0, **more: object) -> str:
    start = TUESDAY + timedelta(minutes=minutes_later)
    request = BookingRequest(
        slot=f"{LURE}.{start:%Y%m%dT%H%M}Z.30", procedures=("caf/rsa",), name=name, phone="06 39 98 00 06", **more
    )
    return services.bookings.book(request, services.bookings.new_key(), NOW).code


def messages(services: Services, kind: str) -> list[Message]:
    with services.database.read() as session:
        found = session.scalars(select(Message).order_by(Message.id)).all()
    return [message for message in found if message.key.startswith(kind)]


def test_nothing_is_stranded_while_the_place_is_open(services: Services) -> None:
    book(services, "Anna Roy")
    assert services.repair.stranded(LURE, NOW) == []


def test_a_closure_strands_its_day_and_no_other(services: Services) -> None:
    """Each with free alternatives, none of them in the closure."""
    code = book(services, "Anna Roy")
    book(services, "Jean Dupré", minutes_later=2 * 24 * 60)
    services.timetables.close(LURE, WHOLE_DAY, NOW)
    (found,) = services.repair.stranded(LURE, NOW)
    assert found.code == code and found.alternatives
    inside = [
        s for s in found.alternatives if s.place_id == LURE and s.start < WHOLE_DAY.end and WHOLE_DAY.start < s.end
    ]
    assert not inside


def test_moved_in_one_action_and_told_once(services: Services) -> None:
    """By message to who asked for messages, on the list of calls for the others; again, it changes nothing."""
    written = book(services, "Anna Roy", reminders=True, email="anna@exemple.fr")
    called = book(services, "Jean Dupré", minutes_later=30)
    services.timetables.close(LURE, WHOLE_DAY, NOW)
    done = services.repair.apply(LURE, NOW, move=True)
    assert (done.moved, done.seated, done.to_call) == ([written, called], [], [])
    assert services.repair.stranded(LURE, NOW) == []
    assert [message.channel for message in messages(services, "moved:")] == ["email", "call"]
    assert services.repair.apply(LURE, NOW, move=True).moved == []
    assert len(messages(services, "moved:")) == 2


def test_the_former_reminder_is_dropped_and_the_new_time_is_reminded(services: Services) -> None:
    book(services, "Anna Roy", reminders=True, email="anna@exemple.fr")
    services.timetables.close(LURE, WHOLE_DAY, NOW)
    services.repair.apply(LURE, NOW, move=True)
    former, new = messages(services, "remind:")
    assert (former.status, new.status) == ("dropped", "pending")


def test_without_moving_each_is_on_the_list_of_calls_once(services: Services) -> None:
    """With what to offer; the appointment itself is left for the person to decide."""
    code = book(services, "Anna Roy")
    services.timetables.close(LURE, WHOLE_DAY, NOW)
    for _ in range(2):
        assert services.repair.apply(LURE, NOW, move=False).to_call == [code]
    (call,) = messages(services, "call:")
    assert call.channel == "call" and "À proposer : " in call.text
    assert services.bookings.find(code, "Roy").start == TUESDAY


def test_an_absence_seats_people_at_the_other_counter_and_tells_nobody(services: Services) -> None:
    """Same hour, same place: only who found no counter is moved."""
    services.timetables.set_capacity(LURE, 2, NOW)
    first, second = book(services, "Anna Roy"), book(services, "Jean Dupré")
    third = book(services, "Marie Autre", minutes_later=30)
    services.timetables.close(LURE, Closure(WHOLE_DAY.start, WHOLE_DAY.end, counter=0), NOW)
    done = services.repair.apply(LURE, NOW, move=True)
    assert third in done.seated and not {first, second} & set(done.seated)
    assert len(done.moved) == 1 and done.to_call == []
    assert [message.appointment_id for message in messages(services, "moved:")] == [of(services, done.moved[0])]
    assert services.bookings.find(third, "Autre").start == TUESDAY + timedelta(minutes=30)


def test_fewer_counters_strand_the_last_one(services: Services) -> None:
    services.timetables.set_capacity(LURE, 2, NOW)
    book(services, "Anna Roy"), book(services, "Jean Dupré")
    services.timetables.set_capacity(LURE, 1, NOW)
    assert [found.name for found in services.repair.stranded(LURE, NOW)] == ["Jean Dupré"]


def test_a_cancelled_appointment_needs_no_repair(services: Services) -> None:
    code = book(services, "Anna Roy")
    services.timetables.close(LURE, WHOLE_DAY, NOW)
    services.bookings.cancel(code, "Roy", NOW)
    assert services.repair.stranded(LURE, NOW) == []


def of(services: Services, code: str) -> int:
    with services.database.read() as session:
        return session.scalars(select(Appointment.id).where(Appointment.code == code)).one()
