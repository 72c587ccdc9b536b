"""As-you-type triage with fifty operators on the telephone, against the same server asked as forms are: a question a key.

    python bench/operator.py [--operators 50] [--seconds 30] [--workers 2]

Real servers over HTTP, real sessions, the trained model, the national directory where it was imported. An operator types one
message after another at the speed people type while they listen, and between two messages listens as long. As the console does,
a question is asked by the key that ends a word, or once typing has stopped for 0.4 s; one at a time, the newest words once the
answer before is there. Timed: from that key, or the end of that pause, to the candidates. The naive way asks at each key, all at
once. The load is made on the same machine. Exit 1 where the console's p95 is 60 ms or more.
"""

import argparse
import asyncio
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp

from assistant.app import Services
from assistant.dialogue.model import newest_model
from assistant.settings import PROJECT, Settings
from assistant.staff.accounts import Role, Scope

PORT = 8830
TARGET_MS = 60
KEY_SECONDS = 0.22
"""Between two keys, median: some fifty words a minute."""
MESSAGES = PROJECT / "tests/quality/messages.jsonl"


@dataclass
class Waits:
    """Milliseconds from a key to its candidates."""

    each: list[float] = field(default_factory=list)
    refused: int = 0

    def said(self) -> str:
        """The figures, in French."""
        if len(self.each) < 2:
            return "aucune réponse"
        cuts = statistics.quantiles(self.each, n=100)
        return f"p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, {len(self.each)} réponses, {self.refused} refus"

    @property
    def p95(self) -> float:
        """Infinite where nothing came."""
        return statistics.quantiles(self.each, n=100)[94] if len(self.each) > 1 else float("inf")


@dataclass
class Operator:
    """Somebody who types; `naive` asks at each key without waiting for the answer before."""

    session: aiohttp.ClientSession
    headers: dict[str, str]
    messages: list[str]
    random: Random
    waits: Waits
    naive: bool

    async def work(self, until: float) -> None:
        """Type, listen, type."""
        await asyncio.sleep(self.random.uniform(0, 5))
        while time.perf_counter() < until:
            text = self.random.choice(self.messages)[:90]
            began = time.perf_counter()
            await self._type(text, until)
            await asyncio.sleep(min(time.perf_counter() - began, max(0.0, until - time.perf_counter())))

    async def _type(self, text: str, until: float) -> None:
        under_way: set[asyncio.Task[None]] = set()
        for end in range(3, len(text) + 1):
            if time.perf_counter() > until:
                break
            await asyncio.sleep(self.random.lognormvariate(0, 0.4) * KEY_SECONDS)
            if self.naive or (not under_way and self._ends_word(text, end)):
                task = asyncio.create_task(self._ask(text[:end]))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)

    @staticmethod
    def _ends_word(text: str, end: int) -> bool:
        return end == len(text) or not text[end - 1].isalnum()

    async def _ask(self, text: str) -> None:
        began = time.perf_counter()
        address = f"http://127.0.0.1:{PORT}/operateur/triage"
        async with self.session.post(address, json={"text": text}, headers=self.headers) as response:
            await response.read()
            if response.status == 200:
                self.waits.each.append(1000 * (time.perf_counter() - began))
            else:
                self.waits.refused += 1


def prepare(folder: str, model: str) -> tuple[Settings, dict[str, str]]:
    """A state folder with the imported places, and an operator signed in."""
    own = Path(Settings().state_dir) / "assistant.sqlite"
    if own.exists():
        shutil.copy(own, folder)
    settings = Settings(state_dir=Path(folder), model_path=Path(model), database_url="", redis_url="")
    services = Services.open(settings)
    password = secrets.token_urlsafe(16)
    login = f"bench-{secrets.token_hex(4)}"
    member = services.accounts.add(login, "Bench", Role.OPERATOR, Scope(everywhere=True), password, services.now())
    token = services.sessions.open(member, services.now())
    signed_in = services.sessions.find(token, services.now())
    services.close()
    assert signed_in
    return settings, {"Cookie": f"session={token}", "X-CSRF-Token": signed_in.csrf}


def serve(folder: str, model: str, workers: int) -> subprocess.Popen[bytes]:
    """Identical processes behind one port."""
    environment = {"ASSISTANT_STATE_DIR": folder, "ASSISTANT_MODEL_PATH": model, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "uvicorn",
        "--factory",
        "assistant.web.app:create_app",
        "--ws",
        "none",
    ]
    command += ["--port", str(PORT), "--workers", str(workers), "--no-access-log", "--log-level", "error"]
    return subprocess.Popen(command, cwd=PROJECT, env=os.environ | environment)


async def measure(headers: dict[str, str], operators: int, seconds: float) -> dict[str, Waits]:
    """The console's way, then the naive one, on the same servers."""
    lines = MESSAGES.read_text(encoding="utf-8").splitlines()
    messages = [text for line in lines if len(text := json.loads(line)["text"]) > 20]
    found = {}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        await _ready(session, headers)
        for name in ("console", "naive"):
            waits, until = Waits(), time.perf_counter() + seconds
            crew = [Operator(session, headers, messages, Random(n), waits, name == "naive") for n in range(operators)]
            await asyncio.gather(*(each.work(until) for each in crew))
            found[name] = waits
    return found


async def _ready(session: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    """Until every process answers: a row of answers without a refusal."""
    end, in_a_row = time.perf_counter() + 240, 0
    while in_a_row < 40:
        if time.perf_counter() > end:
            raise RuntimeError("the servers did not start")
        try:
            # a new connection each time: it may be the other process's
            closing = headers | {"Connection": "close"}
            async with session.post(
                f"http://127.0.0.1:{PORT}/operateur/triage", json={"text": "bonjour"}, headers=closing
            ) as r:
                in_a_row = in_a_row + 1 if r.status == 200 else 0
        except aiohttp.ClientError:
            in_a_row = 0
        await asyncio.sleep(0.05 if in_a_row else 0.5)


def main() -> int:
    """1 where the target is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--operators", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    model = str(newest_model(Settings()))
    with tempfile.TemporaryDirectory() as folder:
        _, headers = prepare(folder, model)
        server = serve(folder, model, given.workers)
        try:
            found = asyncio.run(measure(headers, given.operators, given.seconds))
        finally:
            server.terminate()
            server.wait()
    print(
        f"{given.operators} opérateurs, {given.workers} processus, {os.cpu_count()} cœurs, charge {os.getloadavg()[0]:.1f}"
    )
    print(f"comme la console, une question à la fois : {found['console'].said()}")
    print(f"une question par touche : {found['naive'].said()}")
    return int(found["console"].p95 >= TARGET_MS)


if __name__ == "__main__":
    sys.exit(main())
