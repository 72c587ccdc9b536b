"""Politeness, side questions, yes and no, and what is not ours."""

import re

from rasa_sdk.events import AllSlotsReset, EventType, SlotSet

from actions.appointments import cancel, read_contact
from actions.bridge import PERSON, Conversation, Step, leave_form, set_slots
from actions.choosing import SURE, ask_which, choice_of, propose, ranked_procedures, topics
from actions.dossier import minutes_of, plan_of, procedure_of
from actions.emergencies import follow_up
from actions.places import give_contact
from actions.reading import commune_of, read_place
from actions.requests import begin, show_documents
from actions.several import duration_in_words, go_to_booking
from assistant.app import current
from assistant.catalogue.models import Procedure
from assistant.catalogue.planner import possible_costs
from assistant.text import fold

BRIEF = 240
"""Characters of the last question that are worth saying again."""


class Answer(Step):
    """A politeness or a side question; an open form asks its question again by a rule."""

    action = "action_repondre"

    def act(self, talk: Conversation) -> list[EventType]:
        if talk.slot("urgence") and talk.confidence < SURE:
            return follow_up(talk)
        if talk.intent == "reformuler":
            return repeat(talk)
        if talk.intent == "digression":
            return side_question(talk)
        if talk.intent == "contact":
            return keep_contact(talk)
        talk.say(f"utter_{talk.intent}" if talk.intent in POLITE else "utter_oui_a_quoi")
        return leave_form() if talk.intent == "au_revoir" else []


POLITE = ("salutation", "remerciement", "au_revoir", "capacites", "robot")


def keep_contact(talk: Conversation) -> list[EventType]:
    """Name and number given before they are asked for; the appointment does not ask for them again."""
    slots = read_contact(talk)
    talk.say("utter_contact")
    return set_slots(slots)


def side_question(talk: Conversation) -> list[EventType]:
    """Cost, duration, documents, hours: of the procedure and place at hand where there are."""
    procedure, commune = procedure_of(talk), commune_of(talk)
    if talk.sub == "documents" and procedure:
        return set_slots(show_documents(_forgetting(talk), plan_of(talk, procedure)))
    if talk.sub == "horaires":
        slots = read_place(talk)
        talk.tracker.slots.update(slots)
        if commune_of(talk):
            return [*set_slots(slots), *give_contact(talk)]
        talk.say("utter_digression_horaires", kind="question")
        return [SlotSet("attente", "humain")]
    if talk.sub == "acces" and commune:
        return give_contact(talk)
    cost = " ".join(possible_costs(plan_of(talk, procedure))) if procedure else ""
    talk.say(
        _side_response(talk.sub, known=procedure is not None), cout=cost, duree=duration_in_words(minutes_of(talk))
    )
    return []


SIDE_QUESTIONS = ("france_services", "tiers", "confidentialite", "cout", "documents", "acces")


def _side_response(sub: str | None, known: bool) -> str:
    if sub == "duree":
        return "utter_digression_duree" if known else "utter_digression_duree_habituelle"
    return f"utter_digression_{sub}" if sub in SIDE_QUESTIONS else "utter_digression"


def _forgetting(talk: Conversation) -> Conversation:
    """The same conversation, as if no documents had been shown: asked for again, they are said again."""
    talk.tracker.slots["documents_montres"] = None
    return talk


def repeat(talk: Conversation) -> list[EventType]:
    """The last question again, shorter, with its choices; an open form asks its own again by itself."""
    if talk.form:
        talk.say("utter_je_repete")
        return []
    for event in reversed(talk.tracker.events):
        if event.get("event") == "bot" and event.get("text"):
            data = event.get("data") or {}
            custom = data.get("custom") or {}
            talk.say(
                "utter_reformuler",
                rappel=event["text"][:BRIEF],
                kind=custom.get("kind", "text"),
                data=custom.get("data"),
                buttons=data.get("buttons"),
            )
            return []
    talk.say("utter_capacites")
    return []


class Affirm(Step):
    """A yes, to what was last proposed."""

    action = "action_affirmer"

    def act(self, talk: Conversation) -> list[EventType]:
        waiting = talk.slot("attente")
        if waiting == "annuler":
            return cancel(talk)
        if waiting == "rendez_vous" and procedure_of(talk):
            return go_to_booking(talk, read_place(talk))
        if talk.slot("urgence"):
            return follow_up(talk)
        talk.say("utter_oui_a_quoi")
        return []


