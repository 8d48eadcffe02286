"""One run: load, chaos, then the ledger."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from faults.chaos import Chaos
from faults.desk import Desk, desk
from faults.ledger import Conversation, Verdict, judge, judge_played
from faults.limit import limited
from faults.members import Crowd
from faults.reading import settled

SETTLING_SECONDS = 180.0
LEAD = 0.05
"""So far may messages be ahead of kills, or kills of messages, in shares of the whole."""
REPORT_SECONDS = 15.0
STILL_SECONDS = 300.0
"""A run in which nothing moves for so long is ended; Rasa itself may need half of it to start."""


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        seed: Gives what is killed when.
        kills: How many processes are killed.
        messages: How many messages the site has to accept.
        members: How many write at once.
        mean: Mean seconds between two kills.
        think: Mean seconds between two messages of a member's.
        real: Whether Rasa itself answers.
        longest: Seconds that it may take once all is up.
    """

    seed: int
    kills: int
    messages: int
    members: int = 20
    mean: float = 0.8
    think: float = 0.3
    real: bool = False
    longest: float = 7200.0


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        verdict: What the ledger says.
        done: How often each program was killed and each disturbance happened.
        killed: How many kills there were.
        conversations: How many there were.
        resent: How often a message had to be sent again.
        longest: Seconds that the slowest message took to be accepted.
        seconds: How long load and chaos took.
        settling: How long it took from then on until all was answered.
        disk: Whether the data stood on a disk that could be filled.
    """

    verdict: Verdict
    done: dict[str, int]
    killed: int
    conversations: int
    resent: int
    longest: float
    seconds: float
    settling: float
    disk: bool


async def run(plan: Plan, folder: Path) -> Outcome:
    """Carry a plan out.

    Args:
        plan: What to do.
        folder: Empty; takes data and logs.

    Raises:
        MissingError: Something is not installed.
        RefusedError: The site refused what it had to take.
        StandstillError: It stood still, or took too long.
        TimeoutError: It did not come up, or not again.
    """
    async with desk(folder, plan.real) as running:
        crowd = Crowd(
            f"http://127.0.0.1:{running.members.port}",
            plan.messages,
            plan.seed,
            lambda share: share <= chaos.share + LEAD,
            plan.think,
        )
        chaos = Chaos(running, plan.kills, plan.seed, lambda share: share <= crowd.share + LEAD, plan.mean)
        verdict = Verdict()
        began = time.monotonic()
        async with limited(plan.longest, STILL_SECONDS, lambda: (crowd.accepted, chaos.killed, verdict.accepted)):
            async with _reported(crowd, chaos), asyncio.TaskGroup() as group:
                group.create_task(crowd.work(plan.members))
                group.create_task(chaos.work())
            ended = time.monotonic()
            await _judge_all(running, crowd.conversations, verdict)
        settling = time.monotonic() - ended
        if running.played is not None:
            judge_played(verdict, _played(running.played))
        done, small = dict(sorted(chaos.done.items())), running.disk.is_small
    return Outcome(
        verdict,
        done,
        chaos.killed,
        len(crowd.conversations),
        crowd.resent,
        crowd.longest,
        ended - began,
        settling,
        small,
    )


@asynccontextmanager
async def _reported(crowd: Crowd, chaos: Chaos) -> AsyncIterator[None]:
    async def report() -> None:
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            print(f"  {crowd.accepted} messages, {chaos.killed} kills", flush=True)

    task = asyncio.create_task(report())
    try:
        yield
    finally:
        task.cancel()


def _played(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    try:
        return [str(row[0]) for row in connection.execute("SELECT message_id FROM played ORDER BY number")]
    finally:
        connection.close()


async def _judge_all(running: Desk, conversations: list[Conversation], verdict: Verdict) -> None:
    """Read each conversation once it is settled, and judge it."""
    deadline = time.monotonic() + SETTLING_SECONDS
    url = f"http://127.0.0.1:{running.settings.port}"
    async with aiohttp.ClientSession() as http:
        for conversation in conversations:
            judge(verdict, conversation, await settled(http, url, conversation, deadline))
