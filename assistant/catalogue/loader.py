"""Reads `procedures/`: every mistake is named by file and key, with what is allowed there.

procedures/documents.yml                the documents that recur, written once
procedures/<partner>/partner.yml        the administration
procedures/<partner>/<procedure>.yml    one procedure; its path is its id
procedures/events/<event>.yml           a life event and its procedures; `events` is no partner
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from rapidfuzz import process

from assistant.catalogue import yaml_file
from assistant.catalogue.models import UNKNOWN, Choice, Document, LifeEvent, Partner, Procedure, Question, When
from assistant.errors import AssistantError, NotFound

M = TypeVar("M", bound=BaseModel)
PARTNER_FILE = "partner.yml"
VOCABULARY_FILE = "documents.yml"
EVENTS_FOLDER = "events"
EXPECTED = {
    "string_type": "un texte est attendu ; mettez-le entre guillemets",
    "string_too_short": "ce texte est trop court",
    "tuple_type": "une liste est attendue : une ligne « - » pour chaque élément, ou [a, b]",
    "too_short": "il en faut au moins {min_length}",
    "model_type": "des lignes « clé: valeur » sont attendues",
    "dict_type": "des lignes « clé: valeur » sont attendues",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "greater_than": "un nombre plus grand que {gt} est attendu",
    "greater_than_equal": "le plus petit nombre permis est {ge}",
    "less_than_equal": "le plus grand nombre permis est {le}",
    "bool_parsing": "écrivez true (oui) ou false (non)",
    "bool_type": "écrivez true (oui) ou false (non)",
    "date_type": "une date est attendue, comme 2026-01-31",
    "date_parsing": "une date est attendue, comme 2026-01-31",
    "date_from_datetime_parsing": "une date est attendue, comme 2026-01-31",
    "date_from_datetime_inexact": "une date est attendue, comme 2026-01-31",
    "url_parsing": "une adresse complète est attendue, comme https://www.caf.fr",
    "url_scheme": "une adresse complète est attendue, comme https://www.caf.fr",
    "url_type": "une adresse complète est attendue, comme https://www.caf.fr",
    "invalid_key": "une clé est un mot",
}
"""pydantic's kinds of error → what to write instead; a kind that is not here is said in pydantic's own words."""


class CatalogueError(AssistantError):
    """A file of the catalogue cannot be used; one line a mistake, each naming file and key."""

    status = 500

    def __init__(self, mistakes: list[str]):
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Catalogue:
    """Every partner, procedure and life event by id, in the order of their files."""

    partners: dict[str, Partner]
    procedures: dict[str, Procedure]
    events: dict[str, LifeEvent] = field(default_factory=dict)

    def partner(self, partner: str) -> Partner:
        """The partner of that id, or NotFound with the nearest one."""
        return _get(self.partners, partner, "Le partenaire")

    def procedure(self, procedure: str) -> Procedure:
        """The procedure of that id (`partner/name`), or NotFound with the nearest one."""
        return _get(self.procedures, procedure, "La démarche")

    def event(self, event: str) -> LifeEvent:
        """The life event of that id, or NotFound with the nearest one."""
        return _get(self.events, event, "L'événement")

    def of_partner(self, partner: str) -> tuple[Procedure, ...]:
        """The procedures of one partner."""
        return tuple(p for p in self.procedures.values() if p.partner == partner)


def load(folder: Path) -> Catalogue:
    """The whole catalogue, or CatalogueError with every mistake of every file."""
    catalogue, mistakes = read(folder)
    if mistakes:
        raise CatalogueError(mistakes)
    return catalogue


def read(folder: Path) -> tuple[Catalogue, list[str]]:
    """What can be read of a catalogue, and every mistake as « file : key : what »."""
    reader = _Reader(folder)
    return reader.read(), reader.mistakes


@dataclass
class _Reader:
    folder: Path
    mistakes: list[str] = field(default_factory=list)

    def read(self) -> Catalogue:
        vocabulary = self._vocabulary()
        files = [path for path in sorted(self.folder.glob("*/*.yml")) if path.parent.name != EVENTS_FOLDER]
        own = [path for path in files if path.name != PARTNER_FILE]
        partners = {each.id: each for path in files if path.name == PARTNER_FILE and (each := self._partner(path))}
        procedures = {p.id: p for path in own if (p := self._procedure(path, partners, vocabulary))}
        # the files' ids, not those that loaded: a procedure with a mistake is told once
        return Catalogue(partners, procedures, self._events([f"{path.parent.name}/{path.stem}" for path in own]))

    def _vocabulary(self) -> dict[str, dict[str, Any]]:
        path = self.folder / VOCABULARY_FILE
        entries = (self._yaml(path) if path.exists() else None) or {}
        known = {name: entry for name, entry in entries.items() if isinstance(entry, dict)}
        for name in entries.keys() - known.keys():
            self._mistake(path, str(name), EXPECTED["dict_type"])
        for name, entry in known.items():
            self._model(Document, {"id": name, **entry}, path, name)
        return known

    def _partner(self, path: Path) -> Partner | None:
        raw = self._yaml(path)
        return self._model(Partner, {"id": path.parent.name, **raw}, path) if raw else None

    def _procedure(
        self, path: Path, partners: dict[str, Partner], vocabulary: dict[str, dict[str, Any]]
    ) -> Procedure | None:
        raw = self._yaml(path)
        if raw is None:
            return None
        partner = path.parent.name
        if partner not in partners:
            self._mistake(path, "partner", f"le partenaire « {partner} » n'existe pas{_suggest(partner, partners)}")
        for key in ("id", "partner"):
            if key in raw:
                self._mistake(path, key, "le chemin du fichier donne déjà cette valeur : supprimez la ligne")
        if isinstance(raw.get("documents"), list):
            raw["documents"] = self._expand(raw["documents"], vocabulary, path)
        raw |= {"id": f"{partner}/{path.stem}", "partner": partner}
        procedure = self._model(Procedure, raw, path)
        if procedure:
            for key, message in _inconsistencies(procedure):
                self._mistake(path, key, message)
        return procedure

    def _events(self, procedures: list[str]) -> dict[str, LifeEvent]:
        found = (self._event(path, procedures) for path in sorted(self.folder.glob(f"{EVENTS_FOLDER}/*.yml")))
        return {event.id: event for event in found if event}

    def _event(self, path: Path, procedures: list[str]) -> LifeEvent | None:
        raw = self._yaml(path)
        if raw is None:
            return None
        if "id" in raw:
            self._mistake(path, "id", "le nom du fichier donne déjà cette valeur : supprimez la ligne")
        event = self._model(LifeEvent, raw | {"id": path.stem}, path)
        for key, message in _wrong_procedures(event, procedures) if event else ():
            self._mistake(path, key, message)
        return event

    def _expand(self, documents: Iterable[Any], vocabulary: dict[str, dict[str, Any]], path: Path) -> list[Any]:
        """`use: name` takes the shared entry; keys beside it replace the entry's."""
        expanded = []
        for index, document in enumerate(documents):
            if isinstance(document, dict) and "use" in document:
                name, own = str(document["use"]), {key: value for key, value in document.items() if key != "use"}
                if name not in vocabulary:
                    self._mistake(
                        path,
                        f"documents.{index}.use",
                        f"« {name} » n'est pas dans {VOCABULARY_FILE}{_suggest(name, vocabulary)}",
                    )
                    continue
                document = {"id": name, **vocabulary[name], **own}
            expanded.append(document)
        return expanded

    def _yaml(self, path: Path) -> dict[str, Any] | None:
        try:
            return yaml_file.read(path)
        except yaml_file.Unreadable as error:
            self._mistake(path, error.where, error.problem)
            return None

    def _model(self, model: type[M], raw: dict[str, Any], path: Path, prefix: str = "") -> M | None:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            for problem in _own_errors(error):
                key = ".".join(str(part) for part in ((prefix,) if prefix else ()) + problem["loc"])
                self._mistake(path, key, _explain(problem, model))
            return None

    def _mistake(self, path: Path, key: str, message: str) -> None:
        self.mistakes.append(f"{path.relative_to(self.folder.parent)} : {key} : {message}")


