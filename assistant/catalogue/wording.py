"""The catalogue in plain French words and in the contract's shapes: the dialogue and the API say the same."""

from collections.abc import Iterable, Mapping
from typing import Any

from assistant.catalogue.loader import Catalogue
from assistant.catalogue.models import UNKNOWN, Document, LifeEvent, Link, NotNeeded, Phone, Procedure, Question
from assistant.catalogue.planner import Plan, plan
from assistant.catalogue.visit import Visit, VisitDocument, Wanted

FORMS = {
    "original": "Apportez l'original.",
    "copie": "Une copie suffit.",
    "original_et_copie": "Apportez l'original et une copie.",
    "photo": "Une photo du document suffit.",
    "numero": "Le numéro suffit.",
}
UNKNOWN_LABEL = "Je ne sais pas"


def document_note(document: Document) -> str:
    """What to know of a document in short sentences: the note, what is accepted, its age, its form."""
    age = f"moins {_age(document.max_age_months)}" if document.max_age_months else ""
    parts = (
        _sentence(document.note),
        _sentence(_accepted(document.accepted)),
        # a note that says it already would be read aloud twice
        f"De {age}." if age and age not in document.note else "",
        FORMS[document.form] if document.form else "",
    )
    return " ".join(filter(None, parts))


def document_data(document: Document, certain: bool) -> dict[str, Any]:
    """A document as the contract says it; `certain` is False where an answer to come may rule it out."""
    return {
        "id": document.id,
        "label": document.label,
        "note": document_note(document),
        "required": document.required,
        "certain": certain,
        "accepted": list(document.accepted),
        "max_age_months": document.max_age_months,
        "form": document.form,
        "why": document.why,
        "references": list(document.references),
    }


def documents_data(found: Plan) -> list[dict[str, Any]]:
    """The documents of a plan in the order of its file, those that may fall away included."""
    certain, uncertain = {d.id for d in found.certain}, {d.id for d in found.uncertain}
    kept = (d for d in found.procedure.documents if d.id in certain | uncertain)
    return [document_data(document, document.id in certain) for document in kept]


def procedure_data(found: Plan) -> dict[str, Any]:
    """A procedure in one situation: its documents, what is still open (best question first), and what to know."""
    procedure = found.procedure
    return {
        "id": procedure.id,
        "procedure": procedure.id,
        "partner": procedure.partner,
        "title": procedure.title,
        "official_title": procedure.official_title,
        "summary": procedure.summary,
        "situation": dict(found.situation),
        "questions": [question_data(question) for question in _best_first(found)],
        "documents": documents_data(found),
        "not_needed": [_not_needed_data(item) for item in found.not_needed],
        "remarks": list(found.remarks),
        "cost": list(found.cost),
        "delay": procedure.delay,
        "minutes": procedure.minutes,
        "counter": {"help": procedure.counter.help, "text": procedure.counter.text},
        "online": _link_data(procedure.online),
        "phone": phone_data(procedure.phone),
        "official_list": procedure.official_list,
        "checked": procedure.checked.isoformat(),
        "sources": source_data(procedure),
    }


def question_data(question: Question) -> dict[str, Any]:
    """A question with its choices; not knowing is always one of them."""
    choices = [{"id": choice.id, "label": choice.label} for choice in question.choices]
    unknown = {"id": UNKNOWN, "label": UNKNOWN_LABEL}
    return {"id": question.id, "text": question.text, "help": question.help, "choices": [*choices, unknown]}


def source_data(procedure: Procedure) -> list[dict[str, Any]]:
    """Where the documents come from: `date` is the text's own, `checked` the day somebody read it."""
    checked = procedure.checked.isoformat()
    return [
        {
            "id": r.id,
            "title": r.title,
            "url": str(r.url),
            "date": r.date.isoformat() if r.date else None,
            "checked": checked,
        }
        for r in procedure.references
    ]


def phone_data(phone: Phone | None) -> dict[str, str] | None:
    """A telephone number with the date it was seen, or None."""
    return {"number": phone.number, "name": phone.name, "date": phone.date.isoformat()} if phone else None


def reminder_data(
    catalogue: Catalogue, procedures: Iterable[str], situation: Mapping[str, Mapping[str, str]]
) -> list[dict[str, Any]]:
    """What to bring to an appointment: [{procedure, title, documents}], leaving out procedures that are no more."""
    found = (catalogue.procedures[name] for name in procedures if name in catalogue.procedures)
    return [
        {"procedure": p.id, "title": p.title, "documents": documents_data(plan(p, dict(situation.get(p.id, {}))))}
        for p in found
    ]


def event_data(event: LifeEvent, catalogue: Catalogue) -> dict[str, Any]:
    """A life event with its procedures, first things first: {id, title, summary, aliases, procedures: [{id, why, …}]}."""
    steps = [(step, catalogue.procedure(step.id)) for step in event.procedures]
    return {
        "id": event.id,
        "title": event.title,
        "aliases": list(event.aliases),
        "summary": event.summary,
        "procedures": [{"id": p.id, "partner": p.partner, "title": p.title, "why": step.why} for step, p in steps],
    }


def visit_data(found: Visit) -> dict[str, Any]:
    """Several procedures in one visit: their documents said once, each with the procedures that ask for it."""
    return {
        "procedures": [_visit_procedure(each) for each in found.plans],
        "documents": [visit_document_data(line) for line in found.documents],
        "minutes": found.minutes,
    }


def visit_document_data(line: VisitDocument) -> dict[str, Any]:
    """A document as the contract says it, and `procedures`: who asks for it, with what that one alone says of it."""
    wanted = [{"id": w.procedure.id, "title": w.procedure.title, "note": _own_note(w)} for w in line.wanted_by]
    return {**document_data(line.document, line.certain), "procedures": wanted}


def _visit_procedure(found: Plan) -> dict[str, Any]:
    kept = (
        "id",
        "partner",
        "title",
        "minutes",
        "situation",
        "questions",
        "cost",
        "official_list",
        "checked",
        "sources",
    )
    data = procedure_data(found)
    return {name: data[name] for name in kept}


def _own_note(wanted: Wanted) -> str:
    return " ".join(filter(None, (_sentence(wanted.note), _sentence(wanted.why))))


def _best_first(found: Plan) -> list[Question]:
    return sorted(found.open_questions, key=lambda question: question is not found.question)


def _not_needed_data(item: NotNeeded) -> dict[str, str]:
    return {"id": item.id, "label": item.label, "note": item.note}


def _link_data(link: Link | None) -> dict[str, str] | None:
    return {"label": link.label, "url": str(link.url)} if link else None


def _accepted(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return f"Accepté : {names[0]}" if names else ""
    # a name with a comma of its own would be cut in two by commas
    separator = " ; " if any("," in name for name in names) else ", "
    return f"Au choix : {separator.join(names[:-1])} ou {names[-1]}"


def _age(months: int) -> str:
    if months == 1:
        return "d'un mois"
    if months == 12:
        return "d'un an"
    return f"de {months // 12} ans" if months % 12 == 0 else f"de {months} mois"


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.!?…' else '.'}" if text else ""
