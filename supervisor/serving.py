"""One Rasa answers; another starts beside it when its model is to be exchanged, and takes over once it is warm."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Protocol

from supervisor.loopback import free_port
from supervisor.priority import behind, come_forward
from supervisor.processes import OWN_NAME, Control, Process, Supervisor, describe
from supervisor.relay import Relay

NBSP = "\u00a0"


class NotStartedError(Exception):
    """A model does not come to answer; the message is a French sentence for trainers."""


@dataclass(frozen=True)
class Wanted:
    """What is to be served.

    Attributes:
        model_id: Which model.
        decision: Number of the decision: another one for the same model has it tried again.
    """

    model_id: str
    decision: int = 0


@dataclass(frozen=True)
class Pace:
    """How long things may take, in seconds.

    Attributes:
        patience: From the start of a process to its first answer.
        hurry: After which one that starts behind the others comes forward: where much else runs it would never come.
        look: Between two looks whether it answers.
        first: Before a process that died is started again; doubled each time.
        most: Never longer.
        steady: A process that ran so long begins again with `first`.
        again: Before a model that did not start is tried again without a new decision; doubled each time. Short at
            first: it may have been killed for want of memory, and is not to blame.
        again_most: Never longer.
    """

    patience: float = 120.0
    hurry: float = 30.0
    look: float = 0.2
    first: float = 1.0
    most: float = 30.0
    steady: float = 60.0
    again: float = 15.0
    again_most: float = 3600.0


class Rasa(Protocol):
    """How a Rasa is started and asked."""

    async def process(self, model_id: str, port: int) -> Process:
        """The command that serves a model.

        Raises:
            NotStartedError: There is no such model here.
        """

    async def ready(self, port: int) -> bool:
        """Whether it can answer."""

    async def warm(self, port: int) -> bool:
        """Have it read and answer a few sentences that nobody keeps; whether it did."""


class _Instance:
    """One running process.

    Attributes:
        model_id: What it serves.
        port: Where.
        control: Ends it.
        over: Gives its exit code.
    """

    def __init__(self, model_id: str, port: int, control: Control, over: asyncio.Task[int]) -> None:
        self.model_id = model_id
        self.port = port
        self.control = control
        self.over = over
        self.began = time.monotonic()


class Serving:
    """Keeps the wanted model answering.

    Args:
        supervisor: Runs the processes.
        relay: Their one address.
        rasa: How they are started and asked.
        pace: How long things may take.

    Attributes:
        present: The model that answers; None before the first does.
        coming: The model that is being started beside it, or None.
        trouble: Why the wanted model does not answer, a French sentence; empty where all is well.
    """

    def __init__(self, supervisor: Supervisor, relay: Relay, rasa: Rasa, pace: Pace | None = None) -> None:
        self.present: str | None = None
        self.coming: str | None = None
        self.trouble = ""
        self._supervisor = supervisor
        self._relay = relay
        self._rasa = rasa
        self._pace = pace or Pace()
        self._wanted: Wanted | None = None
        self._refused: Wanted | None = None
        self._again_at = 0.0
        self._tries = 0
        self._changed = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def want(self, wanted: Wanted) -> None:
        """Say what is to be served from now on."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    async def run(self) -> None:
        """Serve what is wanted until the supervisor stops."""
        while not self._supervisor.is_stopping():
            wanted = self._due()
            if wanted is None:
                await self._wait()
                continue
            self.coming = wanted.model_id
            try:
                await self._exchange(wanted)
            except NotStartedError as error:
                self._refuse(wanted, str(error))
            else:
                self._refused, self.trouble, self._tries = None, "", 0
            finally:
                self.coming = None
        if self._keeper is not None:
            await asyncio.wait({self._keeper})
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _due(self) -> Wanted | None:
        wanted = self._wanted
        if wanted is None or wanted.model_id == self.present:
            self.trouble = ""
            return None
        if wanted == self._refused and time.monotonic() < self._again_at:
            return None
        return wanted

    async def _wait(self) -> None:
        """Until something else may be due."""
        self._changed.clear()
        waits = self._refused is not None and self._refused == self._wanted and self._wanted.model_id != self.present
        seconds = max(0.0, self._again_at - time.monotonic()) if waits else None
        changed = asyncio.create_task(self._changed.wait())
        stopping = asyncio.create_task(self._supervisor.stopped())
        try:
            await asyncio.wait({changed, stopping}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
            stopping.cancel()

    def _refuse(self, wanted: Wanted, why: str) -> None:
        if self._supervisor.is_stopping():
            return
        self.trouble = why
        self._tries = self._tries + 1 if wanted == self._refused else 1
        self._refused = wanted
        pace = self._pace
        first, most = (pace.again, pace.again_most) if self.present else (pace.first, pace.most)
        pause = min(first * 2.0 ** (self._tries - 1), most)
        self._again_at = time.monotonic() + pause
        kept = f" La version {self.present} reste en service." if self.present else ""
        self._say(f"{why}{kept} Nouvel essai dans {pause:g}{NBSP}s, ou à la prochaine décision.")

    async def _exchange(self, wanted: Wanted) -> None:
        """Start the wanted model, have it take over once it is warm, and end the other one.

        Raises:
            NotStartedError: It does not come to answer; the other one goes on.
        """
        beside = self.present is not None
        fresh = await self._start(wanted.model_id, beside)
        if beside:
            await self._warm(fresh)
        await self._take_over(fresh)
        if not beside:
            self._spawn(self._warm_quietly(fresh))

    async def _warm(self, fresh: _Instance) -> None:
        if not await self._rasa.warm(fresh.port) or fresh.over.done():
            await self._end(fresh)
            raise NotStartedError(f"La version {fresh.model_id} démarre, mais ne répond pas aux phrases d’essai.")

    async def _warm_quietly(self, fresh: _Instance) -> None:
        await self._rasa.warm(fresh.port)

    async def _take_over(self, fresh: _Instance) -> None:
        if fresh.control.pid is not None:
            come_forward(fresh.control.pid)
        if self._keeper is not None:
            self._keeper.cancel()  # it gets to know when the relay has begun to go over
        await self._relay.hand_over(fresh.port)
        self.present = fresh.model_id
        self._keeper = asyncio.get_running_loop().create_task(self._keep(fresh))

    async def _keep(self, instance: _Instance) -> None:
        """Start the same model again whenever its process dies; cancelled when another takes over."""
        delay = self._pace.first
        try:
            while True:
                code = await asyncio.shield(instance.over)
                if self._supervisor.is_stopping():
                    return
                if time.monotonic() - instance.began >= self._pace.steady:
                    delay = self._pace.first
                how = f"«{NBSP}rasa{NBSP}» s’est arrêté ({describe(code)})"
                self._say(f"{how}{NBSP}; nouveau départ dans {delay:g}{NBSP}s.")
                await self._supervisor.sleep(delay)
                delay = min(delay * 2, self._pace.most)
                if self._supervisor.is_stopping():
                    return
                with contextlib.suppress(NotStartedError):
                    instance = await self._start(instance.model_id, beside=False)
                    await self._relay.hand_over(instance.port)
        except asyncio.CancelledError:
            self._spawn(self._retire(instance))

    async def _retire(self, instance: _Instance) -> None:
        await self._relay.drain(instance.port)
        await self._end(instance)

    async def _end(self, instance: _Instance) -> None:
        instance.control.end()
        await instance.over

    async def _start(self, model_id: str, beside: bool) -> _Instance:
        """Start a process and wait until it can answer.

        Args:
            model_id: What it serves.
            beside: Whether another one answers meanwhile, which it must not slow down.

        Raises:
            NotStartedError: It does not.
        """
        port = free_port()
        process = await self._rasa.process(model_id, port)
        if beside:
            process = replace(process, command=behind(process.command))
        control = Control()
        over = asyncio.get_running_loop().create_task(self._supervisor.run_once(process, control))
        instance = _Instance(model_id, port, control, over)
        try:
            await self._until_ready(instance)
        except BaseException:
            control.end()
            if not over.done():
                self._spawn(self._collect(over))
            raise
        return instance

    async def _collect(self, over: asyncio.Task[int]) -> None:
        await over

    async def _until_ready(self, instance: _Instance) -> None:
        while True:
            if instance.over.done():
                how = describe(instance.over.result())
                raise NotStartedError(f"La version {instance.model_id} n’a pas démarré ({how}).")
            if await self._rasa.ready(instance.port):
                return
            waited = time.monotonic() - instance.began
            if waited > self._pace.hurry and instance.control.pid is not None:
                come_forward(instance.control.pid)
            if waited > self._pace.patience:
                raise NotStartedError(
                    f"La version {instance.model_id} ne répond pas après {self._pace.patience:g}{NBSP}s d’attente."
                )
            await asyncio.wait({instance.over}, timeout=self._pace.look)

    def _spawn(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _say(self, text: str) -> None:
        self._supervisor.journal.line(OWN_NAME, text)
