"""Another try where the database had a passing trouble, and plain words where it lasts."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from assistant.errors import Unavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")
ATTEMPTS = 5
PATIENCE = 4.0
"""Seconds after which no new try starts: an action has five."""
PASSING = (OperationalError, InterfaceError, IntegrityError, PoolTimeout)
"""Locked, deadlock, serialization, connection dropped or none free; and a key or code that another process wrote meanwhile."""


def with_retries(work: Callable[[], T]) -> T:
    """What `work` gives, tried again from its start a few times; Unavailable, in French, past that.

    `work` is one transaction that may be run again even where a try was committed unheard.
    """
    started = time.monotonic()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except PASSING as error:
            # the error's text may quote the person, its type does not
            log.warning("booking.retry", attempt=attempt, error=type(error).__name__)
            if attempt == ATTEMPTS or time.monotonic() - started > PATIENCE:
                raise Unavailable(
                    "Le service des rendez-vous ne répond pas. Rien n'est perdu : réessayez dans une minute."
                ) from error
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)
    raise AssertionError("unreachable")
