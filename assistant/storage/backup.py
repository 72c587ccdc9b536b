"""The SQLite databases in one file, copied while they are written, and put back.

PostgreSQL has tools of its own: `docs/sauvegarde.md`.
"""

import errno
import hashlib
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic.script import ScriptDirectory
from pydantic import BaseModel, ValidationError
from sqlalchemy import update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from assistant.errors import AssistantError, Conflict, NotFound, Refused, Unavailable
from assistant.settings import Settings
from assistant.storage.database import MIGRATIONS, SQLITE_WAIT_SECONDS, Database
from assistant.storage.tables import Message

FORMAT = 1
MANIFEST = "manifest.json"
MAIN, CONVERSATIONS = "assistant.sqlite", "conversations.sqlite"
CHUNK = 1 << 20
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS}
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError)
"""What zipfile raises on altered bytes, according to where they are."""


class Content(BaseModel):
    """One database of a backup: SHA-256 in hexadecimal, and table → number of rows."""

    sha256: str
    rows: dict[str, int]


class Manifest(BaseModel):
    """What a backup says of itself; `files` is a database's name → its content."""

    format: int
    made_at: datetime
    schema_version: str
    files: dict[str, Content]

    @property
    def appointments(self) -> int:
        """How many appointments it holds, cancelled ones included."""
        return self.files[MAIN].rows["appointment"]


@dataclass(frozen=True)
class Restored:
    """What was put back, and the copies of what stood there before."""

    manifest: Manifest
    kept: list[Path]


def backup(settings: Settings, file: Path, force: bool = False) -> Manifest:
    """Write the databases to `file` (zip, mode 0600), each as it stands at one instant; writers go on meanwhile.

    `file` appears whole or not at all. Raises Conflict where it exists, unless `force`; Refused on PostgreSQL;
    NotFound where there is nothing to save; Unavailable where it cannot be written.
    """
    databases = _databases(settings)
    with _in_words(file.parent):
        if file.exists() and not force:
            raise Conflict(f"{file} existe déjà. Donnez un autre nom, ou ajoutez --force pour le remplacer.")
        if not file.parent.is_dir():
            raise NotFound(f"Le dossier {file.parent} n'existe pas. Créez-le, ou donnez un autre nom de fichier.")
        with TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
            manifest = _copy_all(databases, Path(folder))
            _pack(manifest, Path(folder)).replace(file)
        _sync(file.parent)
    return manifest


def restore(settings: Settings, file: Path, force: bool = False) -> Restored:
    """Put a backup back, brought up to this version's schema; what stood there is kept beside under a dated name.

    Nothing changes before the whole file is checked. Raises NotFound or Refused for a file that is no sound backup of
    this version or an older one; Conflict where a program has a database open, or, unless `force`, where
    appointments would be replaced; Unavailable where the folder cannot be written.
    """
    databases = _databases(settings)
    folder = databases[MAIN].parent
    with _in_words(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder, prefix=".restauration-") as work:
            manifest = _unpack(file, Path(work), set(databases))
            _bring_up_to_date(Path(work) / MAIN)
            return Restored(manifest, _replace(databases, Path(work), force))


def _databases(settings: Settings) -> dict[str, Path]:
    """Name in the backup → the file; one alone where a setting puts all in the same file."""
    url, conversations = make_url(settings.database), make_url(settings.tracker_database)
    if url.get_backend_name() != "sqlite":
        raise Refused(
            "La base est PostgreSQL : sauvegardez-la avec pg_dump et restaurez-la avec pg_restore. "
            "Les commandes sont dans docs/sauvegarde.md."
        )
    if not url.database or url.database == ":memory:":
        raise Refused("La base est en mémoire : il n'y a pas de fichier à sauvegarder ni à restaurer.")
    if conversations.database == url.database:
        return {MAIN: Path(url.database)}
    return {MAIN: Path(url.database), CONVERSATIONS: Path(str(conversations.database))}


def _copy_all(databases: dict[str, Path], folder: Path) -> Manifest:
    if not databases[MAIN].exists():
        raise NotFound(f"Rien à sauvegarder : {databases[MAIN]} n'existe pas. Vérifiez ASSISTANT_STATE_DIR.")
    files = {name: _copy(path, folder / name) for name, path in databases.items() if path.exists()}
    if "alembic_version" not in files[MAIN].rows:
        raise Refused(f"{databases[MAIN]} n'est pas une base de l'assistant, ou n'a jamais servi.")
    return Manifest(
        format=FORMAT, made_at=datetime.now(UTC), schema_version=_schema_version(folder / MAIN), files=files
    )


