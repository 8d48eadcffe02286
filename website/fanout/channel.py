"""One Redis channel on which all sites over one database tell each other that something happened.

It carries hints only: whoever hears one reads from the database. So nothing has to be kept while Redis is away. A site
that could not speak says so once it can again, and one that could not hear asks the database what changed meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from database.base import utc_now
from website.background import Background

logger = logging.getLogger(__name__)

NAME = "guichet:events"
"""Of the channel. Help desks that share a Redis server hear each other's hints, which concern nobody there."""
POLL_SECONDS = 2.0
"""Between two looks into the database, and between two attempts, while Redis is away."""
HEAR_SECONDS = 5.0
"""A connection that says nothing for so long is asked whether it lives."""
LOOK_EVERY = timedelta(seconds=10)
"""Between two looks into the database while Redis is there: a site may be killed between storing and saying so."""
LAST_WORDS_SECONDS = 1.0
CONNECT_SECONDS = 2.0
MOST_UNSAID = 10_000
"""Hints that wait to be said; where more come, the others look into the database."""

Values = dict[str, Any]
Handler = Callable[[Values], None]
CatchUp = Callable[[datetime], Awaitable[None]]
"""Tells this site's listeners of all that changed since a moment."""

_AWAY = (RedisError, OSError)


class Channel(Background):
    """Tells the other sites, and hears them.

    Args:
        url: Of Redis.
        name: Of the channel.
    """

    def __init__(self, url: str, name: str = NAME) -> None:
        self._redis = Redis.from_url(
            url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=HEAR_SECONDS, health_check_interval=HEAR_SECONDS
        )
        self._name = name
        self._own = uuid.uuid4().hex
        self._handlers: dict[str, Handler] = {}
        self._catch_up: CatchUp | None = None
        self._unsaid: asyncio.Queue[str] = asyncio.Queue(MOST_UNSAID)
        self._sure_until = utc_now()
        self.subscribed = asyncio.Event()

    def on(self, topic: str, handler: Handler) -> None:
        """Have a handler called with what the other sites say on a topic."""
        self._handlers[topic] = handler

    def when_deaf(self, catch_up: CatchUp) -> None:
        """Say how to find out what was not heard."""
        self._catch_up = catch_up

    def say(self, topic: str, values: Values) -> None:
        """Tell the other sites, as soon as possible."""
        if self._unsaid.full():  # the oldest goes: a gap is told of once Redis is back
            self._unsaid.get_nowait()
            self._unsaid.task_done()
        self._unsaid.put_nowait(json.dumps({"from": self._own, "topic": topic, "values": values}))

    async def stop(self) -> None:
        """Say what is not said yet, where Redis is there, and end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self._unsaid.join()
        await super().stop()
        await self._redis.aclose()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._speak())
            group.create_task(self._hear())

    async def _speak(self) -> None:
        while True:
            line = await self._unsaid.get()
            began = utc_now()
            while not await self._said(line):
                await asyncio.sleep(POLL_SECONDS)
                while not self._unsaid.empty():
                    self._unsaid.get_nowait()
                    self._unsaid.task_done()
                line = json.dumps({"from": self._own, "gap": (utc_now() - began).total_seconds()})
            self._unsaid.task_done()

    async def _said(self, line: str) -> bool:
        try:
            await self._redis.publish(self._name, line)
        except _AWAY:
            return False
        return True

    async def _hear(self) -> None:
        told = False
        while True:
            try:
                await self._hear_connected()
            except _AWAY as error:
                if not told:
                    logger.warning("Redis is away, the database is asked for changes meanwhile: %s", error)
            told = not self.subscribed.is_set()
            self.subscribed.clear()
            await self._look(self._sure_until)
            await asyncio.sleep(POLL_SECONDS)

    async def _hear_connected(self) -> None:
        async with self._redis.pubsub() as ear:
            await ear.subscribe(self._name)
            while True:
                message = await ear.get_message(timeout=HEAR_SECONDS)
                if message is None:
                    pass
                elif message["type"] == "subscribe":  # the client also connects anew by itself
                    await self._look(self._sure_until)
                    self.subscribed.set()
                else:
                    await self._understand(json.loads(message["data"]))
                if utc_now() - self._sure_until > LOOK_EVERY:
                    await self._look(self._sure_until)

    async def _understand(self, said: dict[str, Any]) -> None:
        if said.get("from") == self._own:
            return
        if "gap" in said:
            await self._look(utc_now() - timedelta(seconds=float(said["gap"])))
        handler = self._handlers.get(str(said.get("topic")))  # a newer site may know more topics
        if handler is not None:
            handler(said["values"])

    async def _look(self, since: datetime) -> None:
        if self._catch_up is None:
            return
        now = utc_now()
        try:
            await self._catch_up(since)
        except (SQLAlchemyError, OSError) as error:
            logger.warning("changes cannot be asked for: %s", type(error).__name__)
            return
        self._sure_until = now
