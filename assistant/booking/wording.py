"""Slots and appointments as the contract and the citizen read them; the dialogue and the API say the same."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from assistant.booking.slots import Slot
from assistant.booking.views import AppointmentView
from assistant.directory.hours import DAYS, MONTHS, time_in_words

STATUSES = {"booked": "confirmé", "cancelled": "annulé"}


def slot_data(slot: Slot) -> dict[str, Any]:
    """A slot: `place` is the place's id, start and end are ISO 8601 in the place's zone."""
    return {
        "id": slot.id,
        "place": slot.place_id,
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
        "stop": slot.stop,
    }


def slot_label(slot: Slot, now: datetime) -> str:
    """ "jeudi 26 novembre à 9 h 30": the full date, since a reply is read again on another day."""
    return moment_in_words(slot.start, now)


def moment_in_words(start: datetime, now: datetime) -> str:
    """Day and time in words, in the zone of `start`."""
    today = now.astimezone(start.tzinfo).date()
    return f"{full_day(start.date(), today)} à {time_in_words(start.time())}"


def full_day(day: date, today: date) -> str:
    """ "jeudi 26 novembre", with the year where it is not this one and far."""
    number = "1er" if day.day == 1 else str(day.day)
    year = f" {day.year}" if abs((day - today).days) > 300 else ""
    return f"{DAYS[day.weekday()]} {number} {MONTHS[day.month - 1]}{year}"


def appointment_data(
    view: AppointmentView, now: datetime | None = None, reminder: Iterable[dict[str, Any]] = ()
) -> dict[str, Any]:
    """An appointment: `place` is the place's id; `reminder`, what to bring (catalogue.wording.reminder_data)."""
    return {
        "code": view.code,
        "place": view.place.id,
        "place_name": view.place.name,
        "address": view.place.address,
        "stop": view.stop,
        "commune": view.place.commune,
        "phone": view.place.phone,
        "sample": view.place.sample,
        "start": view.start.isoformat(),
        "end": view.end.isoformat(),
        "label": moment_in_words(view.start, now or view.start),
        "procedures": list(view.procedures),
        "situation": {name: dict(answers) for name, answers in view.situation.items()},
        "status": view.status,
        "status_label": STATUSES.get(view.status, view.status),
        "name": view.name,
        "booked_by": view.booked_by,
        "reminder": list(reminder),
    }
