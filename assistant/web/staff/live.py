"""What has just changed at a place, pushed to its open consoles: a version, never data.

One poll of the database serves every console of a process; the state is in the database, so any number of processes agree.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import structlog
from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from assistant.app import Services
from assistant.staff.accounts import Role
from assistant.web.parts import WithServices
from assistant.web.staff.access import WithMember, allowed, place_of, signed_in_of

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/agent", tags=["agent"])
EVERY_SECONDS = 2.0
CHECKED_EVERY = 30
"""Rounds after which a console is asked whether its session still holds: a minute."""


class Watch:
    """The versions of the places that somebody looks at; polls only while somebody does."""

    def __init__(self, services: Services):
        self._services = services
        self._watched: Counter[str] = Counter()
        self._versions: dict[str, str] = {}
        self._round = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def versions(self, place: str) -> AsyncIterator[str]:
        """The version of a place at each round, the present one first."""
        self._watched[place] += 1
        if self._task is None:
            self._task = asyncio.create_task(self._poll())
        try:
            while True:
                await self._round.wait()
                if place in self._versions:  # else it came while a poll of the other places was under way
                    yield self._versions[place]
        finally:
            self._watched -= Counter({place: 1})
            if not self._watched and self._task:
                self._task.cancel()
                self._task = None

    async def _poll(self) -> None:
        while True:
            try:
                watched = list(self._watched)
                found = await run_in_threadpool(self._services.visits.versions, watched, self._services.now())
                self._versions = {place: found.get(place, "") for place in watched}
            except Exception as error:  # a bad moment of the database: the consoles keep what they show
                log.warning("live.failed", error=type(error).__name__)
            finished, self._round = self._round, asyncio.Event()
            finished.set()
            await asyncio.sleep(EVERY_SECONDS)


@router.get("/lieux/{place}/flux", **allowed(Role.AGENT), response_class=EventSourceResponse)
async def changes(request: Request, services: WithServices, member: WithMember, place: str) -> Response:
    """A `version` event each time something changes at the place; `end` where the session has ended."""
    where = await run_in_threadpool(place_of, member, services, place)
    return EventSourceResponse(_events(request, services, where.id), ping=20)


async def _events(request: Request, services: Services, place: str) -> AsyncIterator[dict[str, str]]:
    known, rounds = None, 0
    async for version in _watch_of(request, services).versions(place):
        rounds += 1
        if rounds % CHECKED_EVERY == 0 and await run_in_threadpool(signed_in_of, request, services) is None:
            yield {"event": "end", "data": ""}
            return
        if version != known:
            known = version
            yield {"event": "version", "data": version}


def _watch_of(request: Request, services: Services) -> Watch:
    state = request.app.state
    if not hasattr(state, "watch"):
        state.watch = Watch(services)
    watch: Watch = state.watch
    return watch
