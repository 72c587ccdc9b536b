"""Which procedure is meant: the ones asked for, or those to choose from, with the question between them."""

from itertools import zip_longest
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions.bridge import Button, Conversation, leave_form, set_slots
from actions.reading import in_order_of_mention, read_place, read_wish, wants_appointment
from assistant.app import current
from assistant.catalogue.models import LifeEvent, Procedure
from assistant.catalogue.topics import event_of

SURE = 0.5
"""Share from which the likeliest procedure of the partner that was named is the one."""
WORTH_ASKING = 0.1
"""Share under which a procedure is not proposed where nothing but the message tells what is meant."""
FEWEST, MOST = 2, 3
"""Procedures that one spoken question can hold."""
LIKELY = 2
"""Likeliest procedures proposed beside those of a topic."""
HEARD = 0.02
"""Probability that some procedure is asked for, under which the likeliest of them is noise."""
TOPICS = [
    "interieur/carte_identite",
    "caf/aide_logement",
    "retraite/demande",
    "impots/declaration",
    "assurance_maladie/carte_vitale",
]
"""Shown to somebody who does not know: one of each partner most asked at the counters, in that order."""
OTHER: Button = {"title": "Autre chose", "payload": "/changer_sujet", "id": "autre"}


def chosen_procedures(talk: Conversation) -> list[Procedure]:
    """The procedure that a button names, or those that the message surely asks for; empty where it must be asked."""
    catalogue = current().catalogue
    if talk.intent == "choisir_procedure":
        named = catalogue.procedures.get(talk.entity("procedure") or "")
        return [named] if named else []
    if talk.intent == "choisir_partenaire":
        return []
    asked_for = [name for name in talk.triage.get("requests", []) if name in catalogue.procedures]
    if len(asked_for) > 1:
        return [catalogue.procedures[name] for name in in_order_of_mention(talk, asked_for)]
    ranked = ranked_procedures(talk)
    if not ranked or (talk.intent == "clarifier" and (ranked[0][1] < SURE or not talk.slot("partenaire"))):
        return []
    return [catalogue.procedures[ranked[0][0]]]


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


def ask_which(talk: Conversation) -> list[EventType]:
    """Two to five procedures to choose from; where nothing is known, an open question."""
    partner = _partner_named(talk)
    procedures = candidates(talk, partner)
    kept = [*leave_form(), *set_slots({**read_place(talk), **read_wish(talk), "attente": _awaited(talk)})]
    if not procedures or (talk.sub in ("aide", "colere") and not partner):
        talk.say("utter_demande_ouverte", kind="question")
        return kept
    _ask_between(talk, partner, procedures)
    return [*kept, SlotSet("partenaire", partner)]


def _partner_named(talk: Conversation) -> str | None:
    """The partner of the button, of the message, or named before."""
    said = talk.sub if talk.sub in current().catalogue.partners else None
    return talk.entity("partenaire") or said or talk.slot("partenaire")


def _ask_between(talk: Conversation, partner: str | None, procedures: list[Procedure]) -> None:
    """The question, as precise as what is known: the partner, the life event, or the phrases of two or three."""
    known = current().catalogue.partners.get(partner or "")
    event = None if known else life_event(talk)
    if known:
        propose(talk, "utter_preciser_partenaire", procedures, partenaire=known.name)
    elif event:
        propose(talk, "utter_evenement", procedures, event, resume=event.summary)
    elif FEWEST <= len(procedures) <= MOST and not _topic(talk):
        propose(talk, "utter_preciser_entre", procedures, choix=_between(procedures))
    else:
        propose(talk, "utter_preciser", procedures)


def _between(procedures: list[Procedure]) -> str:
    """ "pour A, pour B, ou pour C"."""
    *first, last = (f"pour {procedure.asked_as}" for procedure in procedures)
    return f"{', '.join(first)}, ou {last}"


def _awaited(talk: Conversation) -> str:
    """A request, or the request of an appointment that was asked for already."""
    return "demande_rdv" if wants_appointment(talk) or talk.slot("attente") == "demande_rdv" else "demande"


def _topic(talk: Conversation) -> list[str]:
    """The procedures of the topics that were named, most likely first: of several topics, the first of each, then the next."""
    if talk.intent != "clarifier":
        return []
    topics = [current().topics.get(topic, ()) for topic in talk.triage.get("topics") or [talk.sub or ""]]
    return [name for each in zip_longest(*topics) for name in each if name]


def life_event(talk: Conversation) -> LifeEvent | None:
    """The life event that the message tells of, where its topic is one."""
    return event_of(talk.sub, talk.text, current().catalogue) if talk.intent == "clarifier" else None


def candidates(talk: Conversation, partner: str | None, limit: int = 5) -> list[Procedure]:
    """The procedures worth proposing: those of the partner, topic or life event that was named, else the likeliest."""
    catalogue, ranked = current().catalogue, ranked_procedures(talk)
    named = [p.id for p in catalogue.of_partner(partner)] if partner else []
    topic, event = _topic(talk), life_event(talk)
    if named:
        names = [*(name for name, _ in ranked if name in named), *named]
    elif topic:
        # the likeliest of all stays in, whatever the topic: a letter "about the rent" is of the topic "letter"
        names = [
            *(name for name, _ in ranked[: LIKELY if talk.triage.get("asked_for", 1.0) >= HEARD else 0]),
            *topic,
            *(step.id for step in (event.procedures if event else ())),
        ]
    else:
        names = [name for place, (name, share) in enumerate(ranked[:MOST]) if place < FEWEST or share >= WORTH_ASKING]
    return [catalogue.procedures[name] for name in dict.fromkeys(names)][:limit]


def propose(
    talk: Conversation, response: str, procedures: list[Procedure], event: LifeEvent | None = None, **values: Any
) -> None:
    """Procedures as buttons, and a way out of them; of a life event, why each may be useful."""
    why = {step.id: step.why for step in event.procedures} if event else {}
    data: dict[str, Any] = {"candidates": [_candidate(p, why.get(p.id)) for p in procedures]}
    if event:
        data["event"] = {"id": event.id, "title": event.title}
    talk.say(response, kind="question", data=data, buttons=[*map(choice_of, procedures), OTHER], **values)


def choice_of(procedure: Procedure) -> Button:
    """The button that asks for a procedure."""
    payload = f'/choisir_procedure{{"procedure": "{procedure.id}"}}'
    return {"title": procedure.title, "payload": payload, "id": procedure.id}


def _candidate(procedure: Procedure, why: str | None) -> dict[str, str]:
    data = {"id": procedure.id, "title": procedure.title, "partner": procedure.partner}
    return data | ({"why": why} if why else {})


def topics() -> list[Procedure]:
    """The topics shown to somebody who does not know, as far as the catalogue has them."""
    known = current().catalogue.procedures
    return [known[name] for name in TOPICS if name in known] or list(known.values())[:5]
