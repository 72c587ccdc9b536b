"""The gate opens for a model as good as before, and for no other."""

import json
from pathlib import Path

import pytest

from assistant.quality.gate import accept, drops
from assistant.quality.measure import Figures, Tally


def figures(**partners: tuple[int, int]) -> Figures:
    """So many right of so many, by partner."""
    found = Figures()
    found.partners.update({name: Tally(*counted) for name, counted in partners.items()})
    return found


@pytest.fixture
def accepted(tmp_path: Path) -> Path:
    """What was accepted: 190 of 200, 29 of 30."""
    path = tmp_path / "accepted.json"
    accept(figures(caf=(190, 200), msa=(29, 30)), path)
    return path


def test_what_is_accepted_is_written_by_partner(accepted: Path) -> None:
    """In a file that a reviewer reads."""
    assert json.loads(accepted.read_text(encoding="utf-8")) == {"caf": 0.95, "msa": 0.9667}


@pytest.mark.parametrize(
    ("caf", "msa"),
    [((190, 200), (29, 30)), ((200, 200), (30, 30)), ((188, 200), (29, 30)), ((190, 200), (28, 30))],
    ids=["a tie", "better", "one point less", "one message less of few"],
)
def test_it_opens(accepted: Path, caf: tuple[int, int], msa: tuple[int, int]) -> None:
    """For a tie, for better, and for a loss that one message or one point makes."""
    assert drops(figures(caf=caf, msa=msa), accepted) == []


@pytest.mark.parametrize(
    ("caf", "msa", "named"),
    [
        ((187, 200), (29, 30), "caf : 93.5 % reconnus, contre 95.0 % acceptés"),
        ((190, 200), (27, 30), "msa : 90.0 % reconnus, contre 96.7 % acceptés"),
    ],
)
def test_it_refuses_a_drop(accepted: Path, caf: tuple[int, int], msa: tuple[int, int], named: str) -> None:
    """And says of whom, and how far."""
    assert drops(figures(caf=caf, msa=msa), accepted) == [named]


def test_one_partner_does_not_make_up_for_another(accepted: Path) -> None:
    """Nor hide it: both are named."""
    assert len(drops(figures(caf=(200, 200), msa=(20, 30)), accepted)) == 1
    assert len(drops(figures(caf=(100, 200), msa=(20, 30)), accepted)) == 2


def test_a_partner_without_messages_is_a_drop(accepted: Path) -> None:
    """Messages taken out do not open the gate; a partner that is new does not close it."""
    assert len(drops(figures(caf=(190, 200)), accepted)) == 1
    assert drops(figures(caf=(190, 200), msa=(29, 30), urssaf=(0, 10)), accepted) == []


def test_what_is_accepted_is_held_from_then_on(accepted: Path) -> None:
    """Better figures, once taken, are the ones to hold."""
    accept(figures(caf=(200, 200)), accepted)
    assert drops(figures(caf=(190, 200)), accepted)
