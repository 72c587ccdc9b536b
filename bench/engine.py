"""One turn of the in-process engine against stock Rasa (`rasa run` + `rasa run actions`), same model, same run.

    python bench/engine.py [--turns 60] [--clients 20]

Both answer over HTTP on this machine, keep conversations in SQLite with our store, know the same places, and are sent the
same messages: the assistant by its own API (which also counts the turn and gives the state), Rasa by its REST channel.
Prints a turn's latency, messages a second with several clients at once, how long the health page takes while forty messages
are processed, resident memory, time to be ready, and the ratios. The machine should have nothing else to do.
"""

import argparse
import os
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from assistant.dialogue.model import newest_model
from assistant.settings import PROJECT, Settings

MESSAGES = ["bonjour", "j'ai perdu mon permis", "combien ça coûte ?", "Vesoul", "le plus tôt possible", "merci"]
TURNS_OF_A_CONVERSATION = 30
BUSY = 40
"""Messages under way while the health page is asked for."""
RASA = [sys.executable, "-W", "ignore", "-m", "rasa", "run"]
OURS = [sys.executable, "-W", "ignore", "-m", "assistant.cli", "serve"]
RASA_PORT, ACTIONS_PORT, OURS_PORT = 8805, 8855, 8800
ENDPOINTS = """
action_endpoint:
  url: http://127.0.0.1:{port}/webhook
tracker_store:
  type: assistant.dialogue.tracker_store.ConversationStore
  url: sqlite:///{folder}/stock.sqlite
"""
Say = Callable[[str], list[str]]


@dataclass(frozen=True)
class Side:
    """How to talk to one of the two: a new conversation gives what sends its messages; `health` is its health page."""

    open: Callable[[httpx.Client], Say]
    health: str


def start(command: list[str], folder: str, model: str) -> subprocess.Popen[bytes]:
    """A server process on the bench's own state folder."""
    environment = {
        "ASSISTANT_STATE_DIR": folder,
        "ASSISTANT_MODEL_PATH": model,
        "ASSISTANT_MESSAGES_PER_MINUTE": "10000",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=PROJECT, env=os.environ | environment, stdout=nowhere, stderr=nowhere)


@contextmanager
def running(servers: dict[str, list[str]], folder: str, model: str) -> Iterator[tuple[list[psutil.Process], float]]:
    """{url that answers once it is ready: command}: all started together, and the seconds until all are."""
    started = time.perf_counter()
    processes = {url: start(command, folder, model) for url, command in servers.items()}
    try:
        for url, process in processes.items():
            while not _answers(url):
                if process.poll() is not None or time.perf_counter() - started > 240:
                    raise RuntimeError(f"{' '.join(servers[url])} did not start")
                time.sleep(0.1)
        yield [psutil.Process(p.pid) for p in processes.values()], time.perf_counter() - started
    finally:
        for process in processes.values():
            process.terminate()
            process.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def ours(client: httpx.Client) -> Say:
    """A conversation with the assistant."""
    base = f"http://127.0.0.1:{OURS_PORT}/api/conversations"
    conversation = client.post(base).raise_for_status().json()["conversation"]

    def say(text: str) -> list[str]:
        answer = client.post(f"{base}/{conversation}/messages", json={"text": text}).raise_for_status().json()
        return [reply["text"] for reply in answer["replies"]]

    return say


def stock(client: httpx.Client) -> Say:
    """A conversation with Rasa's REST channel, welcomed as the assistant welcomes."""
    sender, url = secrets.token_hex(8), f"http://127.0.0.1:{RASA_PORT}/webhooks/rest/webhook"

    def say(text: str) -> list[str]:
        answer = client.post(url, json={"sender": sender, "message": text}).raise_for_status().json()
        # Rasa sends a bubble's words, buttons and data as several messages
        return [message["text"].strip() for message in answer if message.get("text")]

    say("/accueillir")
    return say


def measure(side: Side, turns: int, clients: int) -> dict[str, float]:
    """Every figure of one side, one after the other on a quiet server."""
    with httpx.Client(timeout=120, limits=httpx.Limits(max_connections=BUSY + 10)) as client:
        times = latencies(side, client, turns)
        health = health_under_load(side, client)
        return {
            "turn p50, ms": statistics.median(times),
            "turn p95, ms": statistics.quantiles(times, n=20)[18],
            f"messages/s, {clients} clients": rate(side, client, clients),
            "health p50, ms": statistics.median(health),
            "health max, ms": max(health),
        }


