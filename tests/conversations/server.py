"""A real assistant in a process of its own, on a free port, with a state directory of its own where one is given."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

START_SECONDS = 240
"""Loading takes 20 seconds on an idle machine; many times that while other tests run."""


@contextmanager
def serving(url: str | None = None, **environment: str) -> Iterator[str]:
    """The address of an assistant that is ready: the one given, or one started here with these settings."""
    if url:
        yield url
        return
    port = _free_port()
    command = [sys.executable, "-W", "ignore", "-m", "assistant.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ | environment, cwd=Path(__file__).parents[2])
    try:
        yield _ready(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(url: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the assistant ended with code {process.returncode}")
        try:
            if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                return url
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise TimeoutError("the assistant is not ready")
