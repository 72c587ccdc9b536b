"""Booking, moving, cancelling, looking up."""

from datetime import datetime, timedelta
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions.bridge import (
    BOOKING_FORM,
    LOOKUP_FORM,
    Button,
    Conversation,
    Form,
    Slots,
    Step,
    go_to,
    leave_form,
    set_slots,
)
from actions.dossier import plan_of, procedure_of, waiting
from actions.reading import (
    commune_of,
    is_place_change,
    lacks_phone,
    misses_commune,
    read_place,
    read_wish,
    wish_of,
    without_phone_words,
)
from actions.several import go_to_booking
from actions.slots import find_offer, say_no_slot, say_other_places, say_places, say_slots
from assistant.app import current
from assistant.booking.appointments import AppointmentView, BookingRequest, SlotRefused, SlotTaken
from assistant.booking.codes import find_code
from assistant.booking.contacts import parse_contact
from assistant.booking.slots import Slot
from assistant.booking.wording import appointment_data, moment_in_words
from assistant.catalogue.wording import reminder_data
from assistant.directory.distance import distance_km
from assistant.directory.wording import phone_sentence
from assistant.errors import AssistantError, Refused, Unavailable
from assistant.staff.audit import Trace
from assistant.text import fold

NOT_A_NAME = frozenset(
    "annuler_rdv deplacer_rdv consulter_rdv humain urgence recommencer digression moment affirmer nier ne_sait_pas "
    "reformuler robot capacites changer_sujet prendre_rdv remerciement au_revoir".split()
)
"""What somebody may say instead of a name, when asked for it."""
SURE_REQUEST = 0.6
"""Probability from which a message is a new request rather than an odd name or a wrong code."""


class TakeAppointment(Step):
    """Towards an appointment: what is missing is asked for."""

    action = "action_prendre_rendez_vous"

    def act(self, talk: Conversation) -> list[EventType]:
        slots = {**read_place(talk), **read_wish(talk), **read_slot(talk)}
        if procedure_of(talk) is None:
            talk.say("utter_pour_quelle_demarche", kind="question")
            return [*leave_form(), *set_slots(slots), SlotSet("attente", "demande_rdv")]
        # a press on a slot or a place is already about the appointment
        return go_to_booking(talk, slots) if talk.intent == "prendre_rdv" else go_to(BOOKING_FORM, slots)


class GiveMoment(Step):
    """A moment alone: to the slots of that moment where the request is known."""

    action = "action_moment"

    def act(self, talk: Conversation) -> list[EventType]:
        wish = read_wish(talk)
        if procedure_of(talk) and not talk.slot("rendez_vous"):
            return go_to_booking(talk, wish)
        own = own_appointment(talk)
        if own:
            return start_moving(talk, own)
        talk.say("utter_pour_quelle_demarche", kind="question")
        return [*leave_form(), *set_slots(wish), SlotSet("attente", "demande")]


class BookingForm(Form):
    """Commune, slot, contact; any of them in any message."""

    form = BOOKING_FORM

    def read(self, talk: Conversation) -> Slots:
        if talk.intent in ("annuler_rdv", "humain", "urgence", "recommencer"):
            return {}
        if talk.entity("contact") or lacks_phone(talk) or (talk.asked == "contact" and may_be_name(talk)):
            return read_contact(talk)
        slots = {**read_place(talk), **read_slot(talk)}
        wish = read_wish(talk)
        if wish:
            talk.tracker.slots.update({**slots, **wish})
            slots |= {**wish, "creneau": None, **exact_slot(talk)}
        return slots or self._unread(talk)

    def _unread(self, talk: Conversation) -> Slots:
        """What is neither place, slot nor contact: said again, or left to the other rules."""
        if talk.asked == "creneau" and talk.intent == "nier":
            return {"depuis": talk.slot("prochain")}
        if talk.asked == "commune" and misses_commune(talk):
            return {"commune": None}
        if talk.asked == "contact" and talk.intent == "ne_sait_pas":
            talk.say("utter_contact_invalide")
            return {"contact": None}
        unsure = talk.intent == "clarifier" and not talk.sub
        if talk.asked == "creneau" and (unsure or talk.intent in ("affirmer", "ne_sait_pas", "hors_perimetre")):
            talk.say("utter_choisir_creneau")
            return {"creneau": None}
        return {}


