"""From a request to the documents: which procedure, which situation."""

from contextlib import suppress
from typing import Any

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
from actions.dossier import plan_of, procedure_of, with_answers
from actions.emergencies import follow_up
from actions.reading import adds, read_place, read_wish, wants_appointment
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
LIKELY = 2
"""Likeliest procedures proposed beside those of a topic."""
TOPICS = [
    "interieur/carte_identite",
    "caf/aide_logement",
    "retraite/demande",
    "impots/declaration",
    "assurance_maladie/carte_vitale",
]
"""Shown to somebody who does not know: one of each partner most asked at the counters, in that order."""
OTHER: Button = {"title": "Autre chose", "payload": "/changer_sujet", "id": "autre"}


class Understand(Step):
    """Answer where the procedure is known, ask where several fit."""

    action = "action_comprendre"

    def act(self, talk: Conversation) -> list[EventType]:
        if talk.intent == "clarifier" and talk.slot("urgence"):
            return follow_up(talk)
        chosen = chosen_procedure(talk)
        if chosen:
            return begin(talk, chosen)
        if talk.intent == "clarifier" and procedure_of(talk) and wants_appointment(talk):
            return go_to(BOOKING_FORM, {**read_place(talk), **read_wish(talk)})
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
        if talk.slot("rendez_vous"):
            return [SlotSet("reponse", None), *set_slots(shown)]
        talk.say("utter_proposer_rendez_vous", counter=procedure.counter.text)
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
            ask(talk, found.question, with_booking=not talk.slot("rendez_vous"))
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


def chosen_procedure(talk: Conversation) -> Procedure | None:
    """The procedure that a button names, or that the message is surely about."""
    catalogue = current().catalogue
    if talk.intent == "choisir_procedure":
        return catalogue.procedures.get(talk.entity("procedure") or "")
    if talk.intent == "choisir_partenaire":
        return None
    ranked = ranked_procedures(talk)
    if not ranked or (talk.intent == "clarifier" and ranked[0][1] < SURE):
        return None
    if talk.intent == "clarifier" and not talk.slot("partenaire"):
        return None
    return catalogue.procedures[ranked[0][0]]


def is_short(talk: Conversation) -> bool:
    """Whether the words of the message may be taken for answers."""
    return len(talk.text.split()) <= SHORT


def ranked_procedures(talk: Conversation) -> list[tuple[str, float]]:
    """Candidates with their share of probability; those of the partner named before count three times."""
    known, partner = current().catalogue.procedures, talk.slot("partenaire")
    weighed = [
        (c["label"], c["probability"] * (3 if partner == c["label"].split("/")[0] else 1))
        for c in talk.triage.get("candidates", [])
        if c["label"] in known
    ]
    total = sum(weight for _, weight in weighed) or 1
    return sorted(((label, weight / total) for label, weight in weighed), key=lambda pair: -pair[1])


def begin(talk: Conversation, procedure: Procedure) -> list[EventType]:
    """A procedure enters the dossier: its documents at once, then its questions or the appointment."""
    others = [name for name in talk.slot("procedures") or [] if name != procedure.id] if adds(talk) else []
    answers = answers_within(procedure, talk.text) if is_short(talk) else {}
    slots: Slots = {
        "procedures": [procedure.id, *others],
        "partenaire": None,
        "urgence": None,
        "essais": 0,
        "documents_montres": None,
        "creneau": None,
        "reponse": None,
        **with_answers(talk, procedure, answers),
        **read_place(talk),
        **read_wish(talk),
    }
    talk.tracker.slots.update(slots)
    return continue_with(talk, procedure, slots)


def continue_with(talk: Conversation, procedure: Procedure, slots: Slots) -> list[EventType]:
    """To the appointment where it was asked for, to the questions where some are left, else to the proposal."""
    found = plan_of(talk, procedure)
    if wants_appointment(talk) or talk.slot("attente") == "demande_rdv":
        return go_to(BOOKING_FORM, {**slots, "attente": None, **show_documents(talk, found)})
    if found.question:
        return go_to(SITUATION_FORM, {**slots, "reponse": None})
    return [*leave_form(), *set_slots(slots), *ProposeAppointment().act(talk)]


def show_documents(talk: Conversation, found: Plan) -> Slots:
    """Say the documents, unless the same were just said."""
    data = procedure_data(found)
    seen = [found.procedure.id, *(d["id"] for d in data["documents"] if d["certain"])]
    if seen == talk.slot("documents_montres"):
        return {}
    response = f"utter_documents_{_completeness(found)}"
    if not talk.slot("documents_montres"):
        partner = current().catalogue.partner(found.procedure.partner)
        talk.say("utter_demarche", demarche=found.procedure.title, partenaire=partner.name)
    talk.say(response, kind="documents", data=data)
    return {"documents_montres": seen}


