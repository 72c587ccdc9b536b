"""An appointment as a calendar file."""

from datetime import UTC, datetime

from icalendar import Calendar, Event

from assistant.booking.appointments import AppointmentView


def appointment_ics(view: AppointmentView) -> bytes:
    """An iCalendar file with its time zone; imported again after a change, it replaces the entry."""
    calendar = Calendar()
    calendar.add("prodid", "-//France services//Rendez-vous//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if view.status == "cancelled" else "PUBLISH")
    calendar.add_component(_event(view))
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _event(view: AppointmentView) -> Event:
    stamp = datetime.now(UTC)
    event = Event()
    event.add("uid", f"{view.code}@rendez-vous.france-services")
    event.add("dtstamp", stamp)
    # calendars keep the entry with the highest number: the file fetched last
    event.add("sequence", int(stamp.timestamp()) // 60)
    event.add("dtstart", view.start)
    event.add("dtend", view.end)
    event.add("summary", "Rendez-vous France services")
    event.add("location", f"{view.place.name}, {view.place.address}")
    event.add("description", _description(view))
    event.add("status", "CANCELLED" if view.status == "cancelled" else "CONFIRMED")
    return event


def _description(view: AppointmentView) -> str:
    if view.status == "cancelled":
        return f"Rendez-vous annulé. Code : {view.code}"
    phone = f"\nTéléphone du lieu : {view.place.phone}" if view.place.phone else ""
    return f"Code du rendez-vous : {view.code}\nGardez-le pour déplacer ou annuler.{phone}"
