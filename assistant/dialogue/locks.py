"""One message of a conversation at a time, over every process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from rasa.core.lock import TicketLock
from rasa.core.lock_store import InMemoryLockStore, LockStore
from redis.asyncio import Redis

from assistant.settings import Settings

LIFETIME = 30.0
"""Seconds a lock outlives its holder: longer than a turn's deadline, so that no turn loses its lock."""


class RedisLocks(LockStore):
    """redis-py's lock: Rasa's own Redis store reads, then writes, and so lets two holders in."""

    def __init__(self, url: str):
        self._redis = Redis.from_url(url)

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold the conversation's lock; waits its turn."""
        async with self._redis.lock(
            f"assistant:conversation:{conversation_id}", timeout=LIFETIME, blocking_timeout=LIFETIME
        ):
            yield TicketLock(conversation_id)


def make_locks(settings: Settings) -> LockStore:
    """Redis where it is set, else this process's memory."""
    return RedisLocks(settings.redis_url) if settings.redis_url else InMemoryLockStore()
