"""Members under load: each message is sent until it is accepted, and what was promised is written into the ledger."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections.abc import Callable
from typing import Any

import aiohttp

from faults.ledger import Conversation, Sent
from faults.reading import CALL_SECONDS, ERRORS, settled

SENT_AGAIN = 0.05
"""Share of accepted messages that are sent a second time: the same number has to come back."""
LISTENING = 0.3
"""Share of conversations whose stream is open."""
SILENT_SECONDS = 60.0
"""A stream that brings nothing of what is answered for so long lost it."""


class RefusedError(RuntimeError):
    """The site refused for good what it had to take."""


class Crowd:
    """All members.

    Args:
        url: The site, through a network that can fail.
        target: How many messages they send at least.
        seed: Of their chances.
        may_go_on: Whether the next message is due, given the share that is sent.
        think: Mean seconds between a member's messages.

    Attributes:
        conversations: The ledger.
        accepted: How many messages the site accepted.
        resent: How often a message had to be sent again, as no answer came.
        longest: The longest time that one message needed to be accepted, in seconds.
    """

    def __init__(self, url: str, target: int, seed: int, may_go_on: Callable[[float], bool], think: float) -> None:
        self.conversations: list[Conversation] = []
        self.accepted = 0
        self.resent = 0
        self.longest = 0.0
        self._url = url
        self._target = target
        self._random = random.Random(seed)
        self._may_go_on = may_go_on
        self._think = think
        self._begun = 0

    @property
    def share(self) -> float:
        """How much of the work is done, from 0 to 1."""
        return self.accepted / self._target

    async def work(self, members: int) -> None:
        """Have so many members write until enough was accepted.

        Raises:
            RefusedError: The site refused what it had to take.
        """
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http, asyncio.TaskGroup() as group:
            for _ in range(members):
                group.create_task(self._write(http, group))

    async def _write(self, http: aiohttp.ClientSession, group: asyncio.TaskGroup) -> None:
        while self._begun < self._target:
            conversation = await self._open(http)
            listener = None
            if self._random.random() < LISTENING:
                conversation.heard = []
                listener = group.create_task(self._listen(http, conversation))
            for _ in range(self._random.randint(2, 20)):
                while not self._may_go_on(self.share):
                    await asyncio.sleep(0.1)
                if self._begun >= self._target:
                    break
                self._begun += 1
                await self._say(http, conversation, f"Bonjour, message {self._begun}")
                await asyncio.sleep(self._random.expovariate(1 / self._think))
            if listener is not None:
                await self._heard(http, conversation)
                listener.cancel()

    async def _open(self, http: aiohttp.ClientSession) -> Conversation:
        while True:
            answer = await self._call(http, "/api/conversations", {}, {})
            if answer is not None:
                conversation = Conversation(answer["id"], answer["token"])
                self.conversations.append(conversation)
                return conversation

    async def _say(self, http: aiohttp.ClientSession, conversation: Conversation, text: str) -> None:
        body = {"text": text, "client_id": uuid.uuid4().hex}
        began = time.monotonic()
        sent: Sent | None = None
        again = self._random.random() < SENT_AGAIN
        while sent is None or again:
            path = f"/api/conversations/{conversation.id}/messages"
            answer = await self._call(http, path, body, conversation.headers)
            if answer is None:
                continue
            if sent is not None:
                if answer["seq"] != sent.seq:
                    raise RefusedError(f"{conversation.id}: {text!r} was promised {sent.seq}, then {answer['seq']}")
                return
            sent = Sent(text, answer["seq"])
            conversation.sent.append(sent)
            self.accepted += 1
            self.longest = max(self.longest, time.monotonic() - began)

    async def _call(
        self, http: aiohttp.ClientSession, path: str, body: dict[str, str], headers: dict[str, str]
    ) -> dict[str, Any] | None:
        """One attempt; None where it has to be made again, after a pause."""
        pause = self._random.uniform(0.1, 0.8)
        try:
            timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
            async with http.post(self._url + path, json=body, headers=headers, timeout=timeout) as response:
                if response.status in (201, 202):
                    answer: dict[str, Any] = await response.json()
                    return answer
                if response.status == 429:
                    pause = min(float(response.headers["Retry-After"]), 2.0)
                elif response.status < 500:
                    raise RefusedError(f"{path}: {response.status} {await response.text()}")
                else:
                    self.resent += 1
        except ERRORS:
            self.resent += 1
        await asyncio.sleep(pause)
        return None

    async def _heard(self, http: aiohttp.ClientSession, conversation: Conversation) -> None:
        """Wait until the stream has brought the last answer, or kept it back for too long."""
        await settled(http, self._url, conversation)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENT_SECONDS):
                while conversation.answered_to < conversation.last_seq:
                    await asyncio.sleep(0.1)

    async def _listen(self, http: aiohttp.ClientSession, conversation: Conversation) -> None:
        """Keep the stream open, where it breaks from the last message that it brought on."""
        heard = conversation.heard
        assert heard is not None
        while True:
            last = {"Last-Event-ID": str(heard[-1])} if heard else {}
            try:
                timeout = aiohttp.ClientTimeout(total=None, sock_connect=CALL_SECONDS, sock_read=20.0)
                address = f"{self._url}/api/conversations/{conversation.id}/events"
                async with http.get(address, headers={**conversation.headers, **last}, timeout=timeout) as response:
                    if response.status == 200:
                        await _take(response.content, conversation)
            except ERRORS:
                pass
            await asyncio.sleep(self._random.uniform(0.1, 0.8))


async def _take(stream: aiohttp.StreamReader, conversation: Conversation) -> None:
    """Note what a stream brings until it breaks."""
    assert conversation.heard is not None
    fields: dict[str, str] = {}
    while line := (await stream.readline()).decode():
        name, _, value = line.rstrip("\n").partition(": ")
        if name:
            fields[name] = value
            continue
        if fields.get("event") == "message":
            conversation.heard.append(int(fields["id"]))
        elif fields.get("event") == "answered":
            conversation.answered_to = json.loads(fields["data"])["answered_to"]
        fields = {}