class Deny(Step):
    """A no: nothing is done, and it is said."""

    action = "action_nier"

    def act(self, talk: Conversation) -> list[EventType]:
        kept = talk.slot("attente") == "annuler"
        if talk.slot("urgence") and not kept:
            return follow_up(talk)
        talk.say("utter_garde" if kept else "utter_non_a_quoi")
        return [*leave_form(), SlotSet("attente", None)]


class Help(Step):
    """Somebody who does not know: topics to choose from, never the same question again."""

    action = "action_aider"

    def act(self, talk: Conversation) -> list[EventType]:
        if talk.slot("urgence"):
            return follow_up(talk)
        if talk.slot("partenaire"):
            return ask_which(talk)
        propose(talk, "utter_aider", topics())
        return [*leave_form(), SlotSet("attente", "demande")]


class Restart(Step):
    """Everything forgotten but the appointments made."""

    action = "action_recommencer"

    def act(self, talk: Conversation) -> list[EventType]:
        propose(talk, "utter_recommencer", topics())
        return [*leave_form(), AllSlotsReset()]


class ChangeSubject(Step):
    """For another person, or for something else; what was not gone through is then left."""

    action = "action_changer_sujet"

    def act(self, talk: Conversation) -> list[EventType]:
        if procedure_of(talk) and talk.text and not _says_subject(talk):
            talk.say("utter_changer_personne")
            return []
        talk.say("utter_changer_sujet", kind="question")
        return [*leave_form(), *set_slots({"attente": "demande", "partenaire": None, "a_traiter": None})]


SUBJECT_WORDS = frozenset("sujet sujets chose demande question rien laissez oubliez".split())
"""Said of another subject; "c'est pour ma mère" is the same one for somebody else."""


def _says_subject(talk: Conversation) -> bool:
    return bool(SUBJECT_WORDS & set(fold(talk.text).split()))


class OutOfScope(Step):
    """Says so, and whom to ask; after an emergency, what is not understood is still about it."""

    action = "action_hors_perimetre"

    def act(self, talk: Conversation) -> list[EventType]:
        if talk.slot("urgence"):
            return follow_up(talk)
        if meant := _of_the_partner_named(talk):
            return begin(talk, [meant])
        language = talk.triage.get("language") if talk.sub == "autre_langue" else None
        if language:
            talk.say(f"utter_langue_{language}", data={"language": language})
        elif talk.sub != "piege_lexical" or not say_what_misled(talk):
            talk.say(f"utter_hors_perimetre_{talk.sub}" if talk.sub in OUTSIDE else "utter_hors_perimetre")
        return []


def _of_the_partner_named(talk: Conversation) -> Procedure | None:
    """Right after the partner was named, what may be a procedure of that partner is one: "they say I had too much"."""
    ranked = ranked_procedures(talk) if talk.slot("partenaire") else []
    likely = ranked and ranked[0][1] >= SURE and talk.triage.get("asked_for", 0.0) >= MAY_BE
    best = current().catalogue.procedures[ranked[0][0]] if likely else None
    return best if best and best.partner == talk.slot("partenaire") else None


MAY_BE = 0.2
"""Probability that a procedure is asked for, from which a message that looks out of scope may be the answer that was waited for."""
OUTSIDE = frozenset(
    "autre_langue autre_service bavardage charabia commercial culture_generale detournement insulte medical "
    "meteo_loisirs politique".split()
)
"""What is not ours and has its own answer."""
MISLEADING = (
    "permis passeport carte titre retraite impot taxe amende avis acte casier succession pension prime cheque courrier "
    "carriere identite logement inscription compte aide"
).split()
"""Words of our procedures that also mean other things, most telling first: "permis de construire", "carte de fidélité"."""
ALIKE = 3
"""Procedures named beside a word that misled."""


def misleading_word(text: str) -> str | None:
    """The word, as it was written, that made a message look like a procedure; None where none is known."""
    written = {_singular(fold(word)): word for word in reversed(re.findall(r"\w+", text))}
    return next((written[_singular(word)] for word in MISLEADING if _singular(word) in written), None)


def say_what_misled(talk: Conversation) -> bool:
    """Which word misled, and the procedures that go by it, likeliest first: one may be meant after all. False where none."""
    word = misleading_word(talk.text)
    likely = [current().catalogue.procedures[name] for name, _ in ranked_procedures(talk)]
    alike = [p for p in likely if word and _singular(fold(word)) in map(_singular, fold(p.title).split())]
    if alike:
        buttons = [*map(choice_of, alike[:ALIKE]), PERSON]
        talk.say("utter_hors_perimetre_piege_lexical", buttons=buttons, mot=str(word).lower())
    return bool(alike)


def _singular(word: str) -> str:
    return word.removesuffix("s")
