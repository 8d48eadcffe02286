"""What the console's views find in the application."""

from __future__ import annotations

from aiohttp import web

from website.console.board import Board
from website.console.openings import Openings
from website.console.presence import LocalPresence
from website.fanout.channel import Channel
from website.fanout.presence import SharedPresence
from website.keys import HUB

BOARD = web.AppKey("board", Board)
PRESENCE = web.AppKey("presence", LocalPresence)
OPENINGS = web.AppKey("openings", Openings)


async def _end_streams(app: web.Application) -> None:
    app[BOARD].close()


def install(app: web.Application, channel: Channel | None) -> None:
    """Give an application that has its hub what the console needs.

    Args:
        app: The application.
        channel: To the other sites; None where there is one site.
    """
    board = app[BOARD] = Board()
    presence = app[PRESENCE] = LocalPresence() if channel is None else SharedPresence(channel, board.people)
    app[OPENINGS] = Openings()
    app[HUB].watch(board.heard)
    app[HUB].watch(lambda conversation_id, news: presence.forget(conversation_id) if news.erased else None)
    app.on_shutdown.append(_end_streams)
