"""Where: the commune, the places near it, somebody to talk to."""

from rasa_sdk.events import EventType, SlotSet

from actions.bridge import Button, Conversation, Slots, Step, leave_form, set_slots
from actions.dossier import procedure_of
from actions.emergencies import follow_up
from actions.reading import commune_of, misses_commune, read_place, read_wish
from actions.several import go_to_booking
from assistant.app import current
from assistant.catalogue.wording import phone_data
from assistant.directory.models import Commune, NearbyPlace
from assistant.directory.wording import opening_sentence, place_data, short_name

MANY = 6


class GivePlace(Step):
    """A place alone: to the slots where the request is known, to the address otherwise."""

    action = "action_lieu"

    def act(self, talk: Conversation) -> list[EventType]:
        slots = read_place(talk)
        talk.tracker.slots.update(slots)
        if talk.slot("attente") == "humain":
            return [*leave_form(), *set_slots(slots), *give_contact(talk)]
        if procedure_of(talk) and not talk.slot("rendez_vous"):
            return go_to_booking(talk, {**slots, **read_wish(talk)})
        commune = commune_of(talk)
        if commune is None:
            return [*leave_form(), *set_slots(slots), *ask_commune(talk)]
        show_nearby(talk, commune)
        talk.say("utter_pour_quelle_demarche", kind="question")
        return [*leave_form(), *set_slots(slots), SlotSet("attente", "demande")]


class AskCommune(Step):
    """The commune, or which of its homonyms."""

    action = "action_ask_commune"

    def act(self, talk: Conversation) -> list[EventType]:
        return ask_commune(talk)


class Handoff(Step):
    """The telephone of the nearest place; asked again, another way, never the same sentence."""

    action = "action_humain"

    def act(self, talk: Conversation) -> list[EventType]:
        if talk.slot("urgence"):
            follow_up(talk)  # "ils ne répondent pas" is still about the emergency: that help comes first
        times = (talk.slot("humain") or 0) + 1
        slots = {"humain": times, "attente": "humain", **read_place(talk)}
        talk.tracker.slots.update(slots)
        if commune_of(talk):
            return [*leave_form(), *set_slots(slots), *give_contact(talk, times)]
        talk.say(HUMAN[min(times, len(HUMAN)) - 1], kind="handoff", data={"places": [], "partner": partner_phone(talk)})
        return [*leave_form(), *set_slots(slots)]


HUMAN = ("utter_humain", "utter_humain_encore", "utter_humain_appeler")


def ask_commune(talk: Conversation) -> list[EventType]:
    """Ask for the commune: among several, again after a miss, or simply."""
    possible = talk.slot("communes_possibles")
    if possible:
        choose_commune(talk, possible["query"], possible["codes"])
        return []
    missed = misses_commune(talk) if talk.asked == "commune" else talk.intent == "lieu"
    tries = (talk.slot("essais") or 0) + 1 if missed else 0
    responses = {0: "utter_ask_commune", 1: "utter_commune_inconnue"}
    talk.say(responses.get(tries, "utter_commune_introuvable"), kind="question")
    return [SlotSet("essais", tries)]


def choose_commune(talk: Conversation, query: str, codes: list[str]) -> None:
    """Homonyms as buttons, with their département and postcode."""
    communes = [current().directory.commune(code) for code in codes]
    buttons: list[Button] = [
        {"title": _long_label(c), "payload": f'/choisir_commune{{"commune": "{c.code}"}}', "id": f"commune.{c.code}"}
        for c in communes
    ]
    response = "utter_quelle_commune_code_postal" if query.strip().isdigit() else "utter_quelle_commune"
    if not query:
        response = "utter_pour_quelle_commune"
    talk.say(response, kind="question", buttons=buttons, nom=query)


def _long_label(commune: Commune) -> str:
    return f"{commune.label} – {commune.postcodes[0]}" if commune.postcodes else commune.label


def give_contact(talk: Conversation, times: int = 1) -> list[EventType]:
    """Address, telephone and hours of the nearest place; asked for again, of the next one."""
    commune = commune_of(talk)
    if commune is None:
        return ask_commune(talk)
    nearby = current().directory.nearest(commune, limit=3)
    place = nearby[(times - 1) % len(nearby)].place
    talk.say(
        _contact_response(bool(place.phone), first=times == 1),
        kind="handoff",
        data={**places_data(nearby, commune), "partner": partner_phone(talk)},
        lieu=place.name,
        adresse=place.address,
        telephone=place.phone,
        ouverture=opening_sentence(place, current().now()),
    )
    return [SlotSet("attente", None)]


def _contact_response(has_phone: bool, first: bool) -> str:
    if first:
        return "utter_humain_lieu" if has_phone else "utter_humain_lieu_sans_telephone"
    return "utter_humain_autre_lieu" if has_phone else "utter_humain_autre_lieu_sans_telephone"


def partner_phone(talk: Conversation) -> dict[str, str] | None:
    """The telephone of the partner concerned, where it is known for sure."""
    procedure = procedure_of(talk)
    if procedure is None:
        return None
    return phone_data(procedure.phone or current().catalogue.partner(procedure.partner).phone)


def show_nearby(talk: Conversation, commune: Commune) -> None:
    """The places nearest to a commune, without a request yet."""
    nearby = current().directory.nearest(commune, limit=3)
    talk.say("utter_lieux_proches", kind="places", data=places_data(nearby, commune), commune=short_name(commune))


def places_data(nearby: list[NearbyPlace], commune: Commune) -> Slots:
    """The contract's `places`, and `origin`: from where the distances are."""
    directory, now = current().directory, current().now()
    return {
        "places": [place_data(n, now, directory.data_date) for n in nearby],
        "origin": {
            "name": short_name(commune),
            "latitude": commune.point.latitude,
            "longitude": commune.point.longitude,
        },
        "sample": directory.is_sample,
    }
