"""The phrase after « C'est pour »: it is read aloud to somebody who must choose between two procedures."""

from collections.abc import Iterator

from assistant.catalogue.findings import Finding, Folders, Kind, Severity
from assistant.catalogue.loader import Catalogue
from assistant.catalogue.readability import words
from assistant.text import fold

FEWEST_WORDS = 3
MOST_WORDS = 12
"""Two phrases of more words than this are too much to keep in mind at once."""
ENDS = (".", "…", "!", ",", ";", ":")


def check(catalogue: Catalogue, folders: Folders) -> Iterator[Finding]:
    """Phrases that would not read well inside « C'est pour …, ou pour … ? », or that two procedures share."""
    first: dict[str, str] = {}
    for procedure in catalogue.procedures.values():
        mistakes = list(_badly_said(procedure.asked_as))
        same = first.setdefault(fold(procedure.asked_as), procedure.id)
        if same != procedure.id:
            mistakes.append(f"« {procedure.asked_as} » est déjà la phrase de {same} : dites ce qui les distingue")
        for what in mistakes:
            yield Finding(Kind.ASKED_AS, Severity.ERROR, folders.file(procedure.id), "asked_as", what)


def _badly_said(phrase: str) -> Iterator[str]:
    count = len(words(phrase))
    if not FEWEST_WORDS <= count <= MOST_WORDS:
        yield f"{count} mots (de {FEWEST_WORDS} à {MOST_WORDS}) : « {phrase} »"
    if not phrase[0].islower():
        yield f"la phrase suit « C'est pour » : commencez par une minuscule (« {phrase} »)"
    if "?" in phrase:
        yield f"l'assistant ajoute le « ? » : enlevez-le (« {phrase} »)"
    if phrase.endswith(ENDS):
        yield f"la phrase continue : enlevez « {phrase[-1]} » à la fin (« {phrase} »)"