def _own_errors(error: ValidationError) -> Iterator[Any]:
    """The errors of a file, without « not enough of them » where one of them is itself wrong and said so."""
    problems = error.errors()
    for problem in problems:
        inside = [other for other in problems if other["loc"][: len(problem["loc"])] == problem["loc"]]
        if problem["type"] != "too_short" or len(inside) == 1:
            yield problem


def _explain(problem: Any, model: type[BaseModel]) -> str:
    kind, value, context = problem["type"], problem.get("input"), problem.get("ctx", {})
    if kind == "extra_forbidden":
        allowed = sorted(_fields_at(model, problem["loc"][:-1]))
        return f"clé inconnue{_suggest(str(problem['loc'][-1]), allowed)} Clés permises : {', '.join(allowed)}."
    if kind == "missing":
        return "cette clé est obligatoire"
    if kind == "literal_error":
        return f"« {value} » n'est pas permis ; valeurs permises : {context['expected']}"
    if kind == "string_pattern_mismatch":
        return f"« {value} » : seulement des minuscules sans accent, des chiffres et « _ »"
    if kind == "value_error":
        return str(context["error"])
    expected = EXPECTED.get(kind, problem["msg"]).format(**context)
    return f"{expected} (lu : {value!r})"


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> Iterable[str]:
    """The keys allowed at a location inside a model, whatever tuples and options wrap its fields."""
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            model = next(_models_in(model.model_fields[part].annotation), model)
    return model.model_fields


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _models_in(argument)


