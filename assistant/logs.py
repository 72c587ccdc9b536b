"""Logs without what people said: events and their names, never a message's text."""

import logging
import os
import warnings
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

SAFE = frozenset("event level timestamp action action_name error at attempt duty message_id".split())
"""The only keys whose values are written: Rasa's own events carry words of a conversation under many others."""


def configure(level: int = logging.WARNING) -> None:
    """Set up structlog and logging; Rasa's libraries speak at `level` and above."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=UserWarning, module="rasa")
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # rasa_sdk and Rasa quote the tracker in some errors: what they fail at is logged by the engine instead
    for name in ("rasa_sdk.endpoint", "rasa.core.actions", "rasa.core.processor", "rasa.core.tracker_store"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _without_words,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def _without_words(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: value if key in SAFE else "…" for key, value in event.items()}
