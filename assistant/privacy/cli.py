"""`assistant purge`, `assistant erase`, `assistant export`: what is kept about people, for who runs the service."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assistant.app import Services
from assistant.errors import Conflict, Unavailable
from assistant.privacy.dossiers import Dossier, Subject
from assistant.privacy.erasure import Erasure
from assistant.privacy.export import Export
from assistant.privacy.purge import Purge
from assistant.privacy.retention import OUTBOX, TABLES
from assistant.settings import Settings

console = Console()
Code = Annotated[str | None, typer.Option("--code", help="Le code d'un rendez-vous.")]
Phone = Annotated[str | None, typer.Option("--phone", help="Un numéro de téléphone : tous ses rendez-vous.")]


def purge(
    compact: Annotated[
        bool, typer.Option("--compact", help="Réécrit aussi les fichiers de la base, sans rien de ce qui est effacé.")
    ] = False,
) -> None:
    """Efface ce dont la durée de conservation est passée."""
    services = Services.open(Settings())
    work = Purge(services.database, services.settings)
    deleted = {name: count for name, count in work.run(services.now()).items() if count}
    console.print(_table(deleted, "effacé") if deleted else "Rien à effacer : aucune durée n'est dépassée.")
    if compact:
        _say_kept(work.compact())


def erase(
    code: Code = None,
    phone: Phone = None,
    conversation: Annotated[str | None, typer.Option("--conversation", help="Le numéro d'une conversation.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ne demande pas de confirmer.")] = False,
) -> None:
    """Efface tout ce qui concerne une personne. C'est définitif."""
    services = Services.open(Settings())
    erasure = Erasure(services.bookings.desk)
    dossier = erasure.find(Subject.named(code, phone, conversation))
    console.print(_table(erasure.count(dossier), "à effacer"))
    _say_others(dossier, phone)
    if not yes:
        typer.confirm("Effacer pour toujours ?", abort=True)
    kept = erasure.erase(dossier, services.now())
    console.print("C'est effacé.")
    _say_kept(kept)
    _say_copies(services.settings)


def export(
    output: Annotated[Path, typer.Option("--output", help="Le fichier à écrire, par exemple dossier.json.")],
    code: Code = None,
    phone: Phone = None,
    force: Annotated[bool, typer.Option("--force", help="Remplace le fichier s'il existe.")] = False,
) -> None:
    """Écrit dans un fichier tout ce qui est gardé sur une personne, pour le lui remettre."""
    if output.exists() and not force:
        raise Conflict(f"{output} existe déjà. Donnez un autre nom, ou ajoutez --force pour le remplacer.")
    services = Services.open(Settings())
    found = Export(services.database, services.settings).of(Subject.named(code, phone), services.now())
    _write_private(output, json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    console.print(f"Écrit : {output}, lisible de vous seul. Effacez-le quand la personne l'a reçu.")


def _table(counts: dict[str, int], heading: str) -> Table:
    table = Table("Quoi", "Table", heading)
    titles = {name: kept.title for name, kept in TABLES.items()} | {"outbox.jsonl": OUTBOX.title}
    for name, count in counts.items():
        table.add_row(titles[name], name, str(count))
    return table


def _say_kept(sentences: list[str]) -> None:
    for sentence in sentences:
        console.print(sentence)


def _say_others(dossier: Dossier, phone: str | None) -> None:
    if dossier.same_phone and not phone:
        console.print(
            f"{dossier.same_phone} autre(s) rendez-vous ont le même téléphone et restent : --phone les prendrait tous."
        )


def _say_copies(settings: Settings) -> None:
    """What a restoration set aside is of before: nobody but its owner can erase it."""
    for copy in sorted(settings.state_dir.glob("*.sqlite.avant-*")):
        console.print(f"Une ancienne copie de la base reste ici : {copy}. Effacez-la, ainsi que vos sauvegardes.")


def _write_private(file: Path, text: str) -> None:
    try:
        # anew rather than over: a file that others may read stays readable whatever mode is asked for
        file.unlink(missing_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as output:
            output.write(text)
    except OSError as error:
        raise Unavailable(f"Le fichier {file} ne peut pas être écrit. Choisissez un autre dossier.") from error