class AskSlot(Step):
    """Places and slots near the commune."""

    action = "action_ask_creneau"

    def act(self, talk: Conversation) -> list[EventType]:
        commune = commune_of(talk)
        if commune is None:
            return []
        if talk.slot("place") == "autres":
            say_other_places(talk, commune)
            return [SlotSet("place", None)]
        offer = find_offer(talk, commune)
        if offer is None:
            say_no_slot(talk, commune)
            # the one procedure that may be chosen instead is for an appointment too
            return [SlotSet("attente", "demande_rdv")]
        shown = say_places(talk, commune, offer)
        say_slots(talk, offer)
        # the key stands before anybody chooses: a turn that is lost and said again books under the same
        key = talk.slot("cle") or current().bookings.new_key()
        return [*set_slots({**shown, "cle": key}), SlotSet("prochain", offer.slots[-1].end.isoformat())]


class AskContact(Step):
    """Name and telephone, or the one that is missing."""

    action = "action_ask_contact"

    def act(self, talk: Conversation) -> list[EventType]:
        if talk.slot("nom") and talk.slot("telephone") is None:
            talk.say("utter_contact_telephone", kind="question")
        elif talk.slot("telephone") is not None:
            talk.say("utter_contact_nom", kind="question")
        else:
            talk.say("utter_ask_contact", kind="question", creneau=_slot_in_words(talk.slot("creneau")))
        return []


class Book(Step):
    """Everything is there: booked at once, or moved; an undo is one press away."""

    action = "action_reserver"

    def act(self, talk: Conversation) -> list[EventType]:
        try:
            view = move(talk) if talk.slot("deplacement") else book(talk)
        except SlotTaken:
            talk.say("utter_creneau_pris")
            return go_to(BOOKING_FORM, {"creneau": None, "cle": None})
        except Unavailable as error:
            talk.say("utter_refus_passager", message=error.message)
            return [SlotSet("attente", "rendez_vous")]
        except AssistantError as error:
            talk.say("utter_refus", message=error.message)
            return go_to(BOOKING_FORM, dict.fromkeys(("creneau", "cle", "contact", "nom", "telephone")))
        say_appointment(talk, view, "utter_deplace" if talk.slot("deplacement") else "utter_reserve")
        return set_slots(AFTERWARDS | {"rendez_vous": view.code})


AFTERWARDS: Slots = dict.fromkeys(
    "creneau contact nom telephone depuis wish attente deplacement cle place prochain annule".split()
)


NO_CODE = "aucun"
"""In place of a code that the person does not have."""


class Cancel(Step):
    """Asks once; the yes cancels."""

    action = "action_annuler"

    def act(self, talk: Conversation) -> list[EventType]:
        view = own_appointment(talk)
        if view:
            talk.say("utter_confirmer_annulation", kind="question", rendez_vous=_in_words(view))
            return [*leave_form(), SlotSet("rendez_vous", view.code), SlotSet("attente", "annuler")]
        if talk.slot("annule"):
            talk.say("utter_deja_annule", rendez_vous=talk.slot("annule"))
            return leave_form()
        if talk.form == BOOKING_FORM:
            talk.say("utter_rien_reserve")
            return [*leave_form(), SlotSet("creneau", None), SlotSet("attente", None)]
        return look_up(talk, "annuler")


class Move(Step):
    """The new slot is taken before the old one is freed."""

    action = "action_deplacer"

    def act(self, talk: Conversation) -> list[EventType]:
        view = own_appointment(talk)
        if view:
            return start_moving(talk, view)
        if talk.form == BOOKING_FORM and not talk.entity("code"):
            # "another hour", before anything is booked
            return go_to(BOOKING_FORM, {"creneau": None, "depuis": talk.slot("prochain"), **read_wish(talk)})
        if talk.slot("annule") and not talk.entity("code"):
            return TakeAppointment().act(talk)
        return look_up(talk, "deplacer")


