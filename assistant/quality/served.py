"""The trained model that is served, on the project's own messages: what the gate looks at."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.app import Services, use
from assistant.dialogue.model import newest_model
from assistant.dialogue.offline import triage_all
from assistant.quality.measure import Figures, count
from assistant.quality.messages import OWN, Prediction, load
from assistant.settings import Settings


def figures_of_served(settings: Settings) -> Figures:
    """The figures of the newest trained model, through the whole pipeline; on the sample of places, the same everywhere."""
    with TemporaryDirectory() as folder:
        sample = Settings(state_dir=Path(folder), model_path=newest_model(settings), database_url="", redis_url="")
        use(Services.open(sample))
        messages = load(OWN)
        found = triage_all(sample, [{"id": message.id, "text": message.text} for message in messages])
        predictions = [Prediction(f["kind"], tuple(f["labels"]), f["act"], f["confidence"]) for f in found]
    return count(messages, predictions)
