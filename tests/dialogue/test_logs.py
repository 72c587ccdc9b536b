"""Logs say what happened, never what was said."""

import subprocess
import sys
from pathlib import Path

from assistant.settings import PROJECT
from tests.dialogue.spoken import WORDS


def test_nothing_that_was_said_is_logged_even_at_debug_level(model: Path, tmp_path: Path) -> None:
    """A request, a name, a number, a failing action and a failing store: the logs of all levels hold none of it."""
    command = [sys.executable, "-m", "tests.dialogue.spoken", str(tmp_path), str(model)]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=300)
    written = run.stdout + run.stderr
    assert run.returncode == 0, written[-2000:]
    assert "talk.ended" in written and "talk ended too" in written
    assert "rule_policy" in written, "Rasa's own logs are not there"
    leaks = [line[:200] for line in written.splitlines() if any(word.lower() in line.lower() for word in WORDS)]
    assert not leaks, "\n".join(leaks[:20])
