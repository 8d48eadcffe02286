"""Servers that the benchmark starts, watches and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from bench.training import CommandError

GRACE_S = 15.0
LAST_S = 2.0
POLL_S = 0.05


def leave_nothing_behind() -> None:
    """Have SIGTERM and SIGHUP end this process by an exception, so that what it started is ended too."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))


class Server:
    """A process in a group of its own, ended with all its children when the context closes.

    Args:
        command: Program and arguments.
        log: Where its output goes.
        folder: Where it runs.
        environment: Its whole environment.
    """

    def __init__(self, command: Sequence[str], log: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self._command = list(command)
        self._log = log
        self._folder = folder
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        """When it was started, on the monotonic clock."""

    def __enter__(self) -> Server:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as output:
            self.started = time.monotonic()
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self.process
        _signal(process.pid, signal.SIGTERM)
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            pass
        _signal(process.pid, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + LAST_S
        while _signal(process.pid, signal.SIGKILL) and time.monotonic() < deadline:
            time.sleep(POLL_S)  # a killed child may take a moment to be gone

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running process."""
        assert self._process is not None, "the server was not started"
        return self._process

    def check(self) -> None:
        """Raise where it has ended.

        Raises:
            CommandError: It has; the message names its log.
        """
        code = self.process.poll()
        if code is not None:
            raise CommandError(f"{' '.join(self._command[1:4])} ended (code {code}), see {self._log}")

    def resident(self) -> float:
        """Resident memory of the process and its children, in MiB."""
        listed = subprocess.run(["ps", "-A", "-o", "pgid=,rss="], stdout=subprocess.PIPE, text=True, check=True).stdout
        group = str(self.process.pid)
        rows = [line.split() for line in listed.splitlines()]
        return round(sum(int(row[1]) for row in rows if row[0] == group) / 1024, 1)


def _signal(group: int, number: signal.Signals) -> bool:
    """Signal a process group; False where none is left of it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def wait_until(answers: Callable[[], bool], servers: Sequence[Server], patience: float) -> float:
    """Ask again and again until there is an answer.

    Args:
        answers: Whether there is one.
        servers: Those that must stay alive meanwhile.
        patience: Seconds.

    Returns:
        When the answer came, on the monotonic clock.

    Raises:
        CommandError: A server ended, or patience did.
    """
    deadline = time.monotonic() + patience
    while not answers():
        for server in servers:
            server.check()
        if time.monotonic() > deadline:
            raise CommandError(f"no answer within {patience:g} s")
        time.sleep(POLL_S)
    return time.monotonic()
