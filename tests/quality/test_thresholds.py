"""Thresholds and temperature are set from messages, and written where Rasa reads them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from assistant.nlu.decision import Thresholds
from assistant.nlu.learning.request_model import Reading, Scored
from assistant.quality.messages import Message, Prediction
from assistant.quality.thresholds import GRID, best_temperature, best_thresholds, cost, write
from assistant.settings import Settings

LABELS = ("demande/caf.rsa", "demande/caf.aah", "hors_perimetre/commercial", "urgence/violences")
RSA = {"kind": "procedure", "labels": ["caf/rsa"], "match": "any"}
ALARM = {"kind": "urgence", "type": "violences"}
ELSEWHERE = {"kind": "out_of_scope"}


class Reader:
    """Stands for a model: the logits of each text are given."""

    def __init__(self, logits: dict[str, Sequence[float]], temperature: float = 1.0):
        self._logits, self._temperature = logits, temperature

    def calibrated(self, temperature: float) -> "Reader":
        """Drawn together, or apart."""
        return Reader(self._logits, temperature)

    def read_all(self, texts: Sequence[str]) -> list[Reading]:
        """As a network would."""
        found = []
        for text in texts:
            powers = np.exp(np.array(self._logits[text]) / self._temperature)
            scored = [Scored(label, float(p)) for label, p in zip(LABELS, powers / powers.sum(), strict=True)]
            found.append(Reading(tuple(sorted(scored, key=lambda s: -s.probability)), 0.0))
        return found


def message(text: str, expect: dict[str, Any], claim: str | None = None) -> Message:
    """A message to measure with."""
    return Message(text, text, "sms", expect, (), claim)


def chances(*probabilities: float) -> list[float]:
    """Logits that make these probabilities."""
    return [float(np.log(p)) for p in probabilities]


@pytest.mark.parametrize(
    ("expect", "kind", "labels", "costs"),
    [
        (RSA, "procedure", ("caf/rsa",), 0),
        (ALARM, "procedure", ("caf/rsa",), 20),
        (ALARM, "clarify", (), 20),
        (RSA, "urgence", (), 5),
        (RSA, "procedure", ("caf/aah",), 1),
        (RSA, "out_of_scope", (), 1),
        (RSA, "clarify", (), 0.5),
    ],
)
def test_what_a_mistake_costs(expect: dict[str, Any], kind: str, labels: tuple[str, ...], costs: float) -> None:
    """A missed emergency most of all; a question least."""
    assert cost(message("…", expect), Prediction(kind, labels, None, 1.0)) == costs


MESSAGES = [
    message("une alarme", ALARM),
    message("un rsa", RSA),
    message("une offre", ELSEWHERE),
    message("un doute", RSA),
]
READER = Reader(
    {
        "une alarme": chances(0.45, 0.1, 0.1, 0.35),
        "un rsa": chances(0.6, 0.1, 0.1, 0.2),
        "une offre": chances(0.5, 0.05, 0.4, 0.05),
        "un doute": chances(0.5, 0.35, 0.1, 0.05),
    }
)
BAD = Thresholds(answer=0.9, refuse=1.5, alarm=0.7)
"""The alarm is missed, the rest asked back."""


def test_the_search_lowers_the_cost() -> None:
    """Here to nothing: every message can be right at once."""
    found, least = best_thresholds(READER, MESSAGES, BAD)
    assert least == 0
    assert 0.2 < found.alarm <= 0.35
    assert found.refuse < 0.4 / 0.55
    assert found.answer <= 0.5


def test_where_values_cost_as_little_the_middle_one_is_taken() -> None:
    """None of these names a danger or holds several requests: farthest from both mistakes is all that can be said."""
    found, _ = best_thresholds(READER, MESSAGES, BAD)
    for name in ("named_alarm", "several", "second", "vague"):
        assert getattr(found, name) == GRID[name][len(GRID[name]) // 2]


def test_a_threshold_between_two_of_the_grid_is_not_given_up_for_worse() -> None:
    """Only 0.85 tells this emergency from this request."""
    alike = Reader({"une alarme": chances(0.09, 0.03, 0.02, 0.86), "un rsa": chances(0.17, 0.01, 0.01, 0.81)})
    assert 0.85 not in GRID["alarm"]
    found, least = best_thresholds(alike, MESSAGES[:2], Thresholds(alarm=0.85))
    assert (found.alarm, least) == (0.85, 0)


def test_without_the_search_the_thresholds_are_as_bad_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an emergency missed costs more than all the rest."""
    monkeypatch.setattr("assistant.quality.thresholds.GRID", {})
    untouched, costly = best_thresholds(READER, MESSAGES, BAD)
    assert untouched == BAD
    assert costly > 1


def test_the_grid_names_every_threshold() -> None:
    """With values on both sides of the one in force or at it, lowest first."""
    assert set(GRID) == set(vars(Thresholds()))
    assert all(list(values) == sorted(values) for values in GRID.values())


@pytest.mark.parametrize(("right", "expected"), [(3, "warm"), (4, "cold")])
def test_the_temperature_says_how_sure_the_model_may_be(right: int, expected: str) -> None:
    """Sure and wrong one time in four, it must be less sure; never wrong, it may be surer."""
    texts = [f"m{n}" for n in range(4)]
    logits = {text: [3.0, 0.0, 0.0, 0.0] if n < right else [0.0, 3.0, 0.0, 0.0] for n, text in enumerate(texts)}
    asked = [message(text, RSA) for text in texts]
    found = best_temperature(Reader(logits), asked)
    assert found > 1.2 if expected == "warm" else found < 0.8


def test_only_single_requests_set_the_temperature() -> None:
    """Emergencies, double requests and places have no single procedure to be sure of."""
    others = [message("b", ALARM), message("c", RSA | {"match": "all"}), message("d", RSA, "lieu")]
    logits = {"a": [3.0, 0.0, 0.0, 0.0]}
    assert best_temperature(Reader(logits), [message("a", RSA), *others]) == best_temperature(
        Reader(logits), [message("a", RSA)]
    )


def test_they_are_written_into_the_configuration_and_nothing_else_is(tmp_path: Path) -> None:
    """Comments, order and the other lines stay as they were written."""
    path = tmp_path / "config.yml"
    before = (Settings().dialogue_dir / "config.yml").read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    write(path, 1.35, Thresholds(**{name: values[0] for name, values in GRID.items()}))
    after = path.read_text(encoding="utf-8")

    component = next(c for c in YAML(typ="safe").load(after)["pipeline"] if c["name"].endswith("RequestClassifier"))
    assert component["temperature"] == 1.35
    assert component["thresholds"] == {name: values[0] for name, values in GRID.items()}
    assert "#" in before
    changed = [b for b, a in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
    assert 0 < len(changed) <= len(GRID) + 1
    assert all(line.split(":")[0].strip() in (*GRID, "temperature") for line in changed)


def test_writing_twice_writes_the_same(tmp_path: Path) -> None:
    """A second search that finds the same leaves no difference to review."""
    path = tmp_path / "config.yml"
    path.write_text((Settings().dialogue_dir / "config.yml").read_text(encoding="utf-8"), encoding="utf-8")
    write(path, 0.85, Thresholds())
    once = path.read_text(encoding="utf-8")
    write(path, 0.85, Thresholds())
    assert path.read_text(encoding="utf-8") == once
