"""The Server-Sent Events of the staff: what changes in the lists, who looks at what. One stream serves all tabs."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

from website.accounts.access import Access
from website.console.acts import officer_of
from website.console.board import BoardListener
from website.console.inbox import count
from website.console.keys import BOARD, PRESENCE
from website.console.officer import Officer
from website.keys import STORAGE
from website.openapi import Operation, Route, errors
from website.stream import COMMENT_SECONDS, WRITE_SECONDS, event, event_stream

GATHER_SECONDS = 0.1
"""What changes within this time is told at once."""
LIFETIME_SECONDS = 300.0
"""Then the browser comes again, and its session is looked at again."""


class StaffStream:
    """One browser's stream.

    Args:
        request: The call.
        officer: Who listens.
    """

    def __init__(self, request: web.Request, officer: Officer) -> None:
        self._storage = request.app[STORAGE]
        self._presence = request.app[PRESENCE]
        self._officer = officer

    async def send_all(self, listener: BoardListener, response: web.StreamResponse) -> None:
        """Send the counts, then what happens, until the listening ends or the stream has lived long enough."""
        end = time.monotonic() + LIFETIME_SECONDS
        chunk = await self._board(set())
        while not listener.closed:
            async with asyncio.timeout(WRITE_SECONDS):
                await response.write(chunk)
            if time.monotonic() > end:
                return
            changed, people = await listener.wait(COMMENT_SECONDS)
            if changed:
                await asyncio.sleep(GATHER_SECONDS)
                more, others = await listener.wait(0)
                changed, people = changed | more, people | others
            parts = [await self._board(changed)] if changed else []
            parts += [self._people(conversation_id) for conversation_id in people]
            chunk = b"".join(parts) or b": \n\n"

    async def _board(self, changed: set[str]) -> bytes:
        async with self._storage.read() as session:
            counts = await count(session, self._officer)
        boxes = {box.value: number for box, number in counts.boxes.items()}
        return event("board", {"changed": sorted(changed), "counts": boxes, "urgent": counts.urgent})

    def _people(self, conversation_id: str) -> bytes:
        people = [
            {"name": person.name, "typing": person.typing}
            for person in self._presence.who(conversation_id)
            if person.id != self._officer.id
        ]
        return event("people", {"conversation": conversation_id, "people": people})


async def read_board(request: web.Request) -> web.StreamResponse:
    """Stream what changes for the staff."""
    response = event_stream()
    stream = StaffStream(request, officer_of(request))
    with request.app[BOARD].listening() as listener:
        await response.prepare(request)
        try:
            await response.write(b"retry: 1000\n\n")
            await stream.send_all(listener, response)
            await response.write_eof()
        except (ConnectionError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()
    return response


ROUTES = (
    Route(
        "GET",
        "/api/officer/stream",
        read_board,
        Operation(
            "Server-Sent Events of the console: board (counts, conversations that changed), people (who looks)",
            answers={
                "200": {"description": "The stream", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
                **errors(401, 403, 429, 500),
            },
        ),
        Access.OFFICER,
    ),
)
