"""Import the communes and the directory of a folder, unless the last import already was of these files."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from assistant.directory.cli import communes, directory
from assistant.settings import Settings
from assistant.storage.database import Database
from assistant.storage.tables import DirectoryImport

FILES = {"communes": "communes.csv", "directory": "france_services.csv"}
EDITIONS = {"directory": datetime(2024, 8, 1)}
"""The date of the edition kept there: the file itself does not say it."""
COMMANDS = {"communes": communes, "directory": directory}


def main(folder: Path) -> None:
    """Communes first: the directory's places are put in them."""
    database = Database(Settings().database)
    database.migrate()
    for kind, name in FILES.items():
        path = (folder / name).resolve()
        if path.exists() and not is_imported(database, kind, path):
            COMMANDS[kind](str(path), data_date=EDITIONS.get(kind))
    database.close()


def is_imported(database: Database, kind: str, path: Path) -> bool:
    """Whether the last real import of this kind is of this file, and younger than it."""
    query = select(DirectoryImport).where(DirectoryImport.kind == kind).order_by(DirectoryImport.id.desc())
    with database.read() as session:
        last = session.scalars(query).first()
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return last is not None and not last.sample and last.source == str(path) and last.imported_at > changed


if __name__ == "__main__":
    main(Path(sys.argv[1]))
