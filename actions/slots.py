"""Which slots to show, and how."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from actions.bridge import Button, Conversation, Slots
from actions.dossier import minutes_of
from actions.places import places_data
from actions.reading import commune_of, wish_of
from assistant.app import current
from assistant.booking.slots import Slot, free_slots
from assistant.booking.wording import slot_data, slot_label
from assistant.directory.models import Commune, NearbyPlace
from assistant.directory.wording import opening_sentence
from assistant.nlu.moments import Moment

SHOWN, A_DAY = 6, 3
"""Slots on one small screen; at most half on one day, so that there is a choice of days."""
LOOKED_AT = 5
"""Nearest places that take appointments, looked at for the moment wished."""


@dataclass(frozen=True)
class Offer:
    """Slots of one place; `wish_met` is False where they are not at the moment wished."""

    nearby: NearbyPlace
    slots: list[Slot]
    wish_met: bool


def find_offer(talk: Conversation, commune: Commune) -> Offer | None:
    """Slots of the nearest place that has some at the moment wished; else of the nearest that has some."""
    nearby = _bookable(talk, commune)
    free = _free(talk, nearby)
    wish = wish_of(talk)
    for allowed in (wish, None) if wish else (None,):
        for near in nearby:
            slots = pick(free.get(near.place.id, []), allowed, _since(talk))
            if slots:
                return Offer(near, slots, wish_met=allowed is wish)
    return None


def _bookable(talk: Conversation, commune: Commune) -> list[NearbyPlace]:
    nearby = current().directory.nearest(commune, limit=LOOKED_AT, takes_appointments=True)
    chosen = talk.slot("place")
    if chosen:
        more = current().directory.nearest(commune, limit=20, takes_appointments=True)
        return [n for n in more if n.place.id == chosen] or nearby
    return nearby


def _free(talk: Conversation, nearby: list[NearbyPlace]) -> dict[str, list[Slot]]:
    services = current()
    with services.database.read() as session:
        return free_slots(session, [n.place for n in nearby], minutes_of(talk), now=services.now(), settings=services.settings)


def _since(talk: Conversation) -> datetime | None:
    return datetime.fromisoformat(talk.slot("depuis")) if talk.slot("depuis") else None


def pick(slots: list[Slot], wish: Moment | None, since: datetime | None) -> list[Slot]:
    """The first slots that suit: `A_DAY` a day at most, `SHOWN` in all."""
    suiting = [s for s in slots if (since is None or s.start >= since) and (wish is None or wish.allows(s.start))]
    if wish:
        suiting.sort(key=lambda s: wish.closeness(s.start))
    days = [list(day)[:A_DAY] for _, day in groupby(sorted(suiting[:60], key=lambda s: s.start), key=lambda s: s.start.date())]
    return [slot for day in days for slot in day][:SHOWN]


def say_places(talk: Conversation, commune: Commune, offer: Offer) -> Slots:
    """Where: once a place. The nearest one without appointment, and the one whose slots follow."""
    shown = f"{commune.code} {offer.nearby.place.id}"
    if talk.slot("lieux_montres") == shown:
        return {}
    nearest = current().directory.nearest(commune, limit=1)[0]
    if nearest.place.id == offer.nearby.place.id:
        intro = f"Le plus proche de {commune.name} : {_with_distance(nearest)}. Il reçoit sur rendez-vous."
        near = [nearest]
    else:
        near = [nearest, offer.nearby]
        intro = _two_places(commune, nearest, offer.nearby)
    talk.say("utter_places", kind="places", data=places_data(near), intro=intro)
    return {"lieux_montres": shown}


def _two_places(commune: Commune, nearest: NearbyPlace, bookable: NearbyPlace) -> str:
    opening = opening_sentence(nearest.place, current().now())
    if nearest.place.takes_appointments:
        return f"Le plus proche de {commune.name} : {_with_distance(nearest)}. Créneaux libres : {_with_distance(bookable)}."
    return (
        f"Le plus proche de {commune.name} : {_with_distance(nearest)}. Il reçoit sans rendez-vous : venez directement. {opening}. "
        f"Si vous préférez un rendez-vous, le plus proche qui en donne : {_with_distance(bookable)}."
    )


def _with_distance(nearby: NearbyPlace) -> str:
    km = f"{nearby.distance_km:.0f}" if nearby.distance_km >= 1 else "moins de 1"
    return f"{nearby.place.name} (à {km} km)"


def say_slots(talk: Conversation, offer: Offer) -> None:
    """The slots as choices in the same order, then the ways to other ones."""
    now = current().now()
    buttons: list[Button] = [
        {"title": slot_label(s, now), "payload": f'/choisir_creneau{{"creneau": "{s.id}"}}', "id": s.id} for s in offer.slots
    ]
    later = (offer.slots[-1].start + timedelta(minutes=1)).isoformat()
    extras: list[Button] = [
        {"title": "Voir plus tard", "payload": f'/voir_creneaux{{"depuis": "{later}"}}', "id": "plus_tard"},
        {"title": "Un autre France services", "payload": '/choisir_place{"place": "autres"}', "id": "autre_lieu"},
    ]
    data = {"slots": [slot_data(s) for s in offer.slots], "place": offer.nearby.place.id, "place_name": offer.nearby.place.name}
    talk.say("utter_slots", kind="slots", data=data, buttons=buttons + extras, intro=_intro(talk, offer))


def _intro(talk: Conversation, offer: Offer) -> str:
    wish = wish_of(talk)
    if wish and wish.problem:
        return f"{wish.problem} Voici les premiers créneaux libres à {offer.nearby.place.name} :"
    if wish and not offer.wish_met:
        return f"Rien de libre {wish.in_words()}. Voici les créneaux les plus proches à {offer.nearby.place.name} :"
    return f"Créneaux libres à {offer.nearby.place.name}. Lequel vous convient ?"


def say_other_places(talk: Conversation, commune: Commune) -> None:
    """Other places that take appointments, as buttons."""
    nearby = current().directory.nearest(commune, limit=LOOKED_AT, takes_appointments=True)
    buttons: list[Button] = [
        {"title": _with_distance(n), "payload": f'/choisir_place{{"place": "{n.place.id}"}}', "id": f"place.{n.place.id}"} for n in nearby
    ]
    talk.say("utter_places", kind="places", data=places_data(nearby), buttons=buttons, intro="Voici d'autres France services qui donnent des rendez-vous :")


def say_no_slot(talk: Conversation) -> None:
    """Nothing free anywhere near: the nearest places as they are."""
    commune = commune_of(talk)
    if commune:
        talk.say("utter_places", kind="places", data=places_data(current().directory.nearest(commune, limit=3)), intro="Voici les plus proches :")
        talk.say("utter_aucun_creneau", quand="", commune=commune.name)
