"""Processes that are started again whenever they end, as a service manager does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from settings import ROOT
from supervisor.descent import children

POLL_SECONDS = 0.1
RESTART_SECONDS = 0.2
GRACE_SECONDS = 10.0


class Program:
    """A program that runs again and again until it is stopped.

    Args:
        name: What it is called in the report.
        command: Program and arguments.
        environment: Its whole environment.
        log: Where its output goes, that of all its lives.
        port: The port on which it listens once it is up.
        user: Who runs it; None for who runs this.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        port: int,
        user: str | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self._command = list(command)
        self._environment = dict(environment)
        self._log = log
        self._user = user
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Run it from now on."""
        self._task = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """End it for good."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(signal.SIGINT if self.name == "database" else signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), GRACE_SECONDS)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await process.wait()

    @property
    def pid(self) -> int | None:
        """The running process, or None between two lives."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def kill(self) -> bool:
        """Kill it, with whatever it started. False where it is dead already."""
        return self._signal(signal.SIGKILL)

    def kill_child(self, number: float) -> bool:
        """Kill one of the processes that it started.

        Args:
            number: Which, from 0 to below 1.

        Returns:
            False where there is none.
        """
        started = [] if self.pid is None else children(self.pid)
        if not started:
            return False
        try:
            os.kill(started[int(number * len(started))], signal.SIGKILL)
        except OSError:
            return False
        return True

    async def is_up(self) -> bool:
        """Whether it takes connections."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def up(self, patience: float) -> None:
        """Wait until it takes connections.

        Raises:
            TimeoutError: It does not.
        """
        async with asyncio.timeout(patience):
            while not await self.is_up():
                await asyncio.sleep(POLL_SECONDS)

    def _signal(self, number: signal.Signals) -> bool:
        pid = self.pid
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)
            return True
        return False

    async def _keep_running(self) -> None:
        with self._log.open("ab") as output:
            while True:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    cwd=ROOT if self._user is None else self._log.parent,
                    env=self._environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    user=self._user,
                )
                await self._process.wait()
                await asyncio.sleep(RESTART_SECONDS)
