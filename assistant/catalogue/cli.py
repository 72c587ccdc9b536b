"""`assistant catalogue check`: what is wrong or stale in the catalogue, one line a finding."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from assistant.catalogue.check import check, phones, reading_levels
from assistant.catalogue.findings import Finding, Folders, Severity
from assistant.catalogue.links import addresses, dead_links
from assistant.catalogue.sheets import Sheets, compare
from assistant.settings import Settings

app = typer.Typer(help="Le catalogue des démarches.", no_args_is_help=True)
# in a pipe, a finding is one line that can be searched for
console = Console(width=None if sys.stdout.isatty() else 400)
STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "dim"}
ORDER = list(STYLES)


@app.callback()
def catalogue() -> None:
    """Le catalogue des démarches."""


@app.command("check")
def check_catalogue(
    links: Annotated[bool, typer.Option("--links", help="Essaie aussi chaque adresse (demande le réseau).")] = False,
    sheets: Annotated[
        Path | None,
        typer.Option(
            metavar="DOSSIER", help="Compare aux fiches service-public de ce dossier (data/particuliers/F….json)."
        ),
    ] = None,
    errors_only: Annotated[bool, typer.Option("--errors-only", help="Ne montre que les erreurs.")] = False,
) -> None:
    """Vérifie le catalogue : erreurs, sources à relire, phrases difficiles. Échoue s'il y a une erreur."""
    folders = Folders.of(Settings())
    read, findings = check(folders, date.today())
    numbers = list(phones(read, folders))
    if sheets:
        findings += compare(read, numbers, Sheets(sheets), folders)
    if links:
        with _progress("Adresses") as step:
            findings += dead_links(addresses(read, numbers, folders), step)
    show([f for f in findings if f.severity is Severity.ERROR] if errors_only else findings)
    if not errors_only:
        show_reading_levels(reading_levels(read, folders))
    console.print(_total(len(read.procedures), len(read.partners), findings))
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(1)


def show(findings: list[Finding]) -> None:
    """The findings, worst first, then how many there are of each kind."""
    if not findings:
        return
    table = Table("Fichier", "Clé", "Constat", "Gravité", title="Constats", title_justify="left")
    for finding in sorted(findings, key=lambda f: (ORDER.index(f.severity), f.kind, f.file)):
        style = STYLES[finding.severity]
        table.add_row(Text(finding.file), Text(finding.key), Text(finding.what), Text(finding.severity, style))
    console.print(table)
    counts = Counter((finding.severity, finding.kind) for finding in findings)
    summary = Table("Sorte", "Gravité", "Nombre", title="Par sorte", title_justify="left")
    for (severity, kind), count in sorted(counts.items(), key=lambda pair: (ORDER.index(pair[0][0]), pair[0][1])):
        summary.add_row(kind, Text(severity, STYLES[severity]), str(count))
    console.print(summary)


def show_reading_levels(levels: dict[str, float]) -> None:
    """The median ease of each file, hardest first: 30 is hard, 70 is plain."""
    table = Table("Fichier", "Lisibilité médiane", title="Lisibilité (Kandel et Moles)", title_justify="left")
    for file, level in levels.items():
        table.add_row(file, f"{level:.0f}")
    console.print(table)


def _total(procedures: int, partners: int, findings: list[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    found = ", ".join(_count(counts[severity], severity) for severity in ORDER)
    return f"{_count(procedures, 'démarche')} de {_count(partners, 'partenaire')} : {found}."


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
