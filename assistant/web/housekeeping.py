"""What a process does beside answering: empties the outbox and forgets expired holds twice a minute; purges once a day."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from assistant.app import Services
from assistant.booking.outbox import Outbox
from assistant.privacy.purge import Purge

log = structlog.get_logger(__name__)
EVERY_SECONDS = 30.0
AT_MOST = 20
"""Messages sent in a row: a mail server that does not answer costs ten seconds each, and holds must be swept too."""

FIRST_PURGE_SECONDS, PURGE_EVERY_SECONDS, PURGE_AGAIN_SECONDS = 300.0, 86_400.0, 3_600.0
"""After the start, from then on, and after a failure. Any process may purge: where nothing is due it costs little."""


class Housekeeping:
    """A task of the event loop; its work is done in a thread, any number of processes may do it at once."""

    def __init__(self, services: Services):
        self._services = services
        self._outbox = Outbox(services.database, services.settings)
        self._purge_at = time.monotonic() + FIRST_PURGE_SECONDS
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; needs a running event loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what is being sent at this moment is sent first."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            for duty in (self._send, self._sweep, self._purge):
                await asyncio.shield(asyncio.to_thread(_quietly, duty))
            await asyncio.sleep(EVERY_SECONDS)

    def _send(self) -> None:
        self._outbox.send_due(self._services.now(), AT_MOST)

    def _sweep(self) -> None:
        self._services.bookings.holds.sweep(self._services.now())

    def _purge(self) -> None:
        if time.monotonic() < self._purge_at:
            return
        self._purge_at = time.monotonic() + PURGE_AGAIN_SECONDS
        Purge(self._services.database, self._services.settings).run(self._services.now())
        self._purge_at = time.monotonic() + PURGE_EVERY_SECONDS


def _quietly(duty: Callable[[], None]) -> None:
    try:
        duty()
    except Exception as error:  # a bad moment of the database: it is tried again in half a minute
        log.warning("housekeeping.failed", duty=duty.__name__, error=type(error).__name__)