class Show(Step):
    """An appointment of this conversation, or one to look up by its code."""

    action = "action_consulter"

    def act(self, talk: Conversation) -> list[EventType]:
        view = own_appointment(talk)
        if view and talk.slot("attente") == "annuler" and "non" not in fold(talk.text).split():
            # the code, given when asked "do you want to cancel?", is a yes
            return cancel(talk)
        if view:
            say_appointment(talk, view, "utter_rendez_vous")
            return [*leave_form(), SlotSet("rendez_vous", view.code)]
        if talk.slot("annule") and not talk.entity("code"):
            talk.say("utter_deja_annule", rendez_vous=talk.slot("annule"))
            return leave_form()
        return look_up(talk, "consulter")


class LookupForm(Form):
    """The code, then the name or the telephone."""

    form = LOOKUP_FORM

    def read(self, talk: Conversation) -> Slots:
        code = talk.entity("code") or find_code(talk.text)
        if code:
            return {"code_rdv": code, "essais": 0}
        if talk.intent in ELSEWHERE or is_request(talk):
            return {}
        if talk.asked == "preuve" and talk.text:
            return {"preuve": talk.text}
        tries = (talk.slot("essais") or 0) + 1
        if tries > 1 or talk.intent == "ne_sait_pas":
            return {"code_rdv": NO_CODE, "preuve": NO_CODE, "essais": 0}
        talk.say("utter_code_invalide")
        return {"code_rdv": None, "essais": tries}


ELSEWHERE = frozenset(
    "humain urgence recommencer prendre_rdv digression salutation remerciement au_revoir reformuler robot capacites".split()
)
"""What is answered as usual while a code is asked for; the question comes again."""


class LookUp(Step):
    """The appointment of that code, if the name or telephone is its own."""

    action = "action_retrouver"

    def act(self, talk: Conversation) -> list[EventType]:
        code, proof = talk.slot("code_rdv"), talk.slot("preuve")
        forget = set_slots({"code_rdv": None})
        if code == NO_CODE:
            talk.say("utter_sans_code")
            return [*forget, SlotSet("preuve", None), SlotSet("attente", "humain")]
        _trace("find", code)
        try:
            view = current().bookings.find(code, _proof(proof))
        except AssistantError:
            talk.say("utter_rendez_vous_introuvable")
            return [*forget, SlotSet("preuve", None)]
        if talk.slot("operation") == "deplacer":
            return [*forget, *start_moving(talk, view)]
        if talk.slot("operation") == "annuler":
            talk.say("utter_confirmer_annulation", kind="question", rendez_vous=_in_words(view))
            return [*forget, SlotSet("rendez_vous", view.code), SlotSet("attente", "annuler")]
        say_appointment(talk, view, "utter_rendez_vous")
        return [*forget, SlotSet("rendez_vous", view.code)]


def read_slot(talk: Conversation) -> Slots:
    """What a button says of slots: one chosen, later ones, another place."""
    if talk.intent == "voir_creneaux":
        return {"depuis": talk.entity("depuis") or None, "wish": None, "creneau": None}
    if talk.intent == "choisir_place":
        return {"place": talk.entity("place"), "depuis": None, "creneau": None}
    if talk.intent == "choisir_creneau":
        return choose_slot(talk, str(talk.entity("creneau")))
    return {}


def choose_slot(talk: Conversation, slot_id: str) -> Slots:
    """The slot with the key of its booking, made before the person confirms; or that it is gone."""
    services = current()
    slot = Slot.parse(slot_id, services.directory.place)
    try:
        # under the conversation's id: a turn that is lost and said again finds its own hold
        services.bookings.holds.take(slot_id, services.now(), talk.tracker.sender_id)
    except (SlotTaken, SlotRefused):
        if not _is_own(talk, slot):
            talk.say("utter_creneau_pris")
            return {"creneau": None, "depuis": None}
    except Refused:
        pass  # kept long enough: whoever books first has it
    return {"creneau": slot_id, "cle": talk.slot("cle") or services.bookings.new_key(), "place": slot.place_id}


