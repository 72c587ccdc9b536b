"""From a request to the documents: which procedure, which situation."""

from contextlib import suppress

from rasa_sdk.events import EventType, SlotSet

from actions.bridge import (
    BOOK_BUTTON,
    BOOKING_FORM,
    SITUATION_FORM,
    Button,
    Conversation,
    Form,
    Slots,
    Step,
    go_to,
    leave_form,
    set_slots,
)
from actions.choosing import ask_which, chosen_procedures
from actions.dossier import dossier_of, plan_of, procedure_of, waiting, with_answers, with_current, with_waiting
from actions.emergencies import follow_up
from actions.reading import adds, part_about, read_place, read_wish, wants_appointment
from actions.several import go_to_booking, propose_appointment, say_all
from assistant.app import current
from assistant.catalogue.answers import answers_within, match_choice
from assistant.catalogue.models import UNKNOWN, Procedure, Question
from assistant.catalogue.planner import Plan
from assistant.catalogue.wording import procedure_data, question_data
from assistant.errors import AssistantError

SURE = 0.5
"""Probability from which a message that is no answer is a new request."""
UNSURE = 0.3
"""Probability under which a vague message, said instead of an answer, is no subject of its own."""
SHORT = 14
"""Words under which a first message may answer questions: a long story names things that are not the request."""


class Understand(Step):
    """Answer where the procedure is known, ask where several fit."""

    action = "action_comprendre"

    def act(self, talk: Conversation) -> list[EventType]:
        if talk.intent == "clarifier" and talk.slot("urgence"):
            return follow_up(talk)
        chosen = chosen_procedures(talk)
        if chosen:
            return begin(talk, chosen)
        if talk.intent == "clarifier" and procedure_of(talk) and wants_appointment(talk):
            return go_to_booking(talk, {**read_place(talk), **read_wish(talk)})
        return ask_which(talk)


class Refine(Step):
    """A late answer, or the wish to go on with the questions."""

    action = "action_preciser"

    def act(self, talk: Conversation) -> list[EventType]:
        procedure = procedure_of(talk)
        if procedure is None:
            return ask_which(talk)
        slots = read_answer(talk, procedure, None)
        talk.tracker.slots.update(slots)
        keep_with_appointment(talk, slots)
        return continue_with(talk, procedure, slots)


class ProposeAppointment(Step):
    """The situation is known: the final list, and the appointment."""

    action = "action_proposer_rendez_vous"

    def act(self, talk: Conversation) -> list[EventType]:
        procedure = procedure_of(talk)
        if procedure is None:
            return leave_form()
        shown = show_documents(talk, plan_of(talk, procedure))
        following = next(iter(waiting(talk)), None)
        if following:
            talk.say("utter_demande_suivante", counter=procedure.counter.text)
            return begin_next(talk, following)
        if talk.slot("rendez_vous"):
            if not shown:
                talk.say("utter_liste_a_jour")
            return [SlotSet("reponse", None), *set_slots(shown)]
        propose_appointment(talk, procedure)
        return [SlotSet("reponse", None), SlotSet("attente", "rendez_vous"), *set_slots(shown)]


class AskSituation(Step):
    """The documents for what is known, and the question that refines them."""

    action = "action_ask_reponse"

    def act(self, talk: Conversation) -> list[EventType]:
        procedure = procedure_of(talk)
        if procedure is None:
            return leave_form()
        found = plan_of(talk, procedure)
        shown = show_documents(talk, found)
        if found.question:
            ask(talk, found, with_booking=not talk.slot("rendez_vous"))
        return [*set_slots(shown), SlotSet("attente", "rendez_vous")]


class SituationForm(Form):
    """Questions one at a time, until no answer would change the documents."""

    form = SITUATION_FORM

    def read(self, talk: Conversation) -> Slots:
        procedure = procedure_of(talk)
        if procedure is None:
            return {"reponse": "fait"}
        slots = read_answer(talk, procedure, plan_of(talk, procedure).question)
        if slots:
            talk.tracker.slots.update(slots)
            keep_with_appointment(talk, slots)
            slots["reponse"] = "fait" if plan_of(talk, procedure).settled else None
        return slots


