"""Starts processes, prints what they say, starts again those that die, and ends them all together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from supervisor import guard
from supervisor.journal import Journal
from supervisor.lines import read_lines

GRACE_S = 10.0
OWN_NAME = "guichet"
GUARD = os.path.abspath(guard.__file__)
LAST_LINES_S = 2.0
"""How long to wait for the last lines of a process that has ended (a child that left its group may hold the pipe)."""


@dataclass(frozen=True)
class Process:
    """A command to run.

    Args:
        name: How its lines are prefixed, at most seven characters.
        command: Program and arguments.
        environment: Its whole environment; the supervisor's own where None.
        folder: Where it runs; the supervisor's own folder where None.
        hear: Told each line; those of which it says no are not printed.
        scratch: Where its temporary files go: empty when it starts, gone when it has ended, however that came about.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    folder: Path | None = None
    hear: Callable[[str], bool] | None = None
    scratch: Path | None = None

    def surroundings(self) -> dict[str, str] | None:
        """Its environment, with where its temporary files go."""
        if self.scratch is None:
            return None if self.environment is None else dict(self.environment)
        return {**(os.environ if self.environment is None else self.environment), "TMPDIR": str(self.scratch)}


@dataclass(frozen=True)
class Backoff:
    """How long to wait before a process that died is started again, in seconds.

    Args:
        first: After the first death; doubled after each further one.
        most: Never longer.
        steady: A process that ran so long begins again with `first`.
    """

    first: float = 1.0
    most: float = 30.0
    steady: float = 60.0