def _copy(source: Path, target: Path) -> Content:
    with closing(_connect(source)) as connection:
        with _in_words(source.parent):
            connection.execute("SELECT count(*) FROM sqlite_master")
        # one read transaction: a single instant, without stopping writers. Unlike a copy of pages, leaves out what was erased
        connection.execute("VACUUM INTO ?", (str(target),))
    with target.open("rb") as copied:
        digest = hashlib.file_digest(copied, "sha256").hexdigest()
    return Content(sha256=digest, rows=_count(target))


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=SQLITE_WAIT_SECONDS, isolation_level=None)


def _count(path: Path) -> dict[str, int]:
    with closing(_connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 its own table names
            for name in sorted(tables)
        }


def _schema_version(path: Path) -> str:
    with closing(_connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _pack(manifest: Manifest, folder: Path) -> Path:
    """The archive, on the disk for good."""
    packed = folder / "archive.zip"
    packed.touch(0o600, exist_ok=False)
    with packed.open("wb") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
            for name in manifest.files:
                archive.write(folder / name, name)
        out.flush()
        os.fsync(out.fileno())
    return packed


def _sync(folder: Path) -> None:
    """Without this a power cut could forget the new name."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _unpack(file: Path, folder: Path, known: set[str]) -> Manifest:
    """The databases of a backup in `folder`, each byte and each row checked."""
    with _open_archive(file) as archive:
        manifest = _read_manifest(file, archive)
        if manifest.files.keys() - known:
            raise Refused(
                f"{file} contient deux bases et ASSISTANT_DATABASE_URL n'en désigne qu'une. "
                "Restaurez avec le réglage qui servait lors de la sauvegarde."
            )
        for name, content in manifest.files.items():
            if _extract(archive, name, folder / name) != content.sha256:
                raise _altered(file)
    for name, content in manifest.files.items():
        if not _is_sound(folder / name) or _count(folder / name) != content.rows:
            raise _altered(file)
    if _schema_version(folder / MAIN) != manifest.schema_version:
        raise _altered(file)
    return manifest


@contextmanager
def _open_archive(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with file.open("rb") as opened:
            begins_well = opened.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise NotFound(f"{file} ne peut pas être lu : vérifiez son nom et vos droits.") from error
    if not begins_well:
        raise _not_a_backup(file)
    if not zipfile.is_zipfile(file):
        raise Refused(f"{file} est tronqué : sa fin manque. Copiez-le de nouveau, ou prenez une autre sauvegarde.")
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except UNREADABLE as error:
        raise _altered(file) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place before the beginning of the file
            raise
        raise _altered(file) from error


def _read_manifest(file: Path, archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise _not_a_backup(file)
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except ValidationError as error:
        raise _not_a_backup(file) from error
    versions = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if manifest.format > FORMAT or manifest.schema_version not in versions:
        raise Refused(
            f"{file} vient d'une version plus récente de l'assistant. Mettez l'assistant à jour, puis recommencez."
        )
    if MAIN not in manifest.files:
        raise _not_a_backup(file)
    return manifest


def _extract(archive: zipfile.ZipFile, name: str, target: Path) -> str:
    """Write one database out; its SHA-256."""
    digest = hashlib.sha256()
    with archive.open(name) as source, target.open("xb") as out:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def _is_sound(path: Path) -> bool:
    with closing(_connect(path)) as connection:
        try:
            return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
        except sqlite3.DatabaseError:
            return False


def _bring_up_to_date(path: Path) -> None:
    """Today's schema; and what was due by now may have been sent since the backup: it is not sent twice."""
    database = Database(f"sqlite:///{path}")
    due = (
        Message.status.in_(("pending", "sending")),
        Message.channel != "call",
        Message.next_try_at <= datetime.now(UTC),
    )
    try:
        database.migrate()
        with database.write() as session:
            session.execute(update(Message).where(*due).values(status="doubtful"))
    finally:
        database.close()


def _replace(databases: dict[str, Path], sources: Path, force: bool) -> list[Path]:
    """Fill the databases from `sources`, all of them held until the end; the copies kept of what they were."""
    now = datetime.now().astimezone()
    with ExitStack() as stack:
        kept = [aside for path in databases.values() for aside in _set_aside_unreadable(path, force, now)]
        former = [name for name, path in databases.items() if path.exists() and path.stat().st_size]
        held = {name: stack.enter_context(_alone(path)) for name, path in databases.items()}
        if not force and _has_appointments(held[MAIN]):
            raise _would_replace(databases[MAIN])
        kept += [_keep(held[name], databases[name], now) for name in former]
        # the appointments last: were this one cut, they would be all as before
        for name in sorted(databases, key=MAIN.__eq__):
            _fill(held[name], sources / name)
    return kept


@contextmanager
def _alone(path: Path) -> Iterator[sqlite3.Connection]:
    """The database with nobody else in it; who opens it meanwhile waits, and then finds what was put in."""
    with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
        try:
            # in this mode even an idle connection of somebody else stops us: the assistant keeps some as long as it serves
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if _primary(error) != sqlite3.SQLITE_BUSY:
                raise
            raise Conflict(
                f"{path} est utilisé par un autre programme. Arrêtez l'assistant (et tout import ou sauvegarde "
                "en cours), puis recommencez."
            ) from error
        yield connection


def _has_appointments(connection: sqlite3.Connection) -> bool:
    """Whether it holds some, or is too damaged to say."""
    try:
        return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM appointment)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return _primary(error) != sqlite3.SQLITE_ERROR  # that one is a table that does not exist