def _is_own(talk: Conversation, slot: Slot) -> bool:
    """Whether this conversation has that slot: a booking whose answer was lost is said again."""
    own = current().bookings.of_conversation(talk.tracker.sender_id)
    return any((view.place.id, view.start) == (slot.place_id, slot.start) for view in own)


def exact_slot(talk: Conversation) -> Slots:
    """The slot of the hour that was named, where there is just one: nothing left to choose."""
    commune, wish = commune_of(talk), wish_of(talk)
    offer = find_offer(talk, commune) if commune and wish and wish.at else None
    if offer is None or not offer.wish_met or len(offer.slots) != 1:
        return {}
    return choose_slot(talk, offer.slots[0].id)


def read_contact(talk: Conversation) -> Slots:
    """Name and telephone, whichever the message gives; the contact once both are known."""
    commune, without = commune_of(talk), lacks_phone(talk)
    found = parse_contact(without_phone_words(talk.text), commune.departement if commune else "75")
    if not found.name and not found.phone and not without:
        talk.say("utter_contact_invalide")
        return {"contact": None}
    name, phone = found.name or talk.slot("nom"), found.phone or ("" if without else talk.slot("telephone"))
    return {"nom": name, "telephone": phone, **_complete(talk, name, phone)}


def may_be_name(talk: Conversation) -> bool:
    """Whether a message that should give a name may be one: written, and not clearly something else."""
    elsewhere = talk.intent in NOT_A_NAME or is_request(talk) or is_place_change(talk)
    return bool(talk.text) and not elsewhere


def is_request(talk: Conversation) -> bool:
    """Whether the message is surely a request of its own."""
    return talk.intent == "demande" and talk.confidence > SURE_REQUEST


def _complete(talk: Conversation, name: str | None, phone: str | None) -> Slots:
    return {"contact": {"name": name, "phone": phone or None}} if name and phone is not None else {"contact": None}


def book(talk: Conversation) -> AppointmentView:
    """The booking, under the key that came with the proposal: said twice, it is one appointment."""
    services, contact = current(), talk.slot("contact")
    request = BookingRequest(
        slot=talk.slot("creneau"),
        procedures=tuple(talk.slot("procedures") or ()),
        situation=talk.slot("situation") or {},
        name=contact["name"],
        phone=contact["phone"],
        conversation=talk.tracker.sender_id,
        hold=talk.tracker.sender_id,
        distance_km=_distance_km(talk),
    )
    view = services.bookings.book(request, talk.slot("cle"), services.now())
    # where it cannot be written the turn fails, and the same key said again gets this appointment
    _trace("book", view.code)
    return view


def _distance_km(talk: Conversation) -> int | None:
    """As the crow flies, from the commune that was named to the place."""
    commune, place = commune_of(talk), Slot.parse(talk.slot("creneau"), current().directory.place).place_id
    return round(distance_km(commune.point, current().directory.place(place).point)) if commune else None


def move(talk: Conversation) -> AppointmentView:
    """The move of an appointment of this conversation, or of one looked up with its proof."""
    bookings, code, slot = current().bookings, talk.slot("deplacement"), talk.slot("creneau")
    _trace("move", code)
    if any(view.code == code for view in bookings.of_conversation(talk.tracker.sender_id)):
        return bookings.move_own(talk.tracker.sender_id, code, slot, current().now())
    return bookings.move(code, _proof(talk.slot("preuve")), slot, current().now(), talk.tracker.sender_id)


def cancel(talk: Conversation) -> list[EventType]:
    """The cancellation that was confirmed."""
    bookings, code, now = current().bookings, talk.slot("rendez_vous"), current().now()
    _trace("cancel", code)
    try:
        own = any(view.code == code for view in bookings.of_conversation(talk.tracker.sender_id))
        view = (
            bookings.cancel_own(talk.tracker.sender_id, code, now)
            if own
            else bookings.cancel(code, _proof(talk.slot("preuve")), now)
        )
    except AssistantError as error:
        talk.say("utter_refus", message=error.message)
        return [SlotSet("attente", None)]
    talk.say("utter_annule", kind="appointment", data=appointment_data(view, now), rendez_vous=_in_words(view))
    return set_slots(AFTERWARDS | {"rendez_vous": None, "annule": _in_words(view)})


