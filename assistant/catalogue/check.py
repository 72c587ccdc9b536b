"""The checks of the catalogue that need nothing but its files: `assistant catalogue check`.

What is wrong for the person at the counter is an error; what somebody should look at is a warning.
"""

from collections.abc import Iterator
from datetime import date
from itertools import chain, islice
from statistics import median

from assistant.catalogue import asked_as
from assistant.catalogue.conditions import Reading, by_id
from assistant.catalogue.findings import Finding, Folders, Kind, Severity
from assistant.catalogue.loader import EVENTS_FOLDER, PARTNER_FILE, Catalogue, read
from assistant.catalogue.models import NotNeeded, Partner, Phone, Procedure, Remark
from assistant.catalogue.planner import Plan
from assistant.catalogue.readability import score, sentences, words
from assistant.catalogue.sheets import sheet_named
from assistant.catalogue.walk import situations

CHECK_AGAIN_MONTHS = 12
OLD_TEXT_MONTHS = 24
OLD_PHONE_MONTHS = 72
ENOUGH_SENTENCES = 40
LONG_SENTENCE = 25
HARD_SENTENCE = 30
MANY_SITUATIONS = 20_000
"""Past this many a walk tells nothing a person could check either: the procedure asks too much."""


def check(folders: Folders, today: date) -> tuple[Catalogue, list[Finding]]:
    """What of the catalogue can be read, and everything found in the files."""
    catalogue, mistakes = read(folders.procedures)
    unread = {mistake.split(" : ")[0] for mistake in mistakes}
    walkable = [p for p in catalogue.procedures.values() if folders.file(p.id) not in unread]
    found = chain(
        (_mistake(mistake) for mistake in mistakes),
        _missing(folders),
        chain.from_iterable(_coverage(name, folders) for name in _written(folders)),
        chain.from_iterable(unreachable(p, folders.file(p.id)) for p in walkable),
        asked_as.check(catalogue, folders),
        chain.from_iterable(_dates(p, folders.file(p.id), today) for p in catalogue.procedures.values()),
        chain.from_iterable(_phone(phone, file, today) for file, phone in phones(catalogue, folders)),
        chain.from_iterable(_hard(file, key, text) for file, key, text in prose(catalogue, folders)),
    )
    return catalogue, list(found)


def _mistake(mistake: str) -> Finding:
    file, key, what = mistake.split(" : ", 2)
    return Finding(Kind.FILE, Severity.ERROR, file, key, what)


def _written(folders: Folders) -> list[str]:
    """The ids of the procedures that have a file, readable or not."""
    files = sorted(folders.procedures.glob("*/*.yml"))
    return [f"{f.parent.name}/{f.stem}" for f in files if f.name != PARTNER_FILE and f.parent.name != EVENTS_FOLDER]


def _missing(folders: Folders) -> Iterator[Finding]:
    expected = folders.expected.read_text(encoding="utf-8").split() if folders.expected.exists() else []
    for name in sorted(set(expected) - set(_written(folders))):
        yield Finding(Kind.MISSING, Severity.WARNING, folders.file(name), "fichier", "cette démarche n'est pas écrite")


def _coverage(name: str, folders: Folders) -> Iterator[Finding]:
    """Its cases and the sentences people say it with."""
    if not (folders.cases / f"{name}.yml").exists():
        what = f"aucun cas d'essai : écrivez tests/procedures/{name}.yml"
        yield Finding(Kind.CASES, Severity.ERROR, folders.file(name), "fichier", what)
    path = folders.sentences / f"{name}.yml"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    count = sum(line.strip().startswith("- ") and not line.strip().startswith("- intent:") for line in lines)
    if count < ENOUGH_SENTENCES:
        severity = Severity.WARNING if count else Severity.ERROR
        what = f"{count} phrases d'apprentissage sur {ENOUGH_SENTENCES} : complétez nlu_data/procedures/{name}.yml"
        yield Finding(Kind.SENTENCES, severity, folders.file(name), "fichier", what)


def unreachable(procedure: Procedure, file: str) -> Iterator[Finding]:
    """Documents, sentences and questions that no answers lead to."""
    plans = [plan for plan, _ in islice(situations(procedure), MANY_SITUATIONS + 1)]
    if len(plans) > MANY_SITUATIONS:
        what = f"plus de {MANY_SITUATIONS} situations : posez moins de questions, ou liez-les par « when »"
        yield Finding(Kind.UNREACHABLE, Severity.WARNING, file, "questions", what)
        return
    yield from _never_asked(procedure, plans, file)
    shown = {item.id for plan in plans for item in plan.certain}
    for index, document in enumerate(procedure.documents):
        if document.id not in shown:
            what = f"« {document.id} » n'est demandé dans aucune situation : corrigez « when »"
            yield Finding(Kind.UNREACHABLE, Severity.ERROR, file, f"documents.{index}.when", what)
    for name in ("not_needed", "remarks", "cost"):
        said = {_name(item) for plan in plans for item in getattr(plan, name)}
        for index, item in enumerate(getattr(procedure, name)):
            if _name(item) not in said:
                what = "n'est dit dans aucune situation : corrigez « when »"
                yield Finding(Kind.UNREACHABLE, Severity.WARNING, file, f"{name}.{index}.when", what)


