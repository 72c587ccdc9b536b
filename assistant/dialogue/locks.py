"""One message of a conversation at a time, over every process."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore
from redis.asyncio import Redis

from assistant.settings import Settings

LIFETIME = 30.0
"""Seconds a lock outlives its holder: longer than a turn's deadline, so that no turn loses its lock."""


class LocalLocks(LockStore):
    """First come, first served: Rasa's own asks again once a second, and a turn given up blocks it for a minute."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold the conversation's lock in this process; waits its turn."""
        async with self._locks.setdefault(conversation_id, asyncio.Lock()):
            yield TicketLock(conversation_id)


class RedisLocks(LocalLocks):
    """redis-py's lock: Rasa's own Redis store reads, then writes, and so lets two holders in."""

    def __init__(self, url: str):
        super().__init__()
        self._redis = Redis.from_url(url)

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold the conversation's lock in every process; within one, messages keep their order."""
        name = f"assistant:conversation:{conversation_id}"
        everywhere = self._redis.lock(name, timeout=LIFETIME, blocking_timeout=LIFETIME)
        async with super().lock(conversation_id) as ticket, everywhere:
            yield ticket


def make_locks(settings: Settings) -> LockStore:
    """Redis where it is set, else this process's memory."""
    return RedisLocks(settings.redis_url) if settings.redis_url else LocalLocks()
