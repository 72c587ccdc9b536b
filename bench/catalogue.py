"""Loading the catalogue and planning a situation, against naive versions, as ratios in one run.

    python bench/catalogue.py

Naive loading reads the same files with a YAML reader written in Python. Naive planning reads the procedure's file again at
each answer and tries every choice of every question on every condition. Both must find the same.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ruamel.yaml import YAML

from assistant.catalogue import yaml_file
from assistant.catalogue.loader import Catalogue, load
from assistant.catalogue.models import Procedure, Situation
from assistant.catalogue.planner import plan
from assistant.catalogue.walk import situations
from assistant.settings import PROJECT, Settings

sys.path.insert(0, str(PROJECT / "tests" / "catalogue"))
from plain_planner import plain_plan

ROUNDS = 5
LOAD_TARGET_MS, PLAN_TARGET_MS = 300, 1
MOST_SITUATIONS = "justice/aide_juridictionnelle"
QUESTIONS, CHOICES = 24, 4


def naive_yaml(path: Path) -> dict[str, Any]:
    """A file by a reader in Python."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def naive_load(folder: Path) -> Catalogue:
    """The whole catalogue by that reader."""
    with patch.object(yaml_file, "read", naive_yaml):
        return load(folder)


def naive_plan(folder: Path, catalogue: Catalogue, procedure: Procedure, situation: Situation) -> dict:
    """The procedure read again, then brute force; the partner and the shared documents are given for free."""
    shared = {document.id: document.model_dump() for document in procedure.documents}
    raw = naive_yaml(folder / f"{procedure.id}.yml") | {"id": procedure.id, "partner": procedure.partner}
    raw["documents"] = [shared[document.get("use") or document["id"]] for document in raw["documents"]]
    return plain_plan(Procedure.model_validate(raw), situation)


def many_questions() -> Procedure:
    """Larger than any real one: every third question hangs on the one before, two documents a question."""
    choices = [{"id": f"c{i}", "label": f"Choix {i}"} for i in range(CHOICES)]
    questions = [{"id": f"q{i}", "text": "Laquelle ?", "choices": choices} for i in range(QUESTIONS)]
    for index in range(2, QUESTIONS, 3):
        questions[index]["when"] = {f"q{index - 1}": "c0"}
    whens = [{f"q{i}": [f"c{i % CHOICES}"]} for i in range(QUESTIONS)]
    whens += [{f"q{i}": ["c0", "c1"], f"q{(i + 5) % QUESTIONS}": "c2"} for i in range(QUESTIONS)]
    return Procedure.model_validate(
        {
            "id": "essai/essai",
            "partner": "essai",
            "title": "Essai",
            "official_title": "Essai",
            "asked_as": "un essai du planificateur",
            "summary": "Un essai.",
            "counter": {"help": "informs", "text": "On essaie.", "minutes": 30},
            "questions": questions,
            "documents": [{"id": f"d{i}", "label": "Un papier", "when": when} for i, when in enumerate(whens)],
            "references": [{"id": "F1", "title": "Une fiche", "url": "https://exemple.fr", "date": None}],
            "checked": date(2026, 1, 1),
            "official_list": True,
        }
    )


def times(work: Callable[[Any], object], items: Iterable[Any]) -> list[float]:
    """Milliseconds of processor of each: what else the machine does is not counted."""
    found = []
    for item in items:
        started = time.process_time()
        work(item)
        found.append((time.process_time() - started) * 1000)
    return found


def report(name: str, ours: list[float], naive: list[float], target: float) -> None:
    """Median and 95th percentile of ours, the naive median, the ratio of the medians."""
    middle, slow, other = statistics.median(ours), statistics.quantiles(ours, n=20)[18], statistics.median(naive)
    verdict = "ok" if middle < target else "TOO SLOW"
    print(f"{name:34s} {middle:9.3f} {slow:9.3f} {other:10.3f} {other / middle:8.1f}   < {target} ms {verdict}")


def main() -> None:
    """Check that both find the same, then time both."""
    folder = Settings().procedures_dir
    catalogue = load(folder)
    assert naive_load(folder) == catalogue
    print(f"{len(catalogue.procedures)} procedures; milliseconds of processor")
    print(f"{'':34s} {'median':>9s} {'p95':>9s} {'naive':>10s} {'ratio':>8s}")
    report("load", times(load, [folder] * ROUNDS), times(naive_load, [folder] * 3), LOAD_TARGET_MS)

    procedure = catalogue.procedure(MOST_SITUATIONS)
    reached = [found.situation for found, _ in situations(procedure)]
    slow = reached[:: len(reached) // 30]
    for situation in slow:
        found = plan(procedure, situation)
        assert [d.id for d in found.certain] == naive_plan(folder, catalogue, procedure, situation)["certain"]
    ours = times(lambda situation: plan(procedure, situation), reached)
    naive = times(lambda situation: naive_plan(folder, catalogue, procedure, situation), slow)
    report(f"plan, {len(reached)} situations of one", ours, naive, PLAN_TARGET_MS)

    big = many_questions()
    answers = random.Random(1)
    reached = [
        {q.id: answers.choice(q.choices).id for q in big.questions if answers.random() < 0.3} for _ in range(300)
    ]
    assert all(plan(big, one).question.id == plain_plan(big, one)["question"] for one in reached[::30])
    report(
        f"plan, {QUESTIONS} questions, a third answered",
        times(lambda situation: plan(big, situation), reached),
        times(lambda situation: plain_plan(big, situation), reached[::10]),
        PLAN_TARGET_MS,
    )
    report(
        "plan, the same before any answer",
        times(lambda _: plan(big, {}), range(100)),
        times(lambda _: plain_plan(big, {}), range(10)),
        PLAN_TARGET_MS,
    )


if __name__ == "__main__":
    main()