def _name(item: NotNeeded | Remark | str) -> str:
    """What a plan knows an item by: remarks and costs stand there as their text."""
    return item if isinstance(item, str) else item.text if isinstance(item, Remark) else item.id


def _never_asked(procedure: Procedure, plans: list[Plan], file: str) -> Iterator[Finding]:
    """A question no walk meets, and with it all its choices."""
    asked = {question.id for plan in plans for question in plan.open_questions}
    questions = by_id(procedure)
    for index, question in enumerate(procedure.questions):
        if question.id in asked:
            continue
        choices = ", ".join(choice.id for choice in question.choices)
        if any(Reading(questions, plan.situation).asked(question.id) for plan in plans):
            why = "ses réponses ne changent rien"
        else:
            why = "sa condition « when » n'est jamais vraie"
        what = f"« {question.id} » n'est jamais posée, {why} (réponses perdues : {choices})"
        yield Finding(Kind.UNREACHABLE, Severity.WARNING, file, f"questions.{index}", what)


def _dates(procedure: Procedure, file: str, today: date) -> Iterator[Finding]:
    if _older(procedure.checked, CHECK_AGAIN_MONTHS, today):
        what = f"relue le {procedure.checked:%d/%m/%Y}, il y a plus d'un an : relisez les sources"
        yield Finding(Kind.CHECKED, Severity.WARNING, file, "checked", what)
    for index, reference in enumerate(procedure.references):
        if reference.date and _older(reference.date, OLD_TEXT_MONTHS, today):
            what = f"le texte de {reference.id} date du {reference.date:%d/%m/%Y}, il a plus de deux ans"
            yield Finding(Kind.OLD_TEXT, Severity.INFORMATION, file, f"references.{index}.date", what)


def _older(day: date, months: int, today: date) -> bool:
    """Whether more than so many months have passed."""
    return (day.year * 12 + day.month + months, day.day) < (today.year * 12 + today.month, today.day)


def phones(catalogue: Catalogue, folders: Folders) -> Iterator[tuple[str, Phone]]:
    """(file, number) of every telephone shown."""
    owners: list[tuple[str, Partner | Procedure]] = [(f"{p.id}/partner", p) for p in catalogue.partners.values()]
    owners += [(p.id, p) for p in catalogue.procedures.values()]
    return ((folders.file(name), owner.phone) for name, owner in owners if owner.phone)


def _phone(phone: Phone, file: str, today: date) -> Iterator[Finding]:
    if not sheet_named(phone.reference) and "://" not in phone.reference:
        what = f"{phone.number} : dites où le numéro a été lu, une fiche (F…) ou une adresse"
        yield Finding(Kind.PHONE, Severity.WARNING, file, "phone.reference", what)
    if _older(phone.date, OLD_PHONE_MONTHS, today):
        what = f"{phone.number} a été lu le {phone.date:%d/%m/%Y}, il y a plus de six ans : vérifiez-le"
        yield Finding(Kind.PHONE, Severity.WARNING, file, "phone.date", what)


def prose(catalogue: Catalogue, folders: Folders) -> Iterator[tuple[str, str, str]]:
    """(file, key, text) of all that is said in sentences; titles and labels are names, not sentences."""
    for partner in catalogue.partners.values():
        yield folders.file(f"{partner.id}/partner"), "purpose", partner.purpose
    for procedure in catalogue.procedures.values():
        for key, text in _sentences_of(procedure):
            yield folders.file(procedure.id), key, text
    for event in catalogue.events.values():
        yield folders.file(f"events/{event.id}"), "summary", event.summary
        for index, step in enumerate(event.procedures):
            yield folders.file(f"events/{event.id}"), f"procedures.{index}.why", step.why


def _sentences_of(procedure: Procedure) -> Iterator[tuple[str, str]]:
    yield from (("summary", procedure.summary), ("counter.text", procedure.counter.text), ("delay", procedure.delay))
    fields = {
        "questions": ("text", "help"),
        "documents": ("note", "why"),
        "not_needed": ("note",),
        "remarks": ("text",),
        "cost": ("text",),
    }
    for name, keys in fields.items():
        for index, item in enumerate(getattr(procedure, name)):
            yield from ((f"{name}.{index}.{key}", getattr(item, key)) for key in keys)


def _hard(file: str, key: str, text: str) -> Iterator[Finding]:
    for sentence in sentences(text):
        length, ease = len(words(sentence)), score(sentence)
        if length > LONG_SENTENCE:
            what = f"phrase de {length} mots ({LONG_SENTENCE} au plus) : « {sentence} »"
        elif ease < HARD_SENTENCE:
            what = f"lisibilité {ease:.0f} ({HARD_SENTENCE} au moins), mots longs : « {sentence} »"
        else:
            continue
        yield Finding(Kind.READING, Severity.WARNING, file, key, what)


def reading_levels(catalogue: Catalogue, folders: Folders) -> dict[str, float]:
    """The median score of each file's sentences, hardest file first."""
    scores: dict[str, list[float]] = {}
    for file, _, text in prose(catalogue, folders):
        scores.setdefault(file, []).extend(score(sentence) for sentence in sentences(text))
    return dict(sorted(((file, median(found)) for file, found in scores.items() if found), key=lambda pair: pair[1]))