class Control:
    """Ends one process while the others go on.

    Attributes:
        pid: Of the process, also its group; None before it is started.
        ended: Whether it has been told to end.
    """

    def __init__(self) -> None:
        self.pid: int | None = None
        self.ended = asyncio.Event()

    def end(self) -> None:
        """Tell it to end: SIGTERM to its group, SIGKILL after the grace."""
        self.ended.set()


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def describe(code: int) -> str:
    """An exit code in French words."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"code {code}"


class Supervisor:
    """Runs processes until it is told to stop."""

    def __init__(
        self,
        processes: Iterable[Process] = (),
        *,
        journal: Journal | None = None,
        backoff: Backoff | None = None,
        grace: float = GRACE_S,
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            processes: Started by `run`, in this order.
            journal: Where lines go.
            backoff: Waiting time before a new start.
            grace: Seconds between SIGTERM and SIGKILL.
        """
        self.journal = journal or Journal()
        self._first = tuple(processes)
        self._backoff = backoff or Backoff()
        self._grace = grace
        self._stopping = asyncio.Event()
        self._hurried = asyncio.Event()
        self._watchers: set[asyncio.Task[None]] = set()
        self._jobs: set[asyncio.Task[int]] = set()
        self._guard: subprocess.Popen[bytes] | None = None

    def is_stopping(self) -> bool:
        """Whether everything is being ended."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """End everything; called a second time, without waiting any longer."""
        if self.is_stopping():
            self._hurried.set()
        else:
            self._stopping.set()

    async def stopped(self) -> None:
        """Wait until everything is being ended."""
        await self._stopping.wait()

    async def sleep(self, seconds: float) -> bool:
        """Wait, but not past `stop`.

        Returns:
            Whether to go on.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return not self.is_stopping()

    async def run(self) -> None:
        """Start the processes and keep them running until `stop`, SIGINT, SIGTERM or SIGHUP; then end all of them."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop)
        for process in self._first:
            self.watch(process)
        await self._stopping.wait()
        self.journal.line(OWN_NAME, "Arrêt en cours…")
        while left := self._watchers | self._jobs:
            await asyncio.wait(left)
        await self._dismiss_guard()

    def watch(self, process: Process) -> None:
        """Keep a process running from now on."""
        task = asyncio.get_running_loop().create_task(self._keep(process))
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)

    async def _keep(self, process: Process) -> None:
        delay = self._backoff.first
        while not self.is_stopping():
            began = time.monotonic()
            code = await self.run_once(process)
            if self.is_stopping():
                return
            if time.monotonic() - began >= self._backoff.steady:
                delay = self._backoff.first
            how = f"«\u00a0{process.name}\u00a0» s’est arrêté ({describe(code)})"
            self.journal.line(OWN_NAME, f"{how}\u00a0; nouveau départ dans {delay:g}\u00a0s.")
            await self.sleep(delay)
            delay = min(delay * 2, self._backoff.most)

    async def run_once(self, process: Process, control: Control | None = None) -> int:
        """Run a command to its end, or until `stop`; nothing of its process group outlives it.

        Args:
            process: The command.
            control: By which it can be ended alone.

        Returns:
            Its exit code (negative: the signal that ended it); 127 where it cannot be started.
        """
        if self.is_stopping():
            return -signal.SIGTERM
        job = asyncio.get_running_loop().create_task(self._run(process, control or Control()))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return await job

    async def _run(self, process: Process, control: Control) -> int:
        # A pipe of our own: with asyncio's, some versions of Python only see the end of a process when its children
        # have closed the pipe too.
        reading, writing = os.pipe()
        lines = asyncio.get_running_loop().create_task(self._print_lines(process, reading))
        try:
            if process.scratch is not None:
                await asyncio.to_thread(_empty, process.scratch)
            child = await asyncio.create_subprocess_exec(
                *guard.announced(process.command),
                stdin=self._call_guard(),
                stdout=writing,
                stderr=writing,
                env=process.surroundings(),
                cwd=process.folder,
                start_new_session=True,
            )
        except OSError as error:
            self.journal.line(OWN_NAME, f"«\u00a0{process.name}\u00a0» ne peut pas démarrer\u00a0: {error}")
            return 127
        finally:
            os.close(writing)
        control.pid = child.pid
        try:
            await self._until_over(child, control)
        finally:
            guard.signal_group(child.pid, signal.SIGKILL)
            self._tell_guard(f"-{child.pid}")
            if process.scratch is not None:
                shutil.rmtree(process.scratch, ignore_errors=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(lines, LAST_LINES_S)
        code = await child.wait()
        if code in guard.NOT_STARTED:
            self.journal.line(OWN_NAME, f"«\u00a0{process.name}\u00a0» ne peut pas démarrer.")
            return 127
        return code

    async def _until_over(self, child: asyncio.subprocess.Process, control: Control) -> None:
        over = asyncio.create_task(child.wait())
        ended = asyncio.create_task(control.ended.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        hurried = asyncio.create_task(self._hurried.wait())
        try:
            await asyncio.wait({over, ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
            # What a process leaves in its group when it dies is given the same time as one that is told to end.
            guard.signal_group(child.pid, signal.SIGTERM)
            deadline = time.monotonic() + self._grace
            await asyncio.wait({over, hurried}, timeout=self._grace, return_when=asyncio.FIRST_COMPLETED)
            while over.done() and not hurried.done() and time.monotonic() < deadline:
                if not guard.signal_group(child.pid, 0):
                    break
                await asyncio.sleep(0.05)
        finally:
            for task in (over, ended, stopping, hurried):
                task.cancel()

    async def _print_lines(self, process: Process, pipe: int) -> None:
        async with contextlib.aclosing(read_lines(pipe)) as lines:
            async for line in lines:
                if process.hear is None or process.hear(line):
                    self.journal.line(process.name, line)

    def _call_guard(self) -> int:
        """Have the guard run; gives the file number of the pipe to it."""
        if self._guard is None:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", GUARD], stdin=subprocess.PIPE, bufsize=0, start_new_session=True
            )
        assert self._guard.stdin is not None
        return self._guard.stdin.fileno()

    def _tell_guard(self, line: str) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._guard.stdin.write(line.encode() + b"\n")

    async def _dismiss_guard(self) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            await asyncio.to_thread(self._guard.wait)