def _set_aside_unreadable(path: Path, force: bool, now: datetime) -> list[Path]:
    """Rename what is no database at all, which can neither be opened nor be in use."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA schema_version")
            return []
        except sqlite3.DatabaseError as error:
            if _primary(error) != sqlite3.SQLITE_NOTADB:
                return []
    if not force:
        raise _would_replace(path)
    aside = []
    for present in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if present.exists():
            aside.append(present.rename(_dated(present, now)))
    return aside


def _keep(connection: sqlite3.Connection, path: Path, now: datetime) -> Path:
    kept = _dated(path, now)
    # by pages, through this connection: a damaged database is copied too, and opening the file would drop our locks
    kept.touch(0o600, exist_ok=False)
    try:
        with closing(_connect(kept)) as target:
            connection.backup(target)
    except sqlite3.Error:
        kept.unlink()
        raise
    return kept


def _dated(path: Path, now: datetime) -> Path:
    return path.with_name(f"{path.name}.avant-{now:%Y-%m-%d-%Hh%Mm%S-%f}")


def _fill(connection: sqlite3.Connection, source: Path) -> None:
    """One transaction: cut at any moment, the database is as it was. A source that is missing empties it."""
    with closing(_connect(source) if source.exists() else sqlite3.connect(":memory:")) as content:
        content.backup(connection)


def _primary(error: sqlite3.Error) -> int:
    """SQLite's main result code, without its details; 0 where it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    """What a disk and SQLite can answer, said of `folder`."""
    try:
        yield
    except (OSError, sqlite3.Error, DBAPIError) as error:
        raise _worded(error.orig if isinstance(error, DBAPIError) else error, folder) from error


def _worded(error: BaseException | None, folder: Path) -> AssistantError:
    details = getattr(error, "sqlite_errorcode", 0)
    code = details & 0xFF
    number = error.errno if isinstance(error, OSError) else 0
    if number in NO_ROOM or code == sqlite3.SQLITE_FULL or details == sqlite3.SQLITE_IOERR_SHMSIZE:
        return Unavailable(f"Il n'y a plus de place dans {folder}. Libérez de l'espace, puis recommencez.")
    if number in NOT_WRITABLE or code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return Unavailable(
            f"Impossible d'écrire dans {folder}. Vérifiez vos droits sur ce dossier, ou changez de dossier."
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return Unavailable(
            f"Une base de {folder} est abîmée. Restaurez la dernière sauvegarde avec « assistant restore »."
        )
    if code == sqlite3.SQLITE_BUSY:
        return Unavailable(
            f"Une base de {folder} est occupée depuis trop longtemps. Recommencez dans quelques minutes."
        )
    return Unavailable(f"Le disque de {folder} a répondu une erreur ({error}). Vérifiez-le, puis recommencez.")


def _altered(file: Path) -> Refused:
    return Refused(f"{file} est abîmé : son contenu a changé depuis la sauvegarde. Prenez une autre sauvegarde.")


def _not_a_backup(file: Path) -> Refused:
    return Refused(f"{file} n'est pas une sauvegarde de l'assistant. Donnez un fichier écrit par « assistant backup ».")


def _would_replace(path: Path) -> Conflict:
    return Conflict(
        f"{path} contient déjà des rendez-vous ou n'est pas lisible. "
        "Ajoutez --force pour le remplacer : une copie datée en sera gardée à côté."
    )