def _completeness(found: Plan) -> str:
    if not found.settled:
        return "certains"
    return "possibles" if found.uncertain else "complets"


def ask(talk: Conversation, question: Question, with_booking: bool) -> None:
    """The question with its answers; the appointment stays one press away."""
    buttons: list[Button] = [
        {
            "title": c["label"],
            "payload": f'/choisir_reponse{{"question": "{question.id}", "reponse": "{c["id"]}"}}',
            "id": f"{question.id}.{c['id']}",
        }
        for c in question_data(question)["choices"]
    ]
    extra = [BOOK_BUTTON] if with_booking else []
    talk.say(
        "utter_question",
        kind="question",
        data={"question": question_data(question)},
        buttons=buttons + extra,
        question=f"{question.text} {question.help}".strip(),
    )


def read_answer(talk: Conversation, procedure: Procedure, question: Question | None) -> Slots:
    """What the message answers: to the question asked, or by a button to any question of the procedure."""
    if talk.intent == "choisir_reponse":
        return with_answers(talk, procedure, {str(talk.entity("question")): str(talk.entity("reponse"))}) | {
            "essais": 0
        }
    if question is None or talk.intent == "urgence":
        return {}
    if talk.intent == "ne_sait_pas":
        return with_answers(talk, procedure, {question.id: UNKNOWN}) | {"essais": 0}
    spoken = {"affirmer": "oui", "nier": "non"}.get(talk.intent, talk.text)
    choice = match_choice(question, talk.text) or match_choice(question, spoken)
    answers = {question.id: choice} if choice else answers_within(procedure, talk.text) if is_short(talk) else {}
    if answers:
        return with_answers(talk, procedure, answers) | {"essais": 0}
    return _not_understood(talk, procedure, question) if _is_lost(talk, procedure) else {}


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


def ask_which(talk: Conversation) -> list[EventType]:
    """Two to five procedures to choose from; where nothing is known, an open question."""
    partner = (
        talk.entity("partenaire")
        or (talk.sub if talk.sub in current().catalogue.partners else None)
        or talk.slot("partenaire")
    )
    procedures = candidates(talk, partner)
    kept = [*leave_form(), *set_slots({**read_place(talk), **read_wish(talk), "attente": _awaited(talk)})]
    if not procedures or (talk.sub in ("aide", "colere") and not partner):
        talk.say("utter_demande_ouverte", kind="question")
        return kept
    known = current().catalogue.partners.get(partner or "")
    if known:
        propose(talk, "utter_preciser_partenaire", procedures, partenaire=known.name)
    else:
        propose(talk, "utter_preciser", procedures)
    return [*kept, SlotSet("partenaire", partner)]


def _awaited(talk: Conversation) -> str:
    """A request, or the request of an appointment that was asked for already."""
    return "demande_rdv" if wants_appointment(talk) or talk.slot("attente") == "demande_rdv" else "demande"


def candidates(talk: Conversation, partner: str | None, limit: int = 5) -> list[Procedure]:
    """The procedures worth proposing: those of the partner or the topic that was named, else the likeliest."""
    catalogue, ranked = current().catalogue, [name for name, _ in ranked_procedures(talk)]
    named = [p.id for p in catalogue.of_partner(partner)] if partner else []
    topic = list(current().topics.get(talk.sub or "", ()))
    # the likeliest of all stays in, whatever the topic: a letter "about the rent" is of the topic "letter"
    likely = [name for name in ranked if name in named] if named else ranked[: LIKELY if topic else limit]
    names = dict.fromkeys([*likely, *(named or topic)])
    return [catalogue.procedures[name] for name in names][:limit]


def propose(talk: Conversation, response: str, procedures: list[Procedure], **values: Any) -> None:
    """Procedures as buttons, and a way out of them."""
    buttons: list[Button] = [
        {"title": p.title, "payload": f'/choisir_procedure{{"procedure": "{p.id}"}}', "id": p.id} for p in procedures
    ]
    data = {"candidates": [{"id": p.id, "title": p.title, "partner": p.partner} for p in procedures]}
    talk.say(response, kind="question", data=data, buttons=[*buttons, OTHER], **values)


def topics() -> list[Procedure]:
    """The topics shown to somebody who does not know, as far as the catalogue has them."""
    known = current().catalogue.procedures
    return [known[name] for name in TOPICS if name in known] or list(known.values())[:5]
