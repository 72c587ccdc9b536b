"""What a booking request may hold, and its calendar file."""

import dataclasses
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from pydantic import ValidationError

from assistant.booking.appointments import AppointmentView
from assistant.booking.ics import appointment_ics
from tests.booking.booking_world import make_place, request

PLACE = make_place("974", departement="974")
VIEW = AppointmentView(
    code="K7M2-PR9X",
    place=PLACE,
    start=datetime(2026, 11, 26, 9, tzinfo=ZoneInfo(PLACE.timezone)),
    end=datetime(2026, 11, 26, 9, 30, tzinfo=ZoneInfo(PLACE.timezone)),
    procedures=("caf/rsa",),
    situation={},
    status="booked",
    name="Jean Dupré",
)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "J"},
        {"name": "x" * 101},
        {"name": "  \n "},
        {"name": "Jean\x00Dupré"},
        {"name": "Jean \ud800"},
        {"procedures": ()},
        {"procedures": ("a/b",) * 6},
        {"procedures": ("",)},
        {"phone": "0" * 41},
        {"conversation": "c" * 65},
        {"situation": {"a/b": {"x": 1}}},
    ],
)
def test_what_a_database_or_an_agent_cannot_use_is_refused(given: dict[str, Any]) -> None:
    """Before anything is booked."""
    with pytest.raises(ValidationError):
        request("1234.20261126T0800Z.30", **given)


def test_a_name_is_kept_as_given_on_one_line() -> None:
    """Apostrophes, hyphens, particles and accents stay."""
    assert request("s", name=" Marie-Ange \n d'Épée  de La Tour ").name == "Marie-Ange d'Épée de La Tour"


def test_the_calendar_file_holds_its_time_zone() -> None:
    """Nine o'clock in La Réunion is five in the morning UTC, on any telephone."""
    calendar = Calendar.from_ical(appointment_ics(VIEW))
    (entry,) = calendar.walk("VEVENT")
    (zone,) = calendar.walk("VTIMEZONE")
    assert str(zone["TZID"]) == "Indian/Reunion" == entry["DTSTART"].params["TZID"]
    assert entry.decoded("DTSTART").astimezone(UTC) == datetime(2026, 11, 26, 5, tzinfo=UTC)
    assert (str(entry["STATUS"]), str(calendar["METHOD"])) == ("CONFIRMED", "PUBLISH")
    assert "K7M2-PR9X" in entry["DESCRIPTION"] and PLACE.name in entry["LOCATION"]


def test_a_cancelled_one_cancels_the_same_entry() -> None:
    """Same UID, so that the calendar takes it away; never an older number than before."""
    before = Calendar.from_ical(appointment_ics(VIEW)).walk("VEVENT")[0]
    calendar = Calendar.from_ical(appointment_ics(dataclasses.replace(VIEW, status="cancelled")))
    (entry,) = calendar.walk("VEVENT")
    assert (str(entry["STATUS"]), str(calendar["METHOD"])) == ("CANCELLED", "CANCEL")
    assert entry["UID"] == before["UID"] and entry["SEQUENCE"] >= before["SEQUENCE"]
