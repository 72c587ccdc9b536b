"""Triage as served against Rasa's stock pipeline: time of a message on one core, memory and what it is made of, training.

    python bench/triage.py [--epochs 2]

Both learn the same sentences on all cores, then read the same messages, each in a process of its own pinned to one core: ours
as the engine loads it (places, moments, classifier, and the contract's triage of it), stock as `rasa init` writes it up to
DIET. Stock's few epochs cost it training time only, never speed or memory: its 100 would take so many times longer.
Wall-clock times hold on a machine with nothing else to do; those of the processor hold on a busy one too.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from assistant.logs import configure
from assistant.settings import PROJECT, Settings

MESSAGES = [PROJECT.parent / "shared/eval/messages-dev.jsonl", PROJECT / "tests/quality/messages.jsonl"]
WARM_UP, LONGEST = 20, 30
"""Messages read before any is timed; messages of the greatest length admitted."""
TARGETS = {"message p50, ms": 10, "message p95, ms": 25, "after warm-up, MB": 900, "training, s": 180}
Figures = dict[str, float]


def train_ours(folder: Path) -> tuple[Path, float]:
    """What `make train` does, in the bench's own folder."""
    configure()
    from assistant.dialogue.model import train

    began = time.perf_counter()
    return train(Settings(state_dir=folder)), time.perf_counter() - began


def train_stock(folder: Path, epochs: int) -> tuple[Path, float]:
    """The stock pipeline on the same sentences."""
    configure()
    from assistant.dialogue.stock import StockRasa, diet
    from assistant.quality.training import read

    examples = read(Settings().nlu_data_dir)
    pipeline = StockRasa(diet(epochs), folder)
    began = time.perf_counter()
    pipeline.fit([text for text, _ in examples], [label for _, label in examples])
    return pipeline.archive, time.perf_counter() - began


def serve(model: Path, texts: list[str], state: Path | None) -> Figures:
    """Load a model on one core and time it; with `state`, as the engine serves it, directory and triage included."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    configure()
    memory = {"python and the bench, MB": memory_mb()}
    import tensorflow  # noqa: F401

    memory["with TensorFlow, MB"] = memory_mb()
    from rasa.core.agent import Agent

    import assistant.nlu.classifier  # noqa: F401

    memory["with Rasa, MB"] = memory_mb()
    understood = as_served(state) if state else lambda parsed: parsed
    memory["with catalogue and directory, MB"] = memory_mb()
    agent = Agent.load(model)
    memory["with the model, MB"] = memory_mb()
    times = asyncio.run(latencies(agent, understood, texts))
    return times | memory | {"after warm-up, MB": memory_mb()}


def as_served(state: Path) -> Callable[[dict[str, Any]], object]:
    """Open what the places need; what makes the contract's triage of parse data."""
    from assistant.app import Services, use
    from assistant.dialogue.triage import to_triage

    services = use(Services.open(Settings(state_dir=state)))
    return lambda parsed: to_triage(parsed, services.catalogue)


async def latencies(agent: Any, understood: Callable[[dict[str, Any]], object], texts: list[str]) -> Figures:
    """Milliseconds of each message, by the clock and of the processor; then of the longest messages admitted."""

    async def timed(text: str) -> tuple[float, float]:
        clock, processor = time.perf_counter(), time.process_time()
        understood(await agent.parse_message(text))
        return (time.perf_counter() - clock) * 1000, (time.process_time() - processor) * 1000

    for text in texts[:WARM_UP]:
        await timed(text)
    clock, processor = zip(*[await timed(text) for text in texts], strict=True)
    longest = [await timed(text) for text in long_messages(texts)]
    return {
        "message p50, ms": statistics.median(clock),
        "message p95, ms": statistics.quantiles(clock, n=20)[18],
        "processor p50, ms": statistics.median(processor),
        "processor p95, ms": statistics.quantiles(processor, n=20)[18],
        "longest admitted p50, ms": statistics.median(time for time, _ in longest),
        "longest admitted max, ms": max(time for time, _ in longest),
    }


def long_messages(texts: list[str]) -> list[str]:
    """Pieces of all messages put end to end, each as long as a message may be."""
    everything, most = " ".join(texts), Settings().max_message_chars
    starts = range(0, len(everything) - most, max(1, (len(everything) - most) // LONGEST))
    return [everything[start : start + most] for start in starts][:LONGEST]


def memory_mb() -> float:
    """Resident memory of this process."""
    return psutil.Process().memory_info().rss / 1e6


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do it in a new process, which ends with it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def read_texts() -> list[str]:
    """The messages of the first labelled set there is."""
    path = next(path for path in MESSAGES if path.exists())
    lines = path.read_text(encoding="utf-8").splitlines()
    return [text for line in lines if line.strip() and (text := json.loads(line)["text"]).strip()]


def show(ours: Figures, stock: Figures, epochs: int) -> None:
    """The figures, ours as a ratio of stock, and whether ours is within its target."""
    print(f"load of the machine before: {os.getloadavg()[2]:.1f} over 15 minutes, {os.cpu_count()} processors")
    print(f"{'':34s} {'ours':>9s} {f'stock ({epochs} epochs)':>17s} {'ratio':>7s}")
    for figure, mine in ours.items():
        target = TARGETS.get(figure)
        verdict = f"   < {target} {'ok' if mine < target else 'TOO MUCH'}" if target else ""
        print(f"{figure:34s} {mine:9.1f} {stock[figure]:17.1f} {mine / stock[figure]:7.2f}{verdict}")


def main() -> None:
    """Train and serve both, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=2, help="of stock's DIET")
    epochs = parser.parse_args().epochs
    from engine import copy_places

    sys.path.remove(str(Path(__file__).parent))  # bench/catalogue.py would hide the library of that name from spaCy
    texts = read_texts()
    with tempfile.TemporaryDirectory() as folder:
        state, other = Path(folder) / "ours", Path(folder) / "stock"
        for made in (state, other):
            made.mkdir()
        copy_places(str(state))
        (model, my_seconds), (stock_model, their_seconds) = alone(train_ours, state), alone(train_stock, other, epochs)
        ours = alone(serve, model, texts, state) | {"training, s": my_seconds}
        stock = alone(serve, stock_model, texts, None) | {"training, s": their_seconds}
    show(ours, stock, epochs)


if __name__ == "__main__":
    main()
