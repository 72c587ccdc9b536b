"""The gate of CI: the model that is served recognises every partner as well as it was accepted."""

from collections.abc import Iterator

import pytest

from assistant import app
from assistant.quality.gate import drops
from assistant.quality.measure import Figures
from assistant.quality.served import figures_of_served
from assistant.settings import Settings
from tests.dialogue.talking import trained_model


@pytest.fixture(scope="module")
def served() -> Iterator[Figures]:
    """The trained model on the project's own messages; what was in use before is put back."""
    before = app._current
    yield figures_of_served(Settings(model_path=trained_model()))
    app._current = before


def test_no_partner_is_recognised_worse_than_accepted(served: Figures) -> None:
    """Against tests/quality/accepted.json, which `make quality-gate ACCEPT=1` writes."""
    assert drops(served) == []


def test_every_message_was_measured(served: Figures) -> None:
    """A model that answers nothing would have nothing to lose."""
    assert sum(tally.of for tally in served.kinds.values()) > 600
    assert served.kinds["procedure"].share > 0.5
