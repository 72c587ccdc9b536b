"""One turn of the in-process engine against stock Rasa (`rasa run` + `rasa run actions`), same model, same run.

    python bench/engine.py [--turns 60] [--clients 20]

Both answer over HTTP on this machine: the assistant's own API, and Rasa's REST channel. Prints a turn's latency, messages a
second with several clients at once, resident memory, time to be ready, and the ratios.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil

from assistant.dialogue.model import newest_model
from assistant.settings import PROJECT, Settings

MESSAGES = ["bonjour", "j'ai perdu mon permis", "combien ça coûte ?", "Vesoul", "le plus tôt possible", "merci"]
BIN = Path(sys.executable).parent
RASA_PORT, ACTIONS_PORT, OURS_PORT = 8805, 8855, 8800
ENDPOINTS = f"""
action_endpoint:
  url: http://127.0.0.1:{ACTIONS_PORT}/webhook
"""


@contextmanager
def running(command: list[str], url: str, environment: dict[str, str]) -> Iterator[tuple[psutil.Process, float]]:
    """A server process that answers at `url`, and the seconds it took to."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=PROJECT, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                if httpx.get(url, timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            if process.poll() is not None or time.perf_counter() - started > 240:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.2)
        yield psutil.Process(process.pid), time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(timeout=30)


def ours(client: httpx.Client) -> Callable[[str], None]:
    """Sends one message of a conversation of its own to the assistant."""
    base = f"http://127.0.0.1:{OURS_PORT}/api/conversations"
    conversation = client.post(base).raise_for_status().json()["conversation"]
    return lambda text: _sent(client.post(f"{base}/{conversation}/messages", json={"text": text}))


def stock(client: httpx.Client) -> Callable[[str], None]:
    """Sends one message of a conversation of its own to Rasa's REST channel."""
    sender = os.urandom(8).hex()
    url = f"http://127.0.0.1:{RASA_PORT}/webhooks/rest/webhook"
    return lambda text: _sent(client.post(url, json={"sender": sender, "message": text}))


def _sent(response: httpx.Response) -> None:
    assert response.raise_for_status().json(), "an empty answer"


def measure(
    open_conversation: Callable[[httpx.Client], Callable[[str], None]], turns: int, clients: int
) -> dict[str, float]:
    """Milliseconds a turn (p50, p95) alone, and messages a second with `clients` at once."""
    with httpx.Client(timeout=60) as client:
        send, times = open_conversation(client), []
        for text in MESSAGES:
            send(text)
        for turn in range(turns):
            if turn % 30 == 0:
                send = open_conversation(client)
            started = time.perf_counter()
            send(MESSAGES[turn % len(MESSAGES)])
            times.append((time.perf_counter() - started) * 1000)

        def citizen(_number: int) -> None:
            say = open_conversation(client)
            for text in MESSAGES:
                say(text)

        started = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(citizen, range(clients)))
        rate = clients * len(MESSAGES) / (time.perf_counter() - started)
    return {"p50 ms": statistics.median(times), "p95 ms": statistics.quantiles(times, n=20)[18], "messages/s": rate}


def memory_mb(processes: list[psutil.Process]) -> float:
    """Resident memory of processes with their children."""
    return sum(p.memory_info().rss for parent in processes for p in [parent, *parent.children(recursive=True)]) / 1e6


def main() -> None:
    """Measure both, one after the other, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--clients", type=int, default=20)
    arguments = parser.parse_args()
    model = str(newest_model(Settings()))
    results = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        endpoints = Path(folder) / "endpoints.yml"
        endpoints.write_text(ENDPOINTS)
        environment = {
            "ASSISTANT_MODEL_PATH": model,
            "ASSISTANT_MESSAGES_PER_MINUTE": "10000",
            "RASA_TELEMETRY_ENABLED": "false",
        }
        actions = [str(BIN / "rasa"), "run", "actions", "--actions", "actions", "--port", str(ACTIONS_PORT)]
        rasa = [str(BIN / "rasa"), "run", "--model", model, "--endpoints", str(endpoints), "--port", str(RASA_PORT)]
        rasa += ["--interface", "127.0.0.1"]
        one, first = stack.enter_context(running(actions, f"http://127.0.0.1:{ACTIONS_PORT}/health", environment))
        two, second = stack.enter_context(running(rasa, f"http://127.0.0.1:{RASA_PORT}/status", environment))
        results["rasa run + actions"] = measure(stock, arguments.turns, arguments.clients)
        results["rasa run + actions"] |= {"MB": memory_mb([one, two]), "ready s": first + second}
    with ExitStack() as stack:
        serve = [str(BIN / "assistant"), "serve", "--port", str(OURS_PORT)]
        process, ready = stack.enter_context(running(serve, f"http://127.0.0.1:{OURS_PORT}/readyz", environment))
        results["in process"] = measure(ours, arguments.turns, arguments.clients)
        results["in process"] |= {"MB": memory_mb([process]), "ready s": ready}
    show(results)


def show(results: dict[str, dict[str, float]]) -> None:
    """The figures, and in-process as a ratio of stock."""
    ours_, stock_ = results["in process"], results["rasa run + actions"]
    print(f"{'':12s} {'in process':>12s} {'stock':>12s} {'ratio':>8s}")
    for figure in ours_:
        print(f"{figure:12s} {ours_[figure]:12.1f} {stock_[figure]:12.1f} {ours_[figure] / stock_[figure]:8.2f}")


if __name__ == "__main__":
    main()
