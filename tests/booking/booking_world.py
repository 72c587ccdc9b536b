"""A small world to book in: made places, one fixed present, and what child processes run. Imports no Rasa."""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import text

from assistant.booking.appointments import BookingRequest, Bookings, SlotTaken
from assistant.directory.models import Place, Point, WeeklyHours, timezone_of
from assistant.errors import NotFound
from assistant.settings import Settings
from assistant.storage import tables
from assistant.storage.database import Database

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""A Sunday."""
MORNING = ((time(9), time(12)),)
WEEKDAYS: WeeklyHours = (MORNING,) * 5 + ((), ())
ALL_DAY: WeeklyHours = (((time(0), time(23, 45)),),) * 7
SETTINGS = Settings(_env_file=None)  # type: ignore[call-arg]

LURE = Place(
    id="1234",
    name="France services de Lure",
    address="Adresse d'exemple, 70200 Lure",
    commune="Lure",
    commune_code="70310",
    departement="70",
    point=Point(47.68, 6.49),
    phone="03 65 71 00 00",
    hours=WEEKDAYS,
    takes_appointments=True,
    comment="",
    kind="fixe",
    capacity=1,
    sample=True,
    timezone="Europe/Paris",
)


def make_place(identity: str = "1234", departement: str = "70", **changes: Any) -> Place:
    """A place like Lure's, elsewhere or otherwise."""
    return replace(LURE, id=identity, departement=departement, timezone=timezone_of(departement), **changes)


def save(database: Database, places: Iterable[Place]) -> None:
    """The rows that appointments refer to."""
    with database.write() as session:
        session.add_all(_row(place) for place in places)


def _row(place: Place) -> tables.Place:
    return tables.Place(
        id=place.id,
        name=place.name,
        address=place.address,
        postcode="70200",
        commune=place.commune,
        commune_code=place.commune_code,
        departement=place.departement,
        latitude=place.point.latitude,
        longitude=place.point.longitude,
        phone=place.phone,
        hours={},
        takes_appointments=place.takes_appointments,
        kind=place.kind,
        capacity=place.capacity,
    )


def place_finder(places: Iterable[Place]) -> Callable[[str], Place]:
    """A place by its id, as the directory gives it."""
    by_id = {place.id: place for place in places}

    def place_of(identity: str) -> Place:
        if identity not in by_id:
            raise NotFound("Ce lieu n'est pas dans l'annuaire.")
        return by_id[identity]

    return place_of


def make_bookings(database: Database, places: Iterable[Place]) -> Bookings:
    """Bookings over these places."""
    return Bookings(database, place_finder(places), SETTINGS)


def request(slot: str, name: str = "Jean Dupré", **changes: Any) -> BookingRequest:
    """What somebody confirms."""
    given: dict[str, Any] = {"procedures": ("interieur/permis_perte_vol",), "phone": "06 39 98 00 01", **changes}
    return BookingRequest(slot=slot, name=name, **given)


def without_constraint(database: Database) -> None:
    """Occupation as a plain table: nothing forbids selling a unit twice."""
    with database.write() as session:
        session.execute(text("ALTER TABLE occupation RENAME TO occupation_kept"))
        session.execute(text("CREATE TABLE occupation AS SELECT * FROM occupation_kept WHERE 1 = 0"))


def with_constraint(database: Database) -> None:
    """Undo `without_constraint`."""
    with database.write() as session:
        session.execute(text("DROP TABLE occupation"))
        session.execute(text("ALTER TABLE occupation_kept RENAME TO occupation"))


def racer(runner: int, barrier: Any, orders: Any) -> None:
    """One citizen of many: answers each order (url, place, slots) with what came of each slot, until told None."""
    while order := orders.recv():
        url, place, slots = order
        database = Database(url)
        bookings = make_bookings(database, [place])
        orders.send([_run(bookings, slot, runner, barrier) for slot in slots])
        database.close()


def _run(bookings: Bookings, slot: str, runner: int, barrier: Any) -> tuple[str, str, str, list[str]]:
    """Ask for a slot at the same instant as the others: (slot, outcome, code or message, next slots)."""
    wish = request(slot, name=f"Personne {chr(ord('a') + runner)}")
    barrier.wait(120)
    try:
        return slot, "booked", bookings.book(wish, bookings.new_key(), NOW).code, []
    except SlotTaken as taken:
        return slot, "taken", taken.message, [following.id for following in taken.next_slots]
    except Exception as error:  # whatever else happens is what the test must show
        return slot, "failed", repr(error), []


def book_until_killed(url: str, place: Place, plan: list[tuple[str, str]], log: str, go: Any) -> None:
    """Once told to go, book (key, slot) after (key, slot), writing down each try and each answer heard.

    Never ends by itself well.
    """
    bookings = make_bookings(Database(url), [place])
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    go.wait()
    for key, slot in plan:
        os.write(out, f"try {key} {slot}\n".encode())
        view = bookings.book(request(slot), key, NOW)
        os.write(out, f"ok {key} {slot} {view.code}\n".encode())