def keep_with_appointment(talk: Conversation, slots: Slots) -> None:
    """An answer given after the booking reaches the agent too; the answer to the person never waits for it."""
    code = talk.slot("rendez_vous")
    if code and "situation" in slots:
        with suppress(AssistantError):
            current().bookings.refine_own(talk.tracker.sender_id, code, slots["situation"], current().now())


def is_short(said: str) -> bool:
    """Whether words may be taken for answers."""
    return len(said.split()) <= SHORT


def begin(talk: Conversation, procedures: list[Procedure]) -> list[EventType]:
    """What is asked for enters the dossier: the documents of the first at once, then its questions or the appointment."""
    asked_for = [procedure.id for procedure in procedures]
    others = [p for p in dossier_of(talk) if p.id not in asked_for] if adds(talk) else []
    # a procedure left in the middle of its questions is gone back to
    unfinished = [p.id for p in others if p in waiting(talk) or not plan_of(talk, p).settled]
    slots: Slots = {
        "procedures": [*asked_for, *(p.id for p in others)],
        "a_traiter": [*asked_for[1:], *unfinished],
        "partenaire": None,
        "urgence": None,
        "essais": 0,
        "documents_montres": None,
        "creneau": None,
        "reponse": None,
        **_answered_already(talk, procedures),
        **read_place(talk),
        **read_wish(talk),
    }
    if len(procedures) > 1:
        say_all(talk, procedures, booking=_books(talk))
    talk.tracker.slots.update(slots)
    return continue_with(talk, procedures[0], slots)


def _answered_already(talk: Conversation, procedures: list[Procedure]) -> Slots:
    """The answers that the message gives, each procedure's in the part that speaks of it."""
    slots: Slots = {}
    for procedure in procedures:
        said = part_about(talk, procedure.id) if len(procedures) > 1 else talk.text
        answers = answers_within(procedure, said) if is_short(said) else {}
        slots = with_answers(talk, procedure, answers)
        talk.tracker.slots.update(slots)
    return slots


def _books(talk: Conversation) -> bool:
    """Whether an appointment was asked for, now or when asked what for."""
    return wants_appointment(talk) or talk.slot("attente") == "demande_rdv"


def continue_with(talk: Conversation, procedure: Procedure, slots: Slots) -> list[EventType]:
    """To the appointment where it was asked for, to the questions where some are left, else to the proposal."""
    found = plan_of(talk, procedure)
    if _books(talk):
        shown = show_documents(talk, found)
        show_waiting(talk)
        return go_to(BOOKING_FORM, {**slots, "attente": None, **shown})
    if found.question:
        return go_to(SITUATION_FORM, {**slots, "reponse": None})
    return [*leave_form(), *set_slots(slots), *ProposeAppointment().act(talk)]


def begin_next(talk: Conversation, procedure: Procedure) -> list[EventType]:
    """The next procedure of the dossier, which becomes the current one."""
    slots: Slots = {**with_current(talk, procedure), "essais": 0, "documents_montres": None, "reponse": None}
    talk.tracker.slots.update(slots)
    if plan_of(talk, procedure).question:
        return go_to(SITUATION_FORM, slots)
    return [*leave_form(), *set_slots(slots), *ProposeAppointment().act(talk)]


def show_waiting(talk: Conversation) -> None:
    """The documents of the procedures not gone through yet, as far as they are known."""
    for procedure in waiting(talk):
        talk.tracker.slots["documents_montres"] = None
        show_documents(talk, plan_of(talk, procedure))


def show_documents(talk: Conversation, found: Plan) -> Slots:
    """Say the documents, unless the same were just said."""
    data = procedure_data(found)
    seen = [found.procedure.id, *(d["id"] for d in data["documents"] if d["certain"])]
    if seen == talk.slot("documents_montres"):
        return {}
    if not talk.slot("documents_montres"):
        partner = current().catalogue.partner(found.procedure.partner)
        talk.say("utter_demarche", demarche=found.procedure.title, partenaire=partner.name)
    say_documents(talk, found)
    return {"documents_montres": seen}


