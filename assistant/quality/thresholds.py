"""Thresholds and temperature set from data: what each mistake costs a person, summed over the measuring messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from math import log
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from assistant.nlu.decision import REQUEST, Thresholds, procedure_id
from assistant.nlu.learning.request_model import RequestModel, Scored
from assistant.quality.measure import predict, readings
from assistant.quality.messages import Message, Prediction, covers, is_right

GRID: dict[str, tuple[float, ...]] = {
    "answer": (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5),
    "vague": (0.5, 0.75, 1.0, 1.5, 2.0, 3.0),
    "refuse": (0.6, 0.8, 1.0, 1.25, 1.5),
    "alarm": (0.3, 0.4, 0.5, 0.6, 0.7),
    "named_alarm": (0.05, 0.1, 0.15, 0.2, 0.3),
    "homeless_alarm": (0.5, 0.7, 0.8, 0.9, 0.95),
    "several": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    "second": (0.05, 0.1, 0.15, 0.2, 0.3),
}
TEMPERATURES = np.arange(0.4, 2.01, 0.05)
MISSED_ALARM, FALSE_ALARM, WRONG, ASKED_BACK, REFUSED = 20.0, 5.0, 1.0, 0.5, 1.0
"""A missed emergency may cost a life; a wrong list sends somebody away; a question more costs half of that."""


def cost(message: Message, prediction: Prediction) -> float:
    """What the prediction costs the person who wrote the message."""
    if is_right(message, prediction):
        return 0.0
    if message.kind == "urgence":
        return MISSED_ALARM
    if prediction.kind == "urgence":
        return FALSE_ALARM
    if prediction.kind == "clarify":
        return ASKED_BACK
    return REFUSED if prediction.kind == "out_of_scope" else WRONG


def best_thresholds(model: RequestModel, messages: Sequence[Message], start: Thresholds) -> tuple[Thresholds, float]:
    """The thresholds of least cost, one moved at a time until none moves; and that cost a message.

    Of several values that cost as little, the middle one: the farthest from both mistakes.
    """
    read = readings(model, messages)

    def total(candidate: Thresholds) -> float:
        predictions = predict(messages, read, candidate)
        return sum(cost(m, p) for m, p in zip(messages, predictions, strict=True))

    best, least = start, total(start)
    while True:
        before = least
        for name, values in GRID.items():
            # the one in force too, on the grid or not: what is found must never cost more
            tried = sorted({*values, getattr(best, name)})
            costs = {value: total(replace(best, **{name: value})) for value in tried}
            least = min(costs.values())
            cheapest = [value for value in tried if costs[value] == least]
            best = replace(best, **{name: cheapest[len(cheapest) // 2]})
        if least >= before:
            break
    return best, least / len(messages)


def best_temperature(model: RequestModel, messages: Sequence[Message]) -> float:
    """The temperature under which the right procedure is the least surprising (negative log likelihood)."""
    asked = [m for m in messages if m.kind == "procedure" and not m.several and m.claim is None]

    def surprise(temperature: float) -> float:
        read = readings(model.calibrated(temperature), asked)
        return -sum(log(max(_probability(m, r.ranking), 1e-9)) for m, r in zip(asked, read, strict=True))

    return round(float(min(TEMPERATURES, key=surprise)), 2)


def _probability(message: Message, ranking: Sequence[Scored]) -> float:
    requests = [scored for scored in ranking if scored.label.startswith(f"{REQUEST}/")]
    return sum(scored.probability for scored in requests if covers(message.labels, procedure_id(scored.label)))


def write(path: Path, temperature: float, thresholds: Thresholds) -> None:
    """Put them into Rasa's config.yml, comments kept."""
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    config = yaml.load(path.read_text(encoding="utf-8"))
    component = next(c for c in config["pipeline"] if c["name"].endswith("RequestClassifier"))
    component["temperature"] = temperature
    component["thresholds"].update(asdict(thresholds))
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(config, file)
