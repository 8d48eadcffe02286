"""One message of a conversation at a time, though several Rasa play: a lock in Redis where REDIS_URL is set.

Rasa's own store in Redis keeps the ticket of a process that was killed for a minute, and lets two processes overwrite
each other's. Here the lock is the holder's, who renews it; without its holder it ends by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
from contextlib import asynccontextmanager
from typing import Any, AsyncGenerator, Optional, Text

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError
from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import RedisError

from settings import Settings

logger = logging.getLogger(__name__)

PREFIX = "guichet:lock:"
LIFETIME_S = 5.0
"""So long a lock outlives its holder."""
RENEW_S = 1.0
POLL_S = 0.05
PATIENCE_S = 15.0
"""Who waits longer gives up; the site asks again."""
REDIS_S = 1.0
"""Redis answers within this time, or counts as away."""
AWAY_S = 2.0
"""So long it is not asked again once it was away."""

_AWAY = (RedisError, OSError, asyncio.TimeoutError)


class SharedLockStore(InMemoryLockStore):
    """Locks of this process, and around each one shared with the other processes.

    While Redis is away only this process's own locks hold; the site still hands over one message at a time.

    Args:
        endpoint_config: From endpoints.yml; says nothing more.
        url: Of Redis; that of the settings where None.
    """

    def __init__(self, endpoint_config: Any = None, url: Optional[Text] = None) -> None:
        super().__init__()
        url = Settings.from_environment().redis_url if url is None else url
        self._redis: Optional[Redis] = (
            Redis.from_url(url, socket_timeout=REDIS_S, socket_connect_timeout=REDIS_S) if url else None
        )
        self._away_until = float("-inf")

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: Text,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = 1,
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold a conversation's lock.

        Raises:
            LockError: It did not become free.
        """
        if self._redis is None:
            async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as own:
                yield own
            return
        own_lock = super().lock(conversation_id, lock_lifetime, POLL_S)
        async with own_lock as own, self._shared(self._redis, conversation_id):
            yield own

    @asynccontextmanager
    async def _shared(self, redis: Redis, conversation_id: Text) -> AsyncGenerator[None, None]:
        key = hashlib.sha256(conversation_id.encode("utf-8", "surrogatepass")).hexdigest()
        held = redis.lock(PREFIX + key, timeout=LIFETIME_S, blocking=False, thread_local=False)
        renewing = None
        try:
            if await self._taken(held):
                renewing = asyncio.get_running_loop().create_task(self._renew(held))
            yield
        finally:
            if renewing is not None:
                renewing.cancel()
                with contextlib.suppress(*_AWAY):  # or it ended by itself, and may be another process’s by now
                    await held.release()

    async def _taken(self, held: Lock) -> bool:
        """Wait for the lock.

        Returns:
            False where Redis is away.

        Raises:
            LockError: It did not become free.
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() > self._away_until:
            try:
                if await held.acquire():
                    return True
            except _AWAY as error:
                logger.warning("Redis is away, conversations are locked within this process: %s", type(error).__name__)
                self._away_until = time.monotonic() + AWAY_S
                break
            if time.monotonic() > deadline:
                raise LockError("another process holds the conversation")
            await asyncio.sleep(POLL_S)
        return False

    async def _renew(self, held: Lock) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            with contextlib.suppress(*_AWAY):
                await held.reacquire()
