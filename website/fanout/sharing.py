"""How an application is joined to the other sites over its database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from website.console import keys as console_keys
from website.events import LocalHub
from website.fanout.channel import Channel, Values
from website.fanout.hub import Changes, SharedHub
from website.keys import CHANNEL, HUB, STORAGE, WORKER

LEFT = "left"


def share(app: web.Application, redis_url: str) -> None:
    """Give an application what listeners hear by, from other sites too where there is Redis."""
    channel = None
    if redis_url:
        channel = app[CHANNEL] = Channel(redis_url)
    app[HUB] = LocalHub() if channel is None else SharedHub(channel)
    console_keys.install(app, channel)


@asynccontextmanager
async def connected(app: web.Application) -> AsyncIterator[None]:
    """Hear the other sites, and be heard by them."""
    channel, hub = app.get(CHANNEL), app[HUB]
    if channel is None or not isinstance(hub, SharedHub):
        yield
        return

    def take_up(values: Values) -> None:
        for conversation_id in values["conversations"]:
            app[WORKER].wake(str(conversation_id))

    channel.on(LEFT, take_up)
    channel.when_deaf(Changes(app[STORAGE], hub).tell)
    await channel.start()
    yield
    await channel.stop()


def hand_over(app: web.Application) -> None:
    """Have another site answer at once what this one leaves unanswered."""
    channel, left = app.get(CHANNEL), app[WORKER].left
    if channel is not None and left:
        channel.say(LEFT, {"conversations": left})
