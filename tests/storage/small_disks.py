"""Run a backup or a restoration on disks of 16 KiB, 32 KiB … until it goes. Needs the right to mount.

    python -m tests.storage.small_disks backup|restore|replace DISK STATE FILE

`replace` restores by force over a copy of STATE. Prints a line of JSON a disk: what was said, the files left there, and
the codes of the appointments then there.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from assistant.errors import AssistantError
from assistant.storage.backup import backup, restore
from tests.storage.storage_world import settings_in

STEP, LARGEST = 16, 4096
"""KiB."""


def attempt(command: str, disk: Path, state: Path, file: Path) -> str:
    try:
        if command == "backup":
            backup(settings_in(state), file)
        else:
            restore(settings_in(disk), file, force=command == "replace")
    except AssistantError as error:
        return error.message
    return "done"


def codes(path: Path) -> list[str]:
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'appointment'").fetchone():
            return []
        return [code for (code,) in connection.execute("SELECT code FROM appointment ORDER BY id")]


def on_disk(size: int, command: str, disk: Path, state: Path, file: Path) -> str | None:
    """What was said on a disk of `size` KiB; None where it cannot even hold what is replaced."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", disk], check=True)
    try:
        if command == "replace":
            shutil.copytree(state, disk, dirs_exist_ok=True)
    except shutil.Error:
        said = None
    else:
        said = attempt(command, disk, state, file)
        left = sorted(path.name for path in disk.iterdir())
        print(json.dumps({"said": said, "left": left, "codes": codes(disk / "assistant.sqlite")}), flush=True)
    subprocess.run(["umount", disk], check=True)
    return said


for kib in range(STEP, LARGEST, STEP):
    if on_disk(kib, sys.argv[1], *map(Path, sys.argv[2:])) == "done":
        break
