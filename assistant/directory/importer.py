"""Imports of places and communes, each in one transaction: a bad file changes nothing."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.directory.communes_file import read_aliases, read_communes
from assistant.directory.directory_file import KnownCommunes, read_places
from assistant.directory.models import Commune, Point
from assistant.directory.report import ImportReport
from assistant.directory.sources import Source, read_source
from assistant.storage import tables
from assistant.storage.database import Database

Progress = Callable[[int, int], None]
"""Called with how many are done, of how many."""

SAMPLE = Path(__file__).parent / "sample"
BATCH = 2000
T = TypeVar("T")


def import_directory(
    database: Database,
    source: str,
    *,
    sample: bool = False,
    data_date: date | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Make the places those of a CSV file or address; places it no longer has become inactive, never deleted."""
    text = read_source(source)
    with database.write() as session:
        return _import_places(session, text, sample, data_date, on_progress)


def import_communes(
    database: Database,
    source: str,
    aliases: str | None = None,
    *,
    sample: bool = False,
    data_date: date | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Make the communes those of a CSV or geo.api.gouv.fr file or address.

    Aliases come from `aliases`, or from `<name>_alias.csv` beside a file; where there are none, those known are kept.
    """
    text = read_source(source)
    beside = aliases or _beside(source)
    alias_text = read_source(beside) if beside else None
    with database.write() as session:
        return _import_communes(session, text, alias_text, sample, data_date, on_progress)


def ensure_sample(database: Database) -> None:
    """Load the project's own sample where there are no communes or no places."""
    try:
        with database.write() as session:
            if session.scalar(select(tables.Commune.code).limit(1)) is None:
                communes, aliases = (read_source(str(SAMPLE / name)) for name in ("communes.csv", "communes_alias.csv"))
                _import_communes(session, communes, aliases, True, None, None)
            if session.scalar(select(tables.Place.id).limit(1)) is None:
                _import_places(session, read_source(str(SAMPLE / "places.csv")), True, None, None)
    except IntegrityError:
        # on PostgreSQL another process may have loaded it at the same moment
        return


def _import_places(
    session: Session, source: Source, sample: bool, data_date: date | None, on_progress: Progress | None
) -> ImportReport:
    report = ImportReport("directory", source.origin, data_date or source.data_date)
    known = _known_communes(session)
    if not known.complete and not sample:
        report.notes.append("Les communes ne sont pas importées : codes postaux et anciens codes non vérifiés.")
    rows = [row | {"sample": sample, "active": True} for row in read_places(source, known, report, on_progress)]
    compared = _columns(tables.Place, without={"capacity", "timetable"})
    before = _before(session, tables.Place, compared)
    _write(session, tables.Place, "id", rows, before, report)
    gone = [place for place in before.keys() - {row["id"] for row in rows} if before[place]["active"]]
    for batch in _batches(gone):
        session.execute(update(tables.Place).where(tables.Place.id.in_(batch)).values(active=False))
    report.deactivated = len(gone)
    _remember(session, report, sample)
    return report


def _import_communes(
    session: Session,
    source: Source,
    aliases: Source | None,
    sample: bool,
    data_date: date | None,
    on_progress: Progress | None,
) -> ImportReport:
    report = ImportReport("communes", source.origin, data_date or source.data_date)
    was_sample = not _complete(session)
    rows = read_communes(source, report)
    codes = {row["code"] for row in rows}
    new_aliases = read_aliases(aliases, codes, report) if aliases else None
    before = _before(session, tables.Commune, _columns(tables.Commune))
    _write(session, tables.Commune, "code", rows, before, report, on_progress)
    if new_aliases is not None or was_sample:
        session.execute(delete(tables.CommuneAlias))
    for batch in _batches(new_aliases or []):
        session.execute(insert(tables.CommuneAlias), batch)
    gone = list(before.keys() - codes)
    for removed in _batches(gone):
        session.execute(delete(tables.CommuneAlias).where(tables.CommuneAlias.commune_code.in_(removed)))
        session.execute(delete(tables.Commune).where(tables.Commune.code.in_(removed)))
    report.deactivated = len(gone)
    _move_places(session)
    _remember(session, report, sample)
    return report


def _write(
    session: Session,
    table: type[tables.Base],
    key: str,
    rows: list[dict[str, Any]],
    before: dict[str, dict[str, Any]],
    report: ImportReport,
    on_progress: Progress | None = None,
) -> None:
    """Insert what is new, update what differs, count the three kinds."""
    added = [row for row in rows if row[key] not in before]
    updated = [row for row in rows if row[key] in before and row != before[row[key]]]
    report.added, report.updated = len(added), len(updated)
    report.unchanged = len(rows) - len(added) - len(updated)
    done = report.unchanged
    for statement, changed in ((insert(table), added), (update(table), updated)):
        for batch in _batches(changed):
            session.execute(statement, batch)
            done += len(batch)
            if on_progress:
                on_progress(done, len(rows))
    if on_progress:
        on_progress(len(rows), len(rows))


def _move_places(session: Session) -> None:
    """Places imported before their commune was merged, or before the communes were known, follow it."""
    today, names = _today(session), dict(session.execute(_NAMES).tuples().all())
    for place_id, code in session.execute(select(tables.Place.id, tables.Place.commune_code)).all():
        if code not in names and code in today:
            moved = {"commune_code": today[code], "commune": names[today[code]]}
            session.execute(update(tables.Place).where(tables.Place.id == place_id).values(moved))


_NAMES = select(tables.Commune.code, tables.Commune.name)


def _known_communes(session: Session) -> KnownCommunes:
    communes = {row.code: commune_of(row) for row in session.execute(select(*tables.Commune.__table__.columns))}
    return KnownCommunes(communes, _today(session), _complete(session))


def _today(session: Session) -> dict[str, str]:
    alias = tables.CommuneAlias
    found = session.execute(select(alias.former_code, alias.commune_code).where(alias.former_code.is_not(None)))
    return {former: today for former, today in found.tuples() if former}


def _complete(session: Session) -> bool:
    done = tables.DirectoryImport
    last = select(done.sample).where(done.kind == "communes").order_by(done.id.desc()).limit(1)
    return session.scalar(last) is False


def commune_of(row: Any) -> Commune:
    """A commune from a row of its table."""
    point = Point(row.latitude, row.longitude)
    return Commune(
        row.code, row.name, row.departement, tuple(row.postcodes), row.population, point, row.parent_code or None
    )


def _remember(session: Session, report: ImportReport, sample: bool) -> None:
    session.add(
        tables.DirectoryImport(
            kind=report.kind,
            source=report.source[:500],
            data_date=report.data_date,
            sample=sample,
            imported_at=datetime.now(UTC),
            report=report.as_json(),
        )
    )


def _before(session: Session, table: type[tables.Base], columns: list[str]) -> dict[str, dict[str, Any]]:
    """What the table holds, by its key, which is its first column."""
    rows = session.execute(select(*(table.__table__.columns[column] for column in columns)))
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}


def _columns(table: type[tables.Base], without: Iterable[str] = ()) -> list[str]:
    return [column.name for column in table.__table__.columns if column.name not in set(without)]


def _beside(source: str) -> str | None:
    if source.startswith(("http://", "https://")):
        return None
    path = Path(source)
    beside = path.with_name(f"{path.stem}_alias{path.suffix}")
    return str(beside) if beside.is_file() else None


def _batches(items: list[T]) -> Iterable[list[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