def _inconsistencies(procedure: Procedure) -> Iterator[tuple[str, str]]:
    """(key, message) of what each field allows and the whole does not."""
    yield from _twice("questions", (q.id for q in procedure.questions))
    yield from _twice("documents", (d.id for d in procedure.documents))
    yield from _twice("references", (r.id for r in procedure.references))
    for index, question in enumerate(procedure.questions):
        yield from _twice(f"questions.{index}.choices", (c.id for c in question.choices))
        yield from _reserved(f"questions.{index}.choices", question.choices)
        yield from _bad_conditions(f"questions.{index}.when", question.when, procedure.questions[:index])
    for name in ("documents", "not_needed", "remarks", "cost"):
        for index, item in enumerate(getattr(procedure, name)):
            yield from _bad_conditions(f"{name}.{index}.when", item.when, procedure.questions)
    known = [reference.id for reference in procedure.references]
    for index, document in enumerate(procedure.documents):
        for reference in set(document.references) - set(known):
            yield (
                f"documents.{index}.references",
                f"« {reference} » n'est pas une référence{_suggest(reference, known)} Références : {', '.join(known)}.",
            )


def _wrong_procedures(event: LifeEvent, known: list[str]) -> Iterator[tuple[str, str]]:
    """(key, message) of the procedures of an event that no file describes, or that are named twice."""
    yield from _twice("procedures", (step.id for step in event.procedures))
    for index, step in enumerate(event.procedures):
        if step.id not in known:
            yield f"procedures.{index}.id", f"« {step.id} » n'est pas une démarche{_suggest(step.id, known)}"


def _twice(key: str, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            yield key, f"« {name} » est écrit deux fois"
        seen.add(name)


def _reserved(key: str, choices: Iterable[Choice]) -> Iterator[tuple[str, str]]:
    if any(choice.id == UNKNOWN for choice in choices):
        yield key, f"« {UNKNOWN} » est proposé partout : ne l'écrivez pas"


def _bad_conditions(key: str, when: When, questions: tuple[Question, ...]) -> Iterator[tuple[str, str]]:
    choices = {question.id: [choice.id for choice in question.choices] for question in questions}
    for clause in when:
        for name, wanted in clause.items():
            if name not in choices:
                yield key, f"la question « {name} » n'existe pas avant cette ligne{_suggest(name, choices)}"
                continue
            for choice in wanted:
                if choice not in choices[name]:
                    allowed = ", ".join(choices[name])
                    yield (
                        key,
                        f"« {choice} » n'est pas une réponse de « {name} »{_suggest(choice, choices[name])} Réponses : {allowed}.",
                    )


def _suggest(word: str, known: Iterable[str]) -> str:
    """« Vouliez-vous dire … » with the nearest known word, or just the end of the sentence."""
    best = process.extractOne(str(word), list(known), score_cutoff=60)
    return f". Vouliez-vous dire « {best[0]} » ?" if best else "."


T = TypeVar("T")


def _get(items: dict[str, T], key: str, what: str) -> T:
    if key not in items:
        raise NotFound(f"{what} « {key} » n'existe pas{_suggest(key, items)}")
    return items[key]
