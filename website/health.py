"""Whether the parts of the system answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp
from sqlalchemy import text

from database.storage import Storage
from releases.serving import outage
from settings import Settings
from website.rasa import Rasa

PATIENCE_SECONDS = 1.5
"""How long a part may take to answer."""
FRESH_SECONDS = 2.0
"""How long a result is given again, so that frequent questions cost nothing."""


class Health:
    """The state of bot, actions and database.

    Args:
        settings: Give the action server's address.
        storage: The database.
        rasa: The bot.
        http: The session to call the action server through.
    """

    def __init__(self, settings: Settings, storage: Storage, rasa: Rasa, http: aiohttp.ClientSession) -> None:
        self._actions_url = f"{settings.actions_url}/health"
        self._storage = storage
        self._rasa = rasa
        self._http = http
        self._actions_were_up = False
        self._lock = asyncio.Lock()
        self._result: dict[str, str] = {}
        self._checked = float("-inf")

    async def check(self) -> dict[str, str]:
        """One word for each part, and one for all: ok, starting, degraded."""
        async with self._lock:
            if time.monotonic() - self._checked > FRESH_SECONDS:
                self._result = await self._check()
                self._checked = time.monotonic()
            return self._result

    async def _check(self) -> dict[str, str]:
        bot, actions, database = await asyncio.gather(
            _within(self._bot), _within(self._actions), _within(self._database)
        )
        unserved = not bot and database and await _within(self._unserved)
        words = {
            "bot": "ok" if bot else "down" if self._rasa.was_up or unserved else "starting",
            "actions": "ok" if actions else "down" if self._actions_were_up else "starting",
            "database": "ok" if database else "down",
        }
        self._actions_were_up = self._actions_were_up or actions
        kinds = set(words.values())
        return {"status": "ok" if kinds == {"ok"} else "degraded" if "down" in kinds else "starting", **words}

    async def _bot(self) -> bool:
        return await self._rasa.ready(PATIENCE_SECONDS)

    async def _unserved(self) -> bool:
        """Whether a machine says that there is no model to serve, and none has one."""
        async with self._storage.read() as session:
            return bool(await outage(session))

    async def _actions(self) -> bool:
        async with self._http.get(self._actions_url, allow_redirects=False) as response:
            return response.status == 200

    async def _database(self) -> bool:
        async with self._storage.read() as session:
            return bool(await session.scalar(text("SELECT 1")))


async def _within(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await check()
    except Exception:  # whatever it was, the part does not answer
        return False
