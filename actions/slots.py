"""Which slots to show, and how."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from actions.bridge import Button, Conversation, Slots
from actions.dossier import dossier_of, minutes_of
from actions.places import places_data
from actions.reading import wish_of
from actions.several import say_too_long
from assistant.app import current
from assistant.booking.ranking import DETOUR_KM, Wishes, rank
from assistant.booking.slots import Slot, free_slots
from assistant.booking.wording import slot_data, slot_label
from assistant.directory.models import Commune, NearbyPlace
from assistant.directory.wording import name_with_distance, opening_sentence, short_name
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
    reason: str
    """Why this place rather than a nearer one: "12 km, mais demain à 10 h ; plus près …"."""
    sooner: bool
    """Whether a nearer place has slots too, on a later day."""


def find_offer(talk: Conversation, commune: Commune) -> Offer | None:
    """Slots of the place that receives first within reach, at the moment wished if there are any."""
    nearby = _bookable(talk, commune)
    free = _free(talk, nearby)
    wish = wish_of(talk)
    for allowed in (wish, None) if wish else (None,):
        suiting = {place: pick(slots, allowed, _since(talk)) for place, slots in free.items()}
        best = rank(nearby, suiting, current().now(), Wishes(appointment=True))[0] if nearby else None
        # beyond reach, the place matters more than the moment
        too_far = allowed and best and best.nearby.distance_km > nearby[0].distance_km + DETOUR_KM
        if best and best.slots and not too_far:
            here = [slot for slot in suiting[best.nearby.place.id] if slot in best.slots]
            return Offer(best.nearby, here, allowed is wish, best.reason, _is_sooner(best.nearby, nearby, suiting))
    return None


def _is_sooner(chosen: NearbyPlace, nearby: list[NearbyPlace], suiting: dict[str, list[Slot]]) -> bool:
    return any(n.distance_km < chosen.distance_km and suiting.get(n.place.id) for n in nearby)


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
        return free_slots(
            session,
            list({n.place.id: n.place for n in nearby}.values()),
            minutes_of(talk),
            now=services.now(),
            settings=services.settings,
            hold=talk.tracker.sender_id,
        )


def _since(talk: Conversation) -> datetime | None:
    return datetime.fromisoformat(talk.slot("depuis")) if talk.slot("depuis") else None


def pick(slots: list[Slot], wish: Moment | None, since: datetime | None) -> list[Slot]:
    """The first slots that suit: `A_DAY` a day at most, `SHOWN` in all."""
    suiting = [s for s in slots if (since is None or s.start >= since) and (wish is None or wish.allows(s.start))]
    if wish:
        suiting.sort(key=lambda s: wish.closeness(s.start))
    days = [
        list(day)[:A_DAY]
        for _, day in groupby(sorted(suiting[:60], key=lambda s: s.start), key=lambda s: s.start.date())
    ]
    return [slot for day in days for slot in day][:SHOWN]


def say_places(talk: Conversation, commune: Commune, offer: Offer) -> Slots:
    """Where: once a place. The nearest one without appointment, and the one whose slots follow."""
    shown = f"{commune.code} {offer.nearby.place.id}"
    if talk.slot("lieux_montres") == shown:
        return {}
    nearest = current().directory.nearest(commune, limit=1)[0]
    near = [nearest] if nearest.place.id == offer.nearby.place.id else [nearest, offer.nearby]
    talk.say(
        f"utter_lieu_{_kind_of(nearest, offer)}",
        kind="places",
        data=places_data(near, commune),
        commune=short_name(commune),
        proche=name_with_distance(nearest),
        ouverture=opening_sentence(nearest.place, current().now()),
        autre=name_with_distance(offer.nearby),
        raison=offer.reason[:1].upper() + offer.reason[1:],
    )
    return {"lieux_montres": shown}


def _kind_of(nearest: NearbyPlace, offer: Offer) -> str:
    if nearest.place.id == offer.nearby.place.id:
        return "avec_rendez_vous"
    if not nearest.place.takes_appointments:
        return "sans_rendez_vous"
    return "plus_tot" if offer.sooner else "complet"


def say_slots(talk: Conversation, offer: Offer) -> None:
    """The slots as choices in the same order, then the ways to other ones."""
    now = current().now()
    buttons: list[Button] = [
        {"title": slot_label(s, now), "payload": f'/choisir_creneau{{"creneau": "{s.id}"}}', "id": s.id}
        for s in offer.slots
    ]
    later = (offer.slots[-1].start + timedelta(minutes=1)).isoformat()
    sooner: Button = {"title": "Voir plus tôt", "payload": '/voir_creneaux{"depuis": ""}', "id": "plus_tot"}
    extras: list[Button] = [
        *([sooner] if talk.slot("depuis") else []),
        {"title": "Voir plus tard", "payload": f'/voir_creneaux{{"depuis": "{later}"}}', "id": "plus_tard"},
        {"title": "Un autre France services", "payload": '/choisir_place{"place": "autres"}', "id": "autre_lieu"},
    ]
    place, wish = offer.nearby.place, wish_of(talk)
    data = {"slots": [slot_data(s) for s in offer.slots], "place": place.id, "place_name": place.name}
    talk.say(
        f"utter_creneaux{_variant(wish, offer)}",
        kind="slots",
        data=data,
        buttons=buttons + extras,
        lieu=place.name,
        moment=wish.in_words() if wish else "",
        probleme=wish.problem if wish else "",
    )


def _variant(wish: Moment | None, offer: Offer) -> str:
    if wish and wish.problem:
        return "_moment_impossible"
    return "_autre_moment" if wish and not offer.wish_met else ""


def say_other_places(talk: Conversation, commune: Commune) -> None:
    """Other places that take appointments, as buttons."""
    nearby = current().directory.nearest(commune, limit=LOOKED_AT, takes_appointments=True)
    buttons: list[Button] = [
        {
            "title": name_with_distance(n),
            "payload": f'/choisir_place{{"place": "{n.place.id}"}}',
            "id": f"place.{n.place.id}",
        }
        for n in nearby
    ]
    talk.say("utter_autres_lieux", kind="places", data=places_data(nearby, commune), buttons=buttons)


def say_no_slot(talk: Conversation, commune: Commune) -> None:
    """Nothing free anywhere near: the nearest places as they are."""
    nearby = current().directory.nearest(commune, limit=3)
    talk.say("utter_lieux_proches", kind="places", data=places_data(nearby, commune), commune=short_name(commune))
    procedures = dossier_of(talk)
    if len(procedures) > 1 and not talk.slot("depuis"):
        # nobody is left with a visit too long for any opening
        say_too_long(talk, procedures, short_name(commune))
    else:
        talk.say("utter_aucun_creneau", commune=short_name(commune))
