"""The file that takes messages where no server is set: lines are taken out while senders go on appending."""

import fcntl
import json
import os
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class OutboxFile:
    """The outbox's file, there or not."""

    def __init__(self, path: Path):
        self._path = path

    def lines(self, wanted: Callable[[Line], bool]) -> list[Line]:
        """The messages that are wanted, in order."""
        if not self._path.exists():
            return []
        read = (_read(line) for line in self._path.read_bytes().splitlines())
        return [line for line in read if line is not None and wanted(line)]

    def forget(self, unwanted: Callable[[Line], bool]) -> int:
        """Take the unwanted messages out, and count them; half a line goes with them, it is of use to nobody."""
        if not self._path.exists():
            return 0
        # the same file, never another in its place: a sender that has it open would write to one that nobody reads
        with self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = file.read().splitlines(keepends=True)
            kept = [line for line in lines if (message := _read(line)) is not None and not unwanted(message)]
            if len(kept) < len(lines):
                _rewrite(file.fileno(), b"".join(kept))
        return len(lines) - len(kept)

    def forget_before(self, moment: datetime) -> int:
        """Take out what was written until then."""
        return self.forget(lambda line: datetime.fromisoformat(line["written_at"]) <= moment)


def concerns(keys: Collection[str], codes: Collection[str], recipients: Collection[str]) -> Callable[[Line], bool]:
    """Whether a message is one of these, says one of these codes or goes to one of these addresses."""
    return lambda line: (
        line["key"] in keys or line["recipient"] in recipients or any(code in line["text"] for code in codes)
    )


def _read(line: bytes) -> Line | None:
    """The message of a line; None for half of one, left by a process that was killed."""
    try:
        read = json.loads(line)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _rewrite(file: int, content: bytes) -> None:
    size = os.fstat(file).st_size
    # what stood behind is written over before the file is made shorter
    os.pwrite(file, content + b"\n" * (size - len(content)), 0)
    os.fsync(file)
    os.ftruncate(file, len(content))
    os.fsync(file)
