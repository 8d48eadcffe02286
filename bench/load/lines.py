"""By what members are connected: the site's API with its stream of events, or Rasa's REST channel."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from bench.load.dialogues import Turn
from bench.load.events import read_events
from bench.load.ledger import Faults, Sent, compare

CALL_S = 30.0
"""How long a call may take."""
ANSWER_S = 60.0
"""How long a member waits for an answer before going on."""
TOO_MANY = 429
FAILURES = (aiohttp.ClientError, OSError, TimeoutError)

Note = Callable[[str], None]
"""Told in one word what went wrong."""


class NotAnsweredError(RuntimeError):
    """A call failed, or no answer came; it was noted."""


@dataclass(frozen=True)
class Answered:
    """An answer.

    Attributes:
        accepted: Seconds until the message was stored; None where nothing says so.
        seconds: Seconds until the whole answer had come.
        messages: What was said, as the site gives it.
    """

    accepted: float | None
    seconds: float
    messages: list[dict[str, Any]]


class Line(Protocol):
    """One conversation of a member's."""

    async def open(self) -> None:
        """Begin it."""

    async def say(self, turn: Turn) -> Answered:
        """Send a message and wait for the answer."""

    async def hang_up(self) -> None:
        """End it."""

    async def check(self) -> Faults:
        """What went wrong with what was accepted."""


class SiteLine:
    """A conversation through the website API, its stream open all along.

    Args:
        http: The session to call through, with the site's address.
        note: Told what goes wrong.
    """

    def __init__(self, http: aiohttp.ClientSession, note: Note) -> None:
        self._http = http
        self._note = note
        self._path = ""
        self._bearer: dict[str, str] = {}
        self._sent: list[Sent] = []
        self._heard: dict[int, dict[str, Any]] = {}
        self._twice = 0
        self._answered_to = 0
        self._bell = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin it, and wait until the stream brings the notice with which every conversation begins.

        Raises:
            NotAnsweredError: It cannot be opened.
        """
        access = await _call(self._http, "/api/conversations", {}, {}, self._note)
        self._path = f"/api/conversations/{access['id']}"
        self._bearer = {"Authorization": f"Bearer {access['token']}"}
        self._listening = asyncio.create_task(self._listen())
        await self._wait(lambda: bool(self._heard), "no stream")

    async def say(self, turn: Turn) -> Answered:
        """Send a message and wait until the stream says that it is answered.

        Raises:
            NotAnsweredError: It was not accepted or not answered.
        """
        sent = Sent(turn.text, "", time.monotonic())
        self._sent.append(sent)
        content = {"text": turn.text} if turn.payload is None else {"payload": turn.payload}
        body = {**content, "client_id": str(len(self._sent))}
        seq: int = (await _call(self._http, f"{self._path}/messages", body, self._bearer, self._note))["seq"]
        sent.seq, accepted = seq, time.monotonic() - sent.at
        await self._wait(lambda: self._answered_to >= seq, "no answer")
        sent.answered = time.monotonic()
        answers = [row for row in self._heard.values() if row["reply_to"] == seq]
        return Answered(accepted, sent.answered - sent.at, answers)

    async def hang_up(self) -> None:
        """Close the stream."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def check(self) -> Faults:
        """Compare what the site holds with what was sent and heard."""
        if not self._path:
            return Faults()
        async with self._http.get(f"{self._path}/messages?after=0", headers=self._bearer) as response:
            stored = (await response.json())["messages"]
        return compare(self._sent, stored) + Faults(doubled=self._twice)

    async def _listen(self) -> None:
        while True:
            last = {"Last-Event-ID": str(max(self._heard))} if self._heard else {}
            try:
                async with self._http.get(f"{self._path}/events", headers={**self._bearer, **last}) as stream:
                    async for event in read_events(stream.content):
                        self._hear(event.name, event.data)
            except FAILURES as error:
                self._note(f"stream: {type(error).__name__}")
            else:
                self._note("stream ended")
            await asyncio.sleep(1)

    def _hear(self, name: str, data: Any) -> None:
        if name == "message":
            self._twice += data["seq"] in self._heard
            self._heard[data["seq"]] = data
        elif name == "answered":
            self._answered_to = max(self._answered_to, data["answered_to"])
        self._bell.set()

    async def _wait(self, happened: Callable[[], bool], else_note: str) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                while not happened():
                    self._bell.clear()
                    await self._bell.wait()
        except TimeoutError as error:
            self._note(else_note)
            raise NotAnsweredError(else_note) from error


class RestLine:
    """A conversation through Rasa's REST channel: the answer to a call is the answer to the message.

    Args:
        http: The session to call through, with Rasa's address.
        note: Told what goes wrong.
    """

    _numbers = itertools.count(1)

    def __init__(self, http: aiohttp.ClientSession, note: Note) -> None:
        self._http = http
        self._note = note
        self._sender = ""

    async def open(self) -> None:
        """Choose a name: Rasa knows a conversation by no more."""
        self._sender = f"membre-{next(self._numbers)}-{time.monotonic_ns()}"

    async def say(self, turn: Turn) -> Answered:
        """Send a message.

        Raises:
            NotAnsweredError: It was not answered.
        """
        began = time.monotonic()
        message = {"sender": self._sender, "message": turn.payload or turn.text}
        rows = await _call(self._http, "/webhooks/rest/webhook", message, {}, self._note)
        if not rows:
            self._note("no answer")
            raise NotAnsweredError("no answer")
        messages = [{**row, "contact": row.get("custom")} for row in rows]
        return Answered(None, time.monotonic() - began, messages)

    async def hang_up(self) -> None:
        """Nothing has to be said to Rasa."""

    async def check(self) -> Faults:
        """Rasa keeps no transcript that could be asked for."""
        return Faults()


async def _call(http: aiohttp.ClientSession, path: str, body: object, headers: dict[str, str], note: Note) -> Any:
    """A call that is made again where it came too soon.

    Raises:
        NotAnsweredError: It failed otherwise.
    """
    while True:
        pause = None
        try:
            timeout = aiohttp.ClientTimeout(total=CALL_S)
            async with http.post(path, json=body, headers=headers, timeout=timeout) as response:
                if response.status // 100 == 2:
                    return await response.json()
                note(f"status {response.status}")
                if response.status == TOO_MANY:
                    pause = float(response.headers["Retry-After"])
        except FAILURES as error:
            note(type(error).__name__)
            raise NotAnsweredError(type(error).__name__) from error
        if pause is None:
            raise NotAnsweredError("refused")
        await asyncio.sleep(pause)