def latencies(side: Side, client: httpx.Client, turns: int) -> list[float]:
    """Milliseconds of each turn of one person at a time, after a first conversation that warms up."""
    times: list[float] = []
    for turn in range(-len(MESSAGES), turns):
        if turn == -len(MESSAGES) or turn % TURNS_OF_A_CONVERSATION == 0:
            say = side.open(client)
        began = time.perf_counter()
        assert say(MESSAGES[turn % len(MESSAGES)]), "an empty answer"
        times.append((time.perf_counter() - began) * 1000)
    return times[len(MESSAGES) :]


def rate(side: Side, client: httpx.Client, clients: int) -> float:
    """Messages a second with several people at once; opening their conversations is not counted."""
    people = [side.open(client) for _ in range(clients)]

    def talk(say: Say) -> None:
        for text in MESSAGES:
            assert say(text), "an empty answer"

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(talk, people))
    return clients * len(MESSAGES) / (time.perf_counter() - began)


def health_under_load(side: Side, client: httpx.Client) -> list[float]:
    """Milliseconds of the health page, asked for again and again while forty people wait for their answer."""
    people, times = [side.open(client) for _ in range(BUSY)], []
    with ThreadPoolExecutor(BUSY) as pool:
        answers = [pool.submit(say, MESSAGES[1]) for say in people]
        while not all(answer.done() for answer in answers):
            began = time.perf_counter()
            client.get(side.health).raise_for_status()
            times.append((time.perf_counter() - began) * 1000)
            time.sleep(0.01)
    assert all(answer.result() for answer in answers), "an empty answer"
    return times


def memory_mb(processes: list[psutil.Process]) -> float:
    """Resident memory of processes with their children."""
    return sum(p.memory_info().rss for parent in processes for p in [parent, *parent.children(recursive=True)]) / 1e6


def run(
    side: Side, servers: dict[str, list[str]], folder: str, model: str, turns: int, clients: int
) -> tuple[dict[str, float], list[str]]:
    """The figures of one side, and what it answers to the messages."""
    with running(servers, folder, model) as (processes, ready):
        with httpx.Client(timeout=60) as client:
            say = side.open(client)
            said = [text for message in MESSAGES for text in say(message)]
        figures = measure(side, turns, clients)
        return figures | {"memory, MB": memory_mb(processes), "ready, s": ready}, said


def copy_places(folder: str) -> None:
    """The imported directory, where there is one: nothing of the bench stays in the real state folder."""
    source = Settings().state_dir / "assistant.sqlite"
    if source.exists():
        with sqlite3.connect(source) as places, sqlite3.connect(Path(folder) / "assistant.sqlite") as copy:
            places.backup(copy)


def main() -> None:
    """Measure both, one after the other, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--clients", type=int, default=20)
    arguments = parser.parse_args()
    model = str(newest_model(Settings()))
    with tempfile.TemporaryDirectory() as folder:
        copy_places(folder)
        endpoints = Path(folder) / "endpoints.yml"
        endpoints.write_text(ENDPOINTS.format(port=ACTIONS_PORT, folder=folder))
        served = ["--model", model, "--endpoints", str(endpoints), "--port", str(RASA_PORT), "--interface", "127.0.0.1"]
        two = {
            f"http://127.0.0.1:{ACTIONS_PORT}/health": [
                *RASA,
                "actions",
                "--actions",
                "actions",
                "--port",
                str(ACTIONS_PORT),
            ],
            f"http://127.0.0.1:{RASA_PORT}/": [*RASA, *served],
        }
        one = {f"http://127.0.0.1:{OURS_PORT}/readyz": [*OURS, "--port", str(OURS_PORT)]}
        sides = (
            (Side(ours, f"http://127.0.0.1:{OURS_PORT}/healthz"), one),
            (Side(stock, f"http://127.0.0.1:{RASA_PORT}/"), two),
        )
        results = [run(side, servers, folder, model, arguments.turns, arguments.clients) for side, servers in sides]
    show(*results)


def show(in_process: tuple[dict[str, float], list[str]], stock_: tuple[dict[str, float], list[str]]) -> None:
    """The figures, and in-process as a ratio of stock."""
    (mine, my_answers), (theirs, their_answers) = in_process, stock_
    print(f"load of the machine before: {os.getloadavg()[2]:.1f} over 15 minutes, {os.cpu_count()} processors")
    print(f"same answers on both sides: {'yes' if my_answers == their_answers else 'NO'}")
    print(f"{'':24s} {'in process':>12s} {'stock':>12s} {'ratio':>8s}")
    for figure in mine:
        print(f"{figure:24s} {mine[figure]:12.1f} {theirs[figure]:12.1f} {mine[figure] / theirs[figure]:8.2f}")


if __name__ == "__main__":
    main()
