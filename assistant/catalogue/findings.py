"""What a check of the catalogue finds: one line each, in French, with the file and the key to look at."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from assistant.settings import PROJECT, Settings


class Severity(StrEnum):
    """Only an error makes the check fail."""

    ERROR = "erreur"
    WARNING = "avertissement"
    INFORMATION = "information"


class Kind(StrEnum):
    """What was looked at; the summary counts by it."""

    FILE = "fichier à corriger"
    CHECKED = "relecture à refaire"
    OLD_TEXT = "texte ancien"
    LINK = "adresse sans réponse"
    SHEET = "fiche changée ou absente"
    CASES = "cas d'essai"
    SENTENCES = "phrases d'apprentissage"
    UNREACHABLE = "hors d'atteinte"
    READING = "phrase difficile"
    PHONE = "téléphone à revoir"
    ASKED_AS = "phrase « C'est pour »"
    MISSING = "démarche attendue"


@dataclass(frozen=True)
class Finding:
    """`file` is relative to the project's folder; `key` names the place inside it as the loader does."""

    kind: Kind
    severity: Severity
    file: str
    key: str
    what: str


@dataclass(frozen=True)
class Folders:
    """Where the check looks: the catalogue, its cases, its sentences, and the list of the procedures it must have."""

    procedures: Path
    cases: Path
    sentences: Path
    expected: Path

    @classmethod
    def of(cls, settings: Settings) -> "Folders":
        """The project's own."""
        tests = PROJECT / "tests"
        sentences = settings.nlu_data_dir / "procedures"
        return cls(settings.procedures_dir, tests / "procedures", sentences, tests / "catalogue" / "expected.txt")

    def file(self, procedure: str) -> str:
        """The file of a procedure or of `<partner>/partner`."""
        return f"{self.procedures.name}/{procedure}.yml"
