"""Several requests in one dossier: said to be several, and one appointment for all of them."""

from rasa_sdk.events import EventType

from actions.bridge import BOOKING_FORM, PERSON, Conversation, Slots, go_to
from actions.choosing import choice_of
from actions.dossier import dossier_of, minutes_of, waiting
from assistant.catalogue.models import Procedure

NUMBERS = {2: "deux", 3: "trois", 4: "quatre", 5: "cinq", 6: "six"}


def say_all(talk: Conversation, procedures: list[Procedure], booking: bool) -> None:
    """That several things were understood, and what comes now: the first, or the documents of each."""
    response = "utter_plusieurs_demandes_rendez_vous" if booking else "utter_plusieurs_demandes"
    talk.say(response, nombre=_number(procedures), demarches=_titles(procedures))


def propose_appointment(talk: Conversation, procedure: Procedure) -> None:
    """One appointment, for all that is in the dossier."""
    procedures = dossier_of(talk)
    if len(procedures) == 1:
        talk.say("utter_proposer_rendez_vous", counter=procedure.counter.text)
        return
    talk.say(
        "utter_proposer_rendez_vous_commun",
        counter=procedure.counter.text,
        nombre=_number(procedures),
        duree=duration_in_words(minutes_of(talk)),
    )


def go_to_booking(talk: Conversation, slots: Slots) -> list[EventType]:
    """To the appointment at once; where requests are left to go through, that it is for them too."""
    if waiting(talk) and talk.form != BOOKING_FORM:
        procedures = dossier_of(talk)
        talk.say("utter_rendez_vous_commun", nombre=_number(procedures), demarches=_titles(procedures))
    return go_to(BOOKING_FORM, slots)


def say_too_long(talk: Conversation, procedures: list[Procedure], commune: str) -> None:
    """No opening is as long as all of them together: one of them, to be chosen, may still have a slot."""
    talk.say(
        "utter_aucun_creneau_commun",
        kind="question",
        buttons=[*map(choice_of, procedures), PERSON],
        commune=commune,
        duree=duration_in_words(minutes_of(talk)),
        nombre=_number(procedures),
    )


def duration_in_words(minutes: int) -> str:
    """ "45 minutes", "1 h", "1 h 15"."""
    if minutes < 60:
        return f"{minutes} minutes"
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes % 60 else f"{minutes // 60} h"


def _number(procedures: list[Procedure]) -> str:
    return NUMBERS.get(len(procedures), str(len(procedures)))


def _titles(procedures: list[Procedure]) -> str:
    *first, last = (f"« {procedure.title} »" for procedure in procedures)
    return f"{', '.join(first)} et {last}" if first else last
