"""What child processes run beside a backup or a restoration. Imports no Rasa."""

import os
from pathlib import Path

from sqlalchemy import text

from assistant.settings import Settings
from assistant.storage.backup import restore
from assistant.storage.database import make_engine


def settings_in(folder: Path) -> Settings:
    """Everything in `folder`, whatever the environment says."""
    return Settings(state_dir=folder, database_url="", _env_file=None)  # type: ignore[call-arg]


def make_events(folder: Path) -> None:
    """A table of events as conversations have one."""
    engine = make_engine(settings_in(folder).tracker_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)"))
    engine.dispose()


def talk_until_killed(folder: str, log: str) -> None:
    """Write conversations of two events, each pair in one transaction, and say after each that it is written."""
    engine = make_engine(settings_in(Path(folder)).tracker_database)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    turn = 0
    while True:
        turn += 1
        with engine.begin() as connection:
            for said in ("bonjour", "x" * 2000):
                values = {"sender": str(turn), "said": said}
                connection.execute(text("INSERT INTO events (sender_id, data) VALUES (:sender, :said)"), values)
        os.write(out, f"ok {turn}\n".encode())


def restore_until_killed(folder: str, files: list[str], log: str) -> None:
    """Put these backups back in turn, over and over."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while True:
        for file in files:
            restore(settings_in(Path(folder)), Path(file), force=True)
            os.write(out, b"restored\n")
