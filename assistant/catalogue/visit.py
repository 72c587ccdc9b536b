"""Several procedures in one visit: what to bring for all of them, each thing said once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from assistant.catalogue.loader import Catalogue
from assistant.catalogue.models import Document, Procedure, Situation
from assistant.catalogue.planner import Plan, plan
from assistant.text import fold

FORMS_KEPT = (
    {"original_et_copie"},
    {"original", "copie"},
    {"original"},
)
"""What two procedures that ask for different forms are both content with, strictest first."""


@dataclass(frozen=True)
class Wanted:
    """A procedure that asks for a document, and what it alone says of it."""

    procedure: Procedure
    note: str
    why: str


@dataclass(frozen=True)
class VisitDocument:
    """One line of the list. `document` is content enough for all of `wanted_by`; its note and why are those they share.

    `certain` is False where the answers to come may rule it out for every procedure.
    """

    document: Document
    certain: bool
    wanted_by: tuple[Wanted, ...]


@dataclass(frozen=True)
class Visit:
    """Procedures done one after the other at the same counter; `minutes` is their sum."""

    plans: tuple[Plan, ...]
    documents: tuple[VisitDocument, ...]
    minutes: int

    @property
    def certain(self) -> tuple[VisitDocument, ...]:
        """What is asked for whatever the answers to come."""
        return tuple(line for line in self.documents if line.certain)

    @property
    def uncertain(self) -> tuple[VisitDocument, ...]:
        """What may still fall away."""
        return tuple(line for line in self.documents if not line.certain)


def visit(catalogue: Catalogue, dossier: Mapping[str, Situation]) -> Visit:
    """The visit for `dossier` ({procedure id: its answers}), in its order; NotFound for an unknown procedure."""
    plans = tuple(plan(catalogue.procedure(name), dict(answers)) for name, answers in dossier.items())
    lines: dict[tuple[str, ...], VisitDocument] = {}
    for line in _lines(plans):
        key = _key(line.document)
        lines[key] = _merged(lines[key], line) if key in lines else line
    documents = tuple(_with_shared_words(line) for line in _alike_together(lines.values()))
    return Visit(plans, documents, sum(found.procedure.minutes for found in plans))


def _alike_together(lines: Iterable[VisitDocument]) -> list[VisitDocument]:
    """In their order, but a second kind of identity document stands after the first, not a page further."""
    lines = list(lines)
    ids = [line.document.id for line in lines]
    return sorted(lines, key=lambda line: ids.index(line.document.id))


def _lines(plans: Iterable[Plan]) -> Iterator[VisitDocument]:
    """The documents of each plan in the order of its file, still apart."""
    for found in plans:
        certain, uncertain = {d.id for d in found.certain}, {d.id for d in found.uncertain}
        for document in found.procedure.documents:
            if document.id in certain | uncertain:
                wanted = Wanted(found.procedure, document.note, document.why)
                yield VisitDocument(document, document.id in certain, (wanted,))


def _key(document: Document) -> tuple[str, ...]:
    """What makes two documents the same thing to bring; the order of what is accepted does not matter."""
    return (document.id, fold(document.label), *sorted(fold(name) for name in document.accepted))


def _merged(one: VisitDocument, other: VisitDocument) -> VisitDocument:
    """One line that is right for both: the younger age, the stricter form, required where either says so."""
    ages = [d.max_age_months for d in (one.document, other.document) if d.max_age_months]
    document = one.document.model_copy(
        update={
            "max_age_months": min(ages, default=None),
            "form": _stricter(one.document.form, other.document.form),
            "required": one.document.required or other.document.required,
        }
    )
    return VisitDocument(document, one.certain or other.certain, one.wanted_by + other.wanted_by)


def _stricter(one: str | None, other: str | None) -> str | None:
    """The form that serves both; None where neither asks for the original: a copy can be made of what is brought."""
    if one == other:
        return one
    kept = next((forms for forms in FORMS_KEPT if forms <= {one, other}), set())
    return "original_et_copie" if len(kept) > 1 else next(iter(kept), None)


def _with_shared_words(line: VisitDocument) -> VisitDocument:
    """Words that all procedures say stand on the line; others stay with who says them."""
    said = {(wanted.note, wanted.why) for wanted in line.wanted_by}
    note, why = said.pop() if len(said) == 1 else ("", "")
    shared = line.document.model_copy(update={"note": note, "why": why})
    alone = tuple(replace(w, note="", why="") for w in line.wanted_by) if note or why else line.wanted_by
    return replace(line, document=shared, wanted_by=alone)
