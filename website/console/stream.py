"""The Server-Sent Events of the staff: what changes in the lists, who looks at what. One stream serves all tabs."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

from website.accounts.access import Access, allows
from website.accounts.guard import signed_in
from website.accounts.sessions import Lifetime, look
from website.console.board import BoardListener
from website.console.colleagues import as_officer
from website.console.inbox import count
from website.console.keys import BOARD, PRESENCE
from website.keys import SETTINGS, STORAGE
from website.openapi import Operation, Route, errors
from website.stream import COMMENT_SECONDS, WRITE_SECONDS, broken_off, event, event_stream

GATHER_SECONDS = 0.1
"""What changes within this time is told at once."""
LIFETIME_SECONDS = 300.0
"""Then the browser comes again, which counts as a use of its session."""
LOOK_SECONDS = 2.0
"""The session is looked at so often, and before anything is told; a stream ends with it."""


class StaffStream:
    """One browser's stream.

    Args:
        request: The call of whoever listens.
    """

    def __init__(self, request: web.Request) -> None:
        self._storage = request.app[STORAGE]
        self._presence = request.app[PRESENCE]
        self._lifetime = Lifetime.of(request.app[SETTINGS])
        self._session = signed_in(request).session
        self._officer = as_officer(signed_in(request))

    async def send_all(self, listener: BoardListener, response: web.StreamResponse) -> None:
        """Send the counts, then what happens, until listening or session end or the stream has lived long enough."""
        end = time.monotonic() + LIFETIME_SECONDS
        chunk: bytes | None = await self._board(set())
        while chunk is not None and not listener.closed:
            async with asyncio.timeout(WRITE_SECONDS):
                await response.write(chunk)
            chunk = await self._news(listener) if time.monotonic() < end else None

    async def _news(self, listener: BoardListener) -> bytes | None:
        """What to send next: a comment where nothing happened for a while; None once who listens may no longer."""
        silent_until = time.monotonic() + COMMENT_SECONDS
        while not listener.closed and time.monotonic() < silent_until:
            changed, people = await listener.wait(LOOK_SECONDS)
            if changed:
                await asyncio.sleep(GATHER_SECONDS)
                more, others = await listener.wait(0)
                changed, people = changed | more, people | others
            if not await self._may_listen():
                return None
            if changed or people:
                parts = [await self._board(changed)] if changed else []
                return b"".join([*parts, *(self._people(conversation_id) for conversation_id in people)])
        return b": \n\n"

    async def _may_listen(self) -> bool:
        """Whether the session lasts and the role still is one that listens; antennas may have changed meanwhile."""
        account = await look(self._storage, self._session, self._lifetime)
        if account is None or not allows(Access.OFFICER, account.role):
            return False
        self._officer = as_officer(account)
        return True

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
    stream = StaffStream(request)
    with request.app[BOARD].listening() as listener:
        await response.prepare(request)
        with broken_off(request):
            await response.write(b"retry: 1000\n\n")
            await stream.send_all(listener, response)
            await response.write_eof()
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
