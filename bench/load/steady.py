"""Members who write at a steady pace through the website API."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.load.events import read_events
from bench.load.ledger import Faults, Sent, compare


@dataclass
class Member:
    """A member with a conversation of their own."""

    path: str
    bearer: dict[str, str]
    sent: list[Sent] = field(default_factory=list)


class Load:
    """The members of one run.

    Args:
        base: The site's address.
        texts: What they write, again and again.
        rate: Messages a second, all together.
        members: How many they are.
        phase: Tells what goes on.
    """

    def __init__(self, base: str, texts: Sequence[str], rate: float, members: int, phase: Callable[[], str]) -> None:
        self._base = base
        self._texts = itertools.cycle(texts)
        self._pause = 1 / rate
        self._count = members
        self._phase = phase
        self._members: list[Member] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event, patience: float = 60.0) -> list[Sent]:
        """Write until told to stop, then wait for the last answers.

        Returns:
            All that was sent.
        """
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(self._base, timeout=timeout) as http:
            for _ in range(self._count):
                self._members.append(await self._arrive(http))
            listening = [asyncio.create_task(self._listen(http, member)) for member in self._members]
            due = time.monotonic()
            for member in itertools.cycle(self._members):
                if stop.is_set():
                    break
                self._spawn(self._write(http, member))
                due += self._pause
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and any(row.answered is None for row in self.sent):
                await asyncio.sleep(0.1)
            for task in listening:
                task.cancel()
        return self.sent

    @property
    def sent(self) -> list[Sent]:
        """All messages so far, by member."""
        return [row for member in self._members for row in member.sent]

    async def check(self) -> Faults:
        """Compare what the site holds with what was sent."""
        total = Faults()
        async with aiohttp.ClientSession(self._base) as http:
            for member in self._members:
                async with http.get(f"{member.path}/messages?after=0", headers=member.bearer) as response:
                    total += compare(member.sent, (await response.json())["messages"])
        return total

    async def _arrive(self, http: aiohttp.ClientSession) -> Member:
        async with http.post("/api/conversations", json={}) as response:
            access = await response.json()
        return Member(f"/api/conversations/{access['id']}", {"Authorization": f"Bearer {access['token']}"})

    async def _write(self, http: aiohttp.ClientSession, member: Member) -> None:
        row = Sent(next(self._texts), self._phase(), time.monotonic())
        member.sent.append(row)
        body = {"text": row.text, "client_id": str(len(member.sent))}
        async with http.post(f"{member.path}/messages", json=body, headers=member.bearer) as response:
            if response.status == 202:
                row.seq = (await response.json())["seq"]

    async def _listen(self, http: aiohttp.ClientSession, member: Member) -> None:
        async with http.get(f"{member.path}/events", headers=member.bearer) as stream:
            async for event in read_events(stream.content):
                if event.name == "answered":
                    self._note(member, event.data["answered_to"])

    def _note(self, member: Member, answered_to: int) -> None:
        now = time.monotonic()
        for row in member.sent:
            if row.answered is None and row.seq is not None and row.seq <= answered_to:
                row.answered = now

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