def _trace(action: str, code: str) -> None:
    """What a person does to an appointment in words leaves the line that it leaves by the API."""
    services = current()
    services.audit.write(Trace(f"conversation: {action}", actor="person", subject=code), services.now())


def own_appointment(talk: Conversation) -> AppointmentView | None:
    """The appointment of this conversation that is meant: by its code, else the last one made."""
    own = current().bookings.of_conversation(talk.tracker.sender_id)
    code = talk.entity("code")
    return next((v for v in own if v.code == code), None) if code else (own[-1] if own else None)


def look_up(talk: Conversation, operation: str) -> list[EventType]:
    """Ask for the code and the proof, then do what was asked."""
    return go_to(LOOKUP_FORM, {"operation": operation, "code_rdv": talk.entity("code"), "preuve": None})


def start_moving(talk: Conversation, view: AppointmentView) -> list[EventType]:
    """Slots of the same place, same person: only the time is asked."""
    contact: dict[str, Any] = {"name": view.name, "phone": None}
    slots = {
        "deplacement": view.code,
        "procedures": list(view.procedures),
        "commune": view.place.commune_code,
        "place": view.place.id,
    }
    return go_to(BOOKING_FORM, {**slots, "contact": contact, "creneau": None, "depuis": None, **read_wish(talk)})


class AwaitEarlier(Step):
    """To be told when an earlier slot is freed."""

    action = "action_attendre_plus_tot"

    def act(self, talk: Conversation) -> list[EventType]:
        view = own_appointment(talk)
        if view is None:
            return look_up(talk, "consulter")
        try:
            current().bookings.wait_own(talk.tracker.sender_id, view.code, current().now())
        except AssistantError as error:
            talk.say("utter_refus", message=error.message)
        else:
            talk.say("utter_attente_notee", rendez_vous=_in_words(view), lieu=view.place.name)
        return leave_form()


REFINE: Button = {"title": "Préciser mes documents", "payload": "/preciser_documents"}
EARLIER: Button = {"title": "Me prévenir si une place plus tôt se libère", "payload": "/attendre_plus_tot"}
WORTH_WAITING = timedelta(days=2)
CHANGE: list[Button] = [
    {"title": "Déplacer", "payload": "/deplacer_rdv"},
    {"title": "Annuler ce rendez-vous", "payload": "/annuler_rdv"},
]


def say_appointment(talk: Conversation, view: AppointmentView, response: str) -> None:
    """The card: when, where, the code, what to bring, and the undo. The text alone is enough to come."""
    now, procedure = current().now(), procedure_of(talk)
    reminder = reminder_data(current().catalogue, view.procedures, view.situation)
    unsettled = any(not plan_of(talk, each).settled for each in (procedure, *waiting(talk)) if each)
    talk.say(
        response,
        kind="appointment",
        data=appointment_data(view, now, reminder),
        buttons=[*([REFINE] if unsettled else []), *CHANGE, *([EARLIER] if _may_come_earlier(view, now) else [])],
        rendez_vous=_in_words(view),
        adresse=view.stop or view.place.address,
        telephone=phone_sentence(view.place),
        code=view.code,
    )


def _may_come_earlier(view: AppointmentView, now: datetime) -> bool:
    return view.status == "booked" and view.reachable and view.start - now > WORTH_WAITING


def _in_words(view: AppointmentView) -> str:
    return f"{moment_in_words(view.start, current().now())}, {view.place.name}"


def _slot_in_words(slot_id: str) -> str:
    slot = Slot.parse(slot_id, current().directory.place)
    place = current().directory.place(slot.place_id)
    return f"le {moment_in_words(slot.start, current().now())}, {place.name}"


def _proof(text: str) -> str:
    """The telephone of a message that holds one, else its words as a name."""
    contact = parse_contact(text, "75")
    return contact.phone or contact.name or text
