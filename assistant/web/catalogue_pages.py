"""The catalogue to browse, without JavaScript: procedures, partners, life events, and the list of one visit."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from rapidfuzz import process

from assistant.app import Services
from assistant.catalogue.loader import Catalogue
from assistant.catalogue.models import UNKNOWN, LifeEvent, Procedure, Situation
from assistant.catalogue.planner import Plan, plan, possible_costs
from assistant.catalogue.search import search
from assistant.catalogue.visit import visit
from assistant.catalogue.wording import UNKNOWN_LABEL, documents_data, question_data, visit_document_data
from assistant.errors import NotFound
from assistant.text import fold
from assistant.web.gate import tidy
from assistant.web.pages import templates
from assistant.web.parts import WithServices
from assistant.web.visits import MOST, TOO_MANY, answers_of

HELP = {
    "with_you": "L'agent la fait avec vous",
    "informs": "L'agent vous renseigne",
    "sends_on": "L'agent vous oriente",
}
PROCEDURES = "/demarches"
EVENTS = "/demarches/evenements"
NEAR, NEAREST = 60, 3
"""Likeness from which something else may have been meant, and how many such are shown."""

router = APIRouter(include_in_schema=False)


@router.get("/demarches")
def index(request: Request, services: WithServices, q: str = "") -> Response:
    """Every procedure by partner and the life events, or what answers the words searched for."""
    catalogue, words = services.catalogue, tidy(q[:200])
    context = {
        "words": words,
        "found": search(catalogue, words) if words else None,
        "events": sorted(catalogue.events.values(), key=lambda event: fold(event.title)),
        "partners": [(partner, catalogue.of_partner(partner.id)) for partner in _by_name(catalogue)],
        "names": catalogue.partners,
    }
    return templates.TemplateResponse(request, "catalogue.html", context)


@router.get(EVENTS)
def events() -> Response:
    """The life events stand on the page of all procedures."""
    return RedirectResponse("/demarches#evenements", status_code=308)


@router.get(EVENTS + "/{event}")
def event_page(event: str, request: Request, services: WithServices) -> Response:
    """One life event: its procedures, and why."""
    catalogue = services.catalogue
    try:
        found = catalogue.event(event)
    except NotFound:
        return _lost(request, "Cet événement n'existe pas.", event, EVENTS, _titles(catalogue.events))
    steps = [(catalogue.procedure(step.id), step.why) for step in found.procedures]
    context = {"event": found, "steps": steps, "names": catalogue.partners, "most": MOST}
    return templates.TemplateResponse(request, "event.html", context)


@router.get("/demarches/{partner}")
def partner_page(partner: str, request: Request, services: WithServices) -> Response:
    """One administration and its procedures."""
    catalogue = services.catalogue
    try:
        found = catalogue.partner(partner)
    except NotFound:
        names = {each.id: each.name for each in catalogue.partners.values()}
        return _lost(request, "Ce partenaire n'existe pas.", partner, PROCEDURES, names)
    context = {"partner": found, "procedures": catalogue.of_partner(found.id)}
    return templates.TemplateResponse(request, "partner.html", context)


@router.get("/demarches/{partner}/{procedure}")
def procedure_page(partner: str, procedure: str, request: Request, services: WithServices) -> Response:
    """One procedure for the answers in the query; an answer that does not apply, or no longer, is left out."""
    name, catalogue = f"{partner}/{procedure}", services.catalogue
    try:
        asked = catalogue.procedure(name)
    except NotFound:
        return _lost(request, "Cette démarche n'existe pas.", name, PROCEDURES, _titles(catalogue.procedures))
    found = plan(asked, dict(request.query_params))
    return templates.TemplateResponse(request, "procedure.html", _procedure_context(found, services))


@router.get("/visite")
def visit_page(request: Request, services: WithServices) -> Response:
    """The documents of several procedures on one list, and a form to add one or say more."""
    catalogue, given = services.catalogue, dict(request.query_params)
    asked = list(dict.fromkeys(name for name in request.query_params.getlist("demarche") if name))
    kept = asked[:MOST]
    try:
        context = _visit_context(catalogue, {name: answers_of(name, given) for name in kept})
    except NotFound:
        unknown = next(name for name in kept if name not in catalogue.procedures)
        return _lost(request, "Cette démarche n'existe pas.", unknown, PROCEDURES, _titles(catalogue.procedures))
    error = TOO_MANY if len(asked) > MOST else None
    status = 422 if error else 200
    return templates.TemplateResponse(request, "visit.html", {**context, "error": error}, status_code=status)


def _procedure_context(found: Plan, services: Services) -> dict[str, Any]:
    procedure = found.procedure
    partner = services.catalogue.partner(procedure.partner)
    documents = documents_data(found)
    return {
        "procedure": procedure,
        "partner": partner,
        "plan": found,
        "help": HELP[procedure.counter.help],
        "questions": _questions(found),
        "answers": _answers(found),
        "certain": [document for document in documents if document["certain"]],
        "uncertain": [document for document in documents if not document["certain"]],
        "costs": possible_costs(found),
        "phone": procedure.phone or partner.phone,
        "chat": _chat(procedure),
        "visit": _visit({procedure.id: found.situation}),
    }


def _visit_context(catalogue: Catalogue, dossier: Mapping[str, Situation]) -> dict[str, Any]:
    found = visit(catalogue, dossier)
    known = {each.procedure.id: each.situation for each in found.plans}
    return {
        "visit": found,
        "asked": [
            {
                "plan": each,
                "questions": _questions(each),
                "answers": _answers(each),
                "costs": each.cost,
                "without": _visit({name: known[name] for name in known if name != each.procedure.id}),
            }
            for each in found.plans
        ],
        "certain": [visit_document_data(line) for line in found.certain],
        "uncertain": [visit_document_data(line) for line in found.uncertain],
        "others": [(each, _not_in(known, catalogue.of_partner(each.id))) for each in _by_name(catalogue)],
        "chat": _chat(found.plans[0].procedure) if found.plans else "/conversation",
        "room": len(found.plans) < MOST,
    }


def _questions(found: Plan) -> list[dict[str, Any]]:
    """The questions that apply, answered or still open, in the order of the file."""
    shown = {*found.situation, *(question.id for question in found.open_questions)}
    return [
        {**question_data(question), "answer": found.situation.get(question.id)}
        for question in found.procedure.questions
        if question.id in shown
    ]


def _answers(found: Plan) -> list[tuple[str, str]]:
    """(question, answer) in words: a printed list says for which situation it holds."""
    given = ((question, found.situation.get(question.id)) for question in found.procedure.questions)
    return [(question.text, _label(question_data(question), answer)) for question, answer in given if answer]


def _label(question: dict[str, Any], answer: str) -> str:
    if answer == UNKNOWN:
        return UNKNOWN_LABEL
    return next(str(choice["label"]) for choice in question["choices"] if choice["id"] == answer)


def _lost(request: Request, message: str, word: str, under: str, titles: Mapping[str, str]) -> Response:
    """A page that was not found, with those that exist `under` the same address and have the nearest ids."""
    near = process.extract(fold(word[:200]), {name: fold(name) for name in titles}, limit=NEAREST, score_cutoff=NEAR)
    context = {"message": message, "suggestions": [(f"{under}/{name}", titles[name]) for _, _, name in near]}
    return templates.TemplateResponse(request, "missing.html", context, status_code=404)


def _titles(items: Mapping[str, Procedure] | Mapping[str, LifeEvent]) -> dict[str, str]:
    return {name: item.title for name, item in items.items()}


def _by_name(catalogue: Catalogue) -> list[Any]:
    return sorted(catalogue.partners.values(), key=lambda partner: fold(partner.name))


def _not_in(known: Mapping[str, Any], procedures: Iterable[Procedure]) -> list[Procedure]:
    return [procedure for procedure in procedures if procedure.id not in known]


def _chat(procedure: Procedure) -> str:
    return "/conversation?" + urlencode({"demarche": procedure.id}, safe="/")


def _visit(dossier: Mapping[str, Situation]) -> str:
    """The address of the list for these procedures and answers."""
    answers = [(f"{name}.{question}", answer) for name, given in dossier.items() for question, answer in given.items()]
    return "/visite?" + urlencode([*(("demarche", name) for name in dossier), *answers], safe="/")
