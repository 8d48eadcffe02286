"""Members who chat: each thinks, writes, waits for the answer, and begins anew when all is said."""

from __future__ import annotations

import asyncio
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

from bench.load.dialogues import Dialogue, Turn
from bench.load.ledger import Faults
from bench.load.lines import Answered, Line, NotAnsweredError, RestLine, SiteLine

SITE, REST = "site", "rest"
LINES: dict[str, type[SiteLine] | type[RestLine]] = {SITE: SiteLine, REST: RestLine}
LAG_EVERY_S = 0.05
SPARE_FILES = 100
"""Open files beside the connections."""
OPENING_AT_ONCE = 10
"""Idle streams are opened so many at a time."""


class TooFewFilesError(RuntimeError):
    """The system does not let a process hold so many connections; the message says what to do."""


@dataclass(frozen=True)
class Order:
    """What a process of members does.

    Attributes:
        base: Address of the site, or of Rasa.
        line: How they are connected.
        members: How many chat.
        idle: How many only listen.
        think: Seconds that they think before each message, in the mean.
        arriving, begin, end: When the first comes, and from when to when is measured, on the monotonic clock.
        seed: Of all chances.
    """

    base: str
    line: str
    members: int
    idle: int
    think: float
    arriving: float
    begin: float
    end: float
    seed: int


@dataclass
class Told:
    """What a process of members tells in the end; only messages sent while it was measured count.

    Attributes:
        answered: Seconds from sending to the whole answer, of each.
        accepted: Seconds from sending to the site's word that it is stored.
        failures: How often what went wrong, all the time.
        faults: What went wrong with accepted messages, all the time.
        conversations: How many were begun, all the time.
        messages: How many messages were answered, all the time.
        idle: How many streams were open that nobody wrote in.
        busy: Share of a processor that the members took.
        lag: Seconds by which their event loop was late, of each look at it.
    """

    answered: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    faults: Faults = field(default_factory=Faults)
    conversations: int = 0
    messages: int = 0
    idle: int = 0
    busy: float = 0.0
    lag: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "failures": dict(self.failures)}  # `asdict` spoils a Counter

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Told:
        """What `as_json` gave."""
        return cls(**{**content, "faults": Faults(**content["faults"]), "failures": Counter(content["failures"])})

    def __add__(self, other: Told) -> Told:
        return Told(
            self.answered + other.answered,
            self.accepted + other.accepted,
            self.failures + other.failures,
            self.faults + other.faults,
            self.conversations + other.conversations,
            self.messages + other.messages,
            self.idle + other.idle,
            max(self.busy, other.busy),
            self.lag + other.lag,
        )


def allow_connections(number: int) -> None:
    """Let this process hold so many connections.

    Raises:
        TooFewFilesError: The system's limit is lower.
    """
    wanted = number + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise TooFewFilesError(
                f"{number} connections need {wanted} open files, and this system allows {hard} to a process: "
                f"raise its limit (ulimit -Hn {wanted}), or ask for fewer members"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Crowd:
    """The members of one process.

    Args:
        order: What they do.
        dialogues: What they say.
    """

    def __init__(self, order: Order, dialogues: Iterator[Dialogue]) -> None:
        self._order = order
        self._dialogues = dialogues
        self._chance = random.Random(order.seed)
        self._told = Told()
        self._lines: list[Line] = []
        self._opening = asyncio.Semaphore(OPENING_AT_ONCE)

    async def run(self) -> Told:
        """Chat until the end, and wait for the last answers.

        Raises:
            TooFewFilesError: The system does not let it hold so many connections.
        """
        order = self._order
        allow_connections(2 * order.members + order.idle)
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(order.base, timeout=timeout, connector=connector) as http:
            watching = asyncio.create_task(self._watch())
            idle = [asyncio.create_task(self._listen_only(http)) for _ in range(order.idle)]
            async with asyncio.TaskGroup() as group:
                for _ in range(order.members):
                    group.create_task(self._live(http))
            await watching
            for line in self._lines:
                self._told.faults += await line.check()
            for task in idle:
                task.cancel()
            if idle:
                await asyncio.wait(idle)
        return self._told

    async def _live(self, http: aiohttp.ClientSession) -> None:
        await _until(self._order.arriving + self._chance.uniform(0, self._order.think))
        while time.monotonic() < self._order.end:
            line: Line = LINES[self._order.line](http, self._note)
            try:
                await line.open()
                self._told.conversations += 1
                await self._talk(line, next(self._dialogues))
            except NotAnsweredError:
                await asyncio.sleep(self._chance.uniform(0.5, 1.5))
            finally:
                await line.hang_up()
            self._lines.append(line)

    async def _talk(self, line: Line, dialogue: Dialogue) -> None:
        said: list[Turn] = []
        answers: list[dict[str, Any]] = []
        while (turn := dialogue.next_turn(said, answers)) is not None:
            await asyncio.sleep(self._chance.expovariate(1 / self._order.think))
            at = time.monotonic()
            if at >= self._order.end:
                return
            answer = await line.say(turn)
            said.append(turn)
            answers = answer.messages
            self._keep(at, answer)

    def _keep(self, at: float, answer: Answered) -> None:
        self._told.messages += 1
        if self._order.begin <= at < self._order.end:
            self._told.answered.append(answer.seconds)
            if answer.accepted is not None:
                self._told.accepted.append(answer.accepted)

    async def _listen_only(self, http: aiohttp.ClientSession) -> None:
        await _until(self._order.arriving)
        line = SiteLine(http, self._note)
        try:
            async with self._opening:
                await line.open()
            self._told.idle += 1
            await asyncio.Event().wait()
        except NotAnsweredError:
            pass
        finally:
            await line.hang_up()

    async def _watch(self) -> None:
        """Note how busy this process is itself while it is measured."""
        await _until(self._order.begin)
        worked = time.process_time()
        while (before := time.monotonic()) < self._order.end:
            await asyncio.sleep(LAG_EVERY_S)
            self._told.lag.append(time.monotonic() - before - LAG_EVERY_S)
        self._told.busy = (time.process_time() - worked) / (self._order.end - self._order.begin)

    def _note(self, what: str) -> None:
        self._told.failures[what] += 1


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))