def say_documents(talk: Conversation, found: Plan) -> None:
    """The documents of a plan."""
    talk.say(f"utter_documents_{_completeness(found)}", kind="documents", data=procedure_data(found))


def _completeness(found: Plan) -> str:
    if not found.settled:
        return "certains"
    return "possibles" if found.uncertain else "complets"


def ask(talk: Conversation, found: Plan, with_booking: bool) -> None:
    """The question with its answers, and how many are left at most; the appointment stays one press away."""
    procedure, question = found.procedure, found.question
    if question is None:
        return
    # two procedures of one dossier may ask the same: a press is the answer to the one it stood under
    prefix = f"{procedure.id}." if len(dossier_of(talk)) > 1 else ""
    buttons: list[Button] = [
        {
            "title": c["label"],
            "payload": _answer_payload(procedure, question, c["id"]),
            "id": f"{prefix}{question.id}.{c['id']}",
        }
        for c in question_data(question)["choices"]
    ]
    extra = [BOOK_BUTTON] if with_booking else []
    talk.say(
        "utter_question",
        kind="question",
        data={"question": question_data(question), "left": len(found.open_questions)},
        buttons=buttons + extra,
        question=f"{question.text} {question.help}".strip(),
    )


def _answer_payload(procedure: Procedure, question: Question, choice: str) -> str:
    return f'/choisir_reponse{{"procedure": "{procedure.id}", "question": "{question.id}", "reponse": "{choice}"}}'


def read_answer(talk: Conversation, procedure: Procedure, question: Question | None) -> Slots:
    """What the message answers: to the question asked, or by a button to any question of the dossier."""
    if talk.intent == "choisir_reponse":
        return _read_press(talk, procedure)
    if question is None or talk.intent == "urgence":
        return {}
    if talk.intent == "ne_sait_pas":
        return with_answers(talk, procedure, {question.id: UNKNOWN}) | {"essais": 0}
    spoken = {"affirmer": "oui", "nier": "non"}.get(talk.intent, talk.text)
    choice = match_choice(question, talk.text) or match_choice(question, spoken)
    answers = {question.id: choice} if choice else answers_within(procedure, talk.text) if is_short(talk.text) else {}
    if answers:
        return with_answers(talk, procedure, answers) | {"essais": 0}
    return _not_understood(talk, procedure, question) if _is_lost(talk, procedure) else {}


def _read_press(talk: Conversation, current_one: Procedure) -> Slots:
    """The answer of a button; to another procedure of the dossier, its documents are said again."""
    named = next((p for p in dossier_of(talk) if p.id == talk.entity("procedure")), current_one)
    slots = with_answers(talk, named, {str(talk.entity("question")): str(talk.entity("reponse"))}) | {"essais": 0}
    if named is not current_one:
        talk.tracker.slots.update(slots)
        found = plan_of(talk, named)
        say_documents(talk, found)
        slots |= {} if found.settled else with_waiting(talk, named)
    return slots


def _is_lost(talk: Conversation, procedure: Procedure) -> bool:
    """A message that neither answers nor asks for something else."""
    if talk.intent == "demande" or (talk.intent == "lieu" and not talk.entities("lieu")):
        return talk.confidence < SURE
    vague = talk.intent == "clarifier" and (not talk.sub or talk.confidence < UNSURE)
    return vague or talk.intent == "hors_perimetre"


def _not_understood(talk: Conversation, procedure: Procedure, question: Question) -> Slots:
    """Ask once more; the second time the question is left to the agent."""
    tries = (talk.slot("essais") or 0) + 1
    if tries < 2:
        talk.say("utter_reponse_incomprise")
        return {"essais": tries}
    talk.say("utter_reponse_passee")
    return with_answers(talk, procedure, {question.id: UNKNOWN}) | {"essais": 0}
