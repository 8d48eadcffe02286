"""What goes wrong, one thing after the other, at moments that a seed gives."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import psycopg

from faults.desk import START_SECONDS, Desk
from faults.network import COMMITTING
from faults.processes import Program

KILLED_WHILE_STARTING = 0.15
"""Share of the kills that may meet a program that is not up yet."""
DISTURBED = 0.2
"""Share of the steps that disturb something rather than kill."""
SLOW_SECONDS = 1.5
LONGEST_SECONDS = 2.5
WEIGHTS = {"site": 3, "rasa": 3, "database": 3, "redis": 1, "actions": 2}


class Chaos:
    """Kills and disturbs.

    Args:
        desk: What is to suffer.
        kills: How many processes are killed.
        seed: Of the chances.
        may_go_on: Whether the next step is due, given the share of the kills that is done.
        mean: Mean seconds between two steps.

    Attributes:
        done: How often each program was killed and each disturbance happened.
        killed: How many kills there were.
    """

    def __init__(self, desk: Desk, kills: int, seed: int, may_go_on: Callable[[float], bool], mean: float) -> None:
        self.done: Counter[str] = Counter()
        self.killed = 0
        self._desk = desk
        self._kills = kills
        self._random = random.Random(seed)
        self._may_go_on = may_go_on
        self._mean = mean
        self._due = self._random.sample(list(WEIGHTS), len(WEIGHTS))
        self._disturbances: dict[str, Callable[[float], Awaitable[None]]] = {
            "network cut": self._cut,
            "actions slow": self._slow,
            "database read-only": self._read_only,
            "commits unconfirmed": self._leave_unconfirmed,
        }
        if desk.disk.is_small:
            self._disturbances["disk full"] = self._fill

    @property
    def share(self) -> float:
        """How much of the work is done, from 0 to 1."""
        return self.killed / self._kills if self._kills else 1.0

    async def work(self) -> None:
        """Go on until enough was killed: each program once, then by chance; each disturbance happens at least once."""
        missing = list(self._disturbances)
        while self.killed < self._kills or missing:
            await asyncio.sleep(self._random.uniform(0, 2 * self._mean))
            while not self._may_go_on(self.share):
                await asyncio.sleep(0.1)
            if self.killed >= self._kills or self._random.random() < DISTURBED:
                name = missing.pop(0) if missing else self._random.choice(list(self._disturbances))
                self.done[name] += 1
                await self._disturbances[name](self._random.uniform(0.3, LONGEST_SECONDS))
            else:
                await self._kill()

    async def _kill(self) -> None:
        name = self._due[-1] if self._due else self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        spared, child = self._random.random() >= KILLED_WHILE_STARTING, self._random.random()
        program: Program = getattr(self._desk, name)
        if spared:
            await program.up(START_SECONDS)
        if name == "database" and name not in self._due and child < 0.5:
            killed, name = program.kill_child(child * 2), "one process of the database"
        else:
            killed = program.kill()
        if killed:
            self.killed += 1
            self.done[name] += 1
            self._due = [other for other in self._due if other != name]

    async def _cut(self, seconds: float) -> None:
        self._desk.members.cut()
        await asyncio.sleep(seconds)
        self._desk.members.mend()

    async def _slow(self, seconds: float) -> None:
        self._desk.behind.delay = SLOW_SECONDS
        await asyncio.sleep(seconds)
        self._desk.behind.delay = 0.0

    async def _leave_unconfirmed(self, seconds: float) -> None:
        """Have the site's transactions stored without a word that they are."""
        self._desk.store.unconfirmed = COMMITTING
        await asyncio.sleep(seconds)
        self._desk.store.unconfirmed = None

    async def _read_only(self, seconds: float) -> None:
        await self._set_read_only("on")
        await asyncio.sleep(seconds)
        await self._set_read_only("off")

    async def _set_read_only(self, value: str) -> None:
        for _ in range(300):
            try:
                connection = await psycopg.AsyncConnection.connect(self._desk.administration, autocommit=True)
                async with connection:
                    await connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
                    await connection.execute("SELECT pg_reload_conf()")
                return
            except psycopg.OperationalError:
                await asyncio.sleep(0.1)

    async def _fill(self, seconds: float) -> None:
        await asyncio.to_thread(self._desk.disk.fill)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._desk.disk.free)
