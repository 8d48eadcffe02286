"""The Server-Sent Events of a conversation."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from database.base import utc_now
from database.storage import Storage
from website import journeys
from website.accounts.access import Access
from website.api import admitted
from website.body import read_number
from website.conversations import Conversations
from website.events import Listener, News
from website.keys import CONVERSATIONS, HUB, STORAGE
from website.metrics.measures import STREAMS
from website.openapi import Operation, Route, errors
from website.records import UnknownConversationError
from website.transcript import Transcript, as_json
from website.waiting import seen

logger = logging.getLogger(__name__)

COMMENT_SECONDS = 15.0
"""A comment comes so often, so that nobody on the way takes the stream for dead."""
DEAD_SECONDS = 8.0
"""A connection whose other end confirms nothing for so long is ended by the system, where it can."""
PROOF_SECONDS = 10.0
"""An officer's message counts as received once the connection has lasted for so long after it was sent."""
WRITE_SECONDS = 30.0
"""A client that takes nothing for so long is dropped; it comes back with Last-Event-ID."""

_DELETED = {"state": "deleted", "officer": None}


def event(name: str, data: Any, number: int | None = None) -> bytes:
    """One event as bytes; JSON in ASCII, so that no line ends inside it."""
    lines = [] if number is None else [f"id: {number}"]
    lines += [f"event: {name}", f"data: {json.dumps(data)}"]
    return ("\n".join(lines) + "\n\n").encode("ascii")


def event_stream() -> web.StreamResponse:
    """An answer that events are written to."""
    return web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )


@contextmanager
def broken_off(request: web.Request) -> Iterator[None]:
    """End the connection of a stream that fails, so that the client comes again.

    Its answer has begun already: the answer to an error would stand in the midst of it, and some clients would wait
    for ever for the rest.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, (ConnectionError, TimeoutError)):
            unknown = not isinstance(error, SQLAlchemyError)
            logger.warning("a stream is broken off: %s", type(error).__name__, exc_info=unknown)
        if request.transport is not None:
            request.transport.abort()


def last_event_id(request: web.Request) -> int:
    """The last message that the client has; 0 where it says none that could be one."""
    return read_number(request.headers.get("Last-Event-ID", "").strip()) or 0


class Stream:
    """One client's stream.

    Args:
        conversations: Where to read.
        storage: Where to note what the client has of the officers' messages.
        conversation_id: What to read.
        after: The last message that the client has.
    """

    def __init__(self, conversations: Conversations, storage: Storage, conversation_id: str, after: int) -> None:
        self._conversations = conversations
        self._storage = storage
        self._conversation_id = conversation_id
        self._sent = after
        self._unproven = 0
        self._unproven_since = 0.0
        self._answered: set[int] = set()

    async def send_all(self, listener: Listener, response: web.StreamResponse) -> None:
        """Send what is missing, then what happens, until the conversation or the listening ends."""
        # No typing: whether the assistant writes just now is not known here.
        news = News(messages=True, state=True, answered=True)
        while not listener.closed:
            began = utc_now()
            chunk = await self._chunk(news)
            async with asyncio.timeout(WRITE_SECONDS):
                await response.write(chunk)
            journeys.streamed(self._conversation_id, self._answered, began)
            self._answered.clear()
            if news.erased:
                return
            await self._note_seen()
            news = await listener.wait(PROOF_SECONDS if self._unproven else COMMENT_SECONDS)

    async def _note_seen(self) -> None:
        """Note that the client has an officer's message, once the connection has outlived its sending for a while."""
        if self._unproven and asyncio.get_running_loop().time() - self._unproven_since >= PROOF_SECONDS:
            await seen.note(self._storage, self._conversation_id, self._unproven)
            self._unproven = 0

    async def _chunk(self, news: News) -> bytes:
        if news.erased:
            return event("state", _DELETED)
        parts: list[bytes] = []
        if news.typing:
            parts.append(_typing(True))
        if news.officer_typing is not None:
            parts.append(_typing(news.officer_typing, "officer"))
        if news.messages or news.state or news.answered:
            try:
                transcript = await self._conversations.read(self._conversation_id, self._sent)
            except UnknownConversationError:  # erased; the news of it is on the way
                return b": \n\n"
            parts += self._changes(news, transcript)
        if news.typing is False:
            parts.append(_typing(False))
        return b"".join(parts) or b": \n\n"

    def _changes(self, news: News, transcript: Transcript) -> list[bytes]:
        parts = [event("message", as_json(message), message.seq) for message in transcript.messages]
        self._answered.update(message.reply_to for message in transcript.messages if message.reply_to)
        if transcript.messages:
            self._sent = transcript.messages[-1].seq
        answer = seen.last_answer(transcript.messages)
        if answer:
            self._unproven, self._unproven_since = answer, asyncio.get_running_loop().time()
        if news.state:
            parts.append(event("state", {"state": transcript.state.value, "officer": transcript.officer}))
        if news.answered:
            parts.append(event("answered", {"answered_to": transcript.answered_to}))
        return parts


def _typing(typing: bool, sender: str = "bot") -> bytes:
    return event("typing", {"typing": typing, "sender": sender})


def _notice_dead_clients(request: web.Request) -> None:
    """Have the system end a connection whose other end confirms nothing any more, such as a closed laptop's."""
    connection = None if request.transport is None else request.transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(DEAD_SECONDS * 1000))


async def read_events(request: web.Request) -> web.StreamResponse:
    """Stream what happens in a conversation."""
    conversation_id = await admitted(request)
    response = event_stream()
    stream = Stream(request.app[CONVERSATIONS], request.app[STORAGE], conversation_id, last_event_id(request))
    with request.app[HUB].listening(conversation_id) as listener, STREAMS.track_inprogress():
        await response.prepare(request)
        _notice_dead_clients(request)
        with broken_off(request):
            await stream.send_all(listener, response)
            await response.write_eof()
    return response


ROUTES = (
    Route(
        "GET",
        "/api/conversations/{id}/events",
        read_events,
        Operation(
            "Server-Sent Events: message, state, typing, answered; resumes from Last-Event-ID",
            parameters=(
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                {"name": "Last-Event-ID", "in": "header", "schema": {"type": "integer", "minimum": 0}},
            ),
            answers={
                "200": {
                    "description": "The stream",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                },
                **errors(401, 404, 429, 500),
            },
        ),
        Access.MEMBER,
    ),
)
