"""A place as the contract and the citizen read it; the dialogue and the API say the same."""

from datetime import date, datetime
from typing import Any

from assistant.directory.hours import hours_in_words, next_opening, open_now, opening_in_words
from assistant.directory.models import Commune, NearbyPlace, Place
from assistant.directory.timetable import Opening

KINDS = {"fixe": "", "antenne": "antenne", "bus": "bus France services", "itinerante": "équipe itinérante"}


def place_data(nearby: NearbyPlace | Place, now: datetime, data_date: date | None = None) -> dict[str, Any]:
    """A place as it stands at `now` (aware). `next_opening` is the start of the next one to come, ISO 8601 with offset.

    `opening` says it in words, and until when where it is open now; `data_date` is the date of the directory.
    """
    place, distance = _place_and_distance(nearby)
    shut = next((c for c in place.closures if c.counter is None and c.start <= now < c.end), None)
    return {
        "id": place.id,
        "name": place.name,
        "kind": place.kind,
        "kind_label": KINDS[place.kind],
        "address": place.address,
        "commune": place.commune,
        "distance_km": distance,
        "open_now": open_now(place, now),
        "next_opening": _next_start(place, now),
        "opening": opening_sentence(place, now),
        "stop": nearby.stop if isinstance(nearby, NearbyPlace) else None,
        "closed_because": shut.reason if shut else None,
        "hours": hours_in_words(place) if place.has_hours else None,
        "takes_appointments": place.takes_appointments,
        "phone": place.phone,
        "comment": place.comment,
        "latitude": place.point.latitude,
        "longitude": place.point.longitude,
        "sample": place.sample,
        "data_date": data_date.isoformat() if data_date else None,
    }


def opening_sentence(place: Place, now: datetime) -> str:
    """ "Ouvert aujourd'hui jusqu'à 17 h", "Prochaine ouverture : demain de 9 h à 12 h", or what to do instead."""
    opening = next_opening(place, now)
    if opening is None:
        return "Horaires non communiqués : téléphonez avant de venir" if place.phone else "Horaires non communiqués"
    words = opening_in_words(opening, now)
    return f"Ouvert {words}" if opening.start <= now else f"Prochaine ouverture : {words}"


def short_name(commune: Commune) -> str:
    """ "Lure", "Lyon 3e"."""
    return commune.name.removesuffix(" Arrondissement")


def name_with_distance(nearby: NearbyPlace) -> str:
    """ "France services de Gray (à 26 km)"."""
    km = f"{nearby.distance_km:.0f}" if nearby.distance_km >= 1 else "moins d'1"
    return f"{nearby.place.name} (à {km} km)"


def phone_sentence(place: Place) -> str:
    """ "Téléphone : 03 84 … ." with the space that follows, or nothing."""
    return f"Téléphone : {place.phone}. " if place.phone else ""


def commune_data(commune: Commune) -> dict[str, Any]:
    """A commune to choose from."""
    return {"code": commune.code, "name": commune.name, "label": commune.label, "postcodes": list(commune.postcodes)}


def _place_and_distance(nearby: NearbyPlace | Place) -> tuple[Place, float | None]:
    if isinstance(nearby, Place):
        return nearby, None
    return nearby.place, round(nearby.distance_km, 1)


def _next_start(place: Place, now: datetime) -> str | None:
    opening: Opening | None = next_opening(place, now)
    if opening and opening.start <= now:
        opening = next_opening(place, opening.end)
    return opening.start.isoformat() if opening else None
