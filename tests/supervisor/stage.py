"""A supervisor in a process of its own, over small commands that stand in for the site and Rasa."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from settings import ROOT

PATIENCE_S = 30.0

DRIVER = """
import asyncio, sys
from supervisor.processes import Backoff, Process, Supervisor

async def main():
    commands = [Process(f"p{number}", [sys.executable, path]) for number, path in enumerate(sys.argv[1:])]
    await Supervisor(commands, backoff=Backoff(0.05, 0.2, 60), grace=1).run()

asyncio.run(main())
"""


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true while one can reasonably wait for it."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits to be collected does not."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, text=True).stdout.strip()
    return bool(found) and not found.startswith("Z")


class Stage:
    """Commands that note their process ids, under a supervisor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []

    def command(self, name: str, body: str) -> Path:
        """Write a command that notes its process id each time that it starts, then does `body`."""
        path = self.folder / f"{name}.py"
        notes = self.folder / f"{name}.pids"
        head = f"import os, signal, subprocess, sys, time\nopen({str(notes)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
        path.write_text(head + body, encoding="utf-8")
        return path

    def pids(self, name: str) -> list[int]:
        """The process ids that a command noted, the last one last."""
        notes = self.folder / f"{name}.pids"
        return [int(line) for line in notes.read_text().splitlines()] if notes.exists() else []

    def supervise(self, *commands: Path) -> subprocess.Popen[str]:
        """Start a supervisor over commands."""
        arguments = [sys.executable, "-c", DRIVER, *map(str, commands)]
        started = subprocess.Popen(
            arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self.started.append(started)
        return started
