"""Members who write at a steady pace through the website API, and the ledger of what became of their messages."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp


@dataclass
class Sent:
    """A message that was sent.

    Attributes:
        text: What was written.
        phase: What went on at that moment.
        at: When, on the monotonic clock.
        seq: Its number, once it was accepted.
        answered: When it was fully answered; None while it is not.
    """

    text: str
    phase: str
    at: float
    seq: int | None = None
    answered: float | None = None


@dataclass
class Member:
    """A member with a conversation of their own."""

    path: str
    bearer: dict[str, str]
    sent: list[Sent] = field(default_factory=list)


@dataclass(frozen=True)
class Faults:
    """What went wrong with accepted messages."""

    refused: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0

    def __add__(self, other: Faults) -> Faults:
        return Faults(
            self.refused + other.refused,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.out_of_order + other.out_of_order,
        )

    def __bool__(self) -> bool:
        return self != Faults()


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
            name = ""
            async for raw in stream.content:
                line = raw.decode().rstrip("\n")
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: ") and name == "answered":
                    self._note(member, json.loads(line.removeprefix("data: "))["answered_to"])

    def _note(self, member: Member, answered_to: int) -> None:
        now = time.monotonic()
        for row in member.sent:
            if row.answered is None and row.seq is not None and row.seq <= answered_to:
                row.answered = now

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def compare(sent: Sequence[Sent], stored: Sequence[dict[str, Any]]) -> Faults:
    """The faults of one conversation.

    Args:
        sent: What the member sent, in order.
        stored: What the site gives as the conversation.
    """
    accepted = [(row.seq, row.text) for row in sent if row.seq is not None]
    kept = [(row["seq"], row["text"]) for row in stored if row["sender"] == "member"]
    answers: dict[int, list[str]] = {}
    order = []
    for row in stored:
        if row["sender"] == "bot" and row["reply_to"] is not None:
            order.append(row["reply_to"])
            answers.setdefault(row["reply_to"], []).append(json.dumps([row["text"], row["contact"]], sort_keys=True))
    return Faults(
        refused=len(sent) - len(accepted),
        lost=len(set(accepted) - set(kept)) + sum(seq not in answers for seq, _ in accepted),
        doubled=len(kept) - len(set(kept)) + sum(len(texts) - len(set(texts)) for texts in answers.values()),
        out_of_order=sum(later < earlier for earlier, later in itertools.pairwise(order)),
    )
