"""`assistant import directory | communes`: with a progress bar, and a report of every defect met."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from assistant.directory.hours import MONTHS
from assistant.directory.importer import import_communes, import_directory
from assistant.directory.report import ImportReport
from assistant.errors import AssistantError
from assistant.settings import Settings
from assistant.storage.database import Database

app = typer.Typer(help="Importe l'annuaire ou les communes.", no_args_is_help=True)
console = Console()
COUNTS = {
    "directory": ("lieux lus", "nouveaux", "modifiés", "inchangés", "retirés de l'annuaire (rendez-vous gardés)"),
    "communes": ("communes lues", "nouvelles", "modifiées", "inchangées", "disparues"),
}
SourceArgument = Annotated[str, typer.Argument(metavar="FICHIER|ADRESSE", help="Un fichier, ou une adresse http(s).")]
DateOption = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="Date des données, si le nom du fichier ne la dit pas."),
]


@app.command("directory")
def directory(source: SourceArgument, data_date: DateOption = None) -> None:
    """Importe l'annuaire des France services (CSV). Un fichier fautif ne change rien."""
    with _progress("Annuaire") as (database, step):
        report = import_directory(database, source, data_date=_day(data_date), on_progress=step)
    show(report)


@app.command("communes")
def communes(
    source: SourceArgument,
    aliases: Annotated[str | None, typer.Option(help="Anciens noms (CSV) ; par défaut, celui d'à côté.")] = None,
    data_date: DateOption = None,
) -> None:
    """Importe les communes (CSV, ou JSON de geo.api.gouv.fr). Un fichier fautif ne change rien."""
    with _progress("Communes") as (database, step):
        report = import_communes(database, source, aliases, data_date=_day(data_date), on_progress=step)
    show(report)


def show(report: ImportReport) -> None:
    """The report as a table: what changed, then each defect with how many and where."""
    table = Table(title=f"Import : {report.source}", title_justify="left")
    for column in ("Résultat", "Nombre", "Exemples"):
        table.add_column(column, justify="right" if column == "Nombre" else "left")
    counts = (report.rows, report.added, report.updated, report.unchanged, report.deactivated)
    for label, count in zip(COUNTS[report.kind], counts, strict=True):
        table.add_row(label, str(count), "")
    if report.aliases:
        table.add_row("anciens noms", str(report.aliases), "")
    table.add_section()
    for defect, count in sorted(report.defects.items(), key=lambda pair: -pair[1]):
        table.add_row(str(defect), str(count), ", ".join(report.examples[defect]))
    console.print(table)
    for line in (*report.notes, _dated(report.data_date)):
        console.print(line)


def _dated(day: date | None) -> str:
    if day is None:
        return "Date des données inconnue : indiquez-la avec --date AAAA-MM-JJ."
    return f"Données du {'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}."


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@contextmanager
def _progress(title: str) -> Iterator[tuple[Database, Callable[[int, int], None]]]:
    """A migrated database, and what to call as the import advances; a known error is a sentence and a failed exit."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    database = Database(Settings().database)
    try:
        database.migrate()
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(title, total=None)
            yield database, lambda done, total: bar.update(task, completed=done, total=total)
    except AssistantError as error:
        Console(stderr=True).print(error.message, style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    finally:
        database.close()
