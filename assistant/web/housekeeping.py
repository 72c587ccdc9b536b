"""What a process does beside answering: empties the outbox and forgets the holds that have expired, twice a minute."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from assistant.app import Services
from assistant.booking.outbox import Outbox

log = structlog.get_logger(__name__)
EVERY_SECONDS = 30.0
AT_MOST = 20
"""Messages sent in a row: a mail server that does not answer costs ten seconds each, and holds must be swept too."""


class Housekeeping:
    """A task of the event loop; its work is done in a thread, any number of processes may do it at once."""

    def __init__(self, services: Services):
        self._services = services
        self._outbox = Outbox(services.database, services.settings)
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
            for duty in (self._send, self._sweep):
                await asyncio.shield(asyncio.to_thread(_quietly, duty))
            await asyncio.sleep(EVERY_SECONDS)

    def _send(self) -> None:
        self._outbox.send_due(self._services.now(), AT_MOST)

    def _sweep(self) -> None:
        self._services.bookings.holds.sweep(self._services.now())


def _quietly(duty: Callable[[], None]) -> None:
    try:
        duty()
    except Exception as error:  # a bad moment of the database: it is tried again in half a minute
        log.warning("housekeeping.failed", duty=duty.__name__, error=type(error).__name__)
