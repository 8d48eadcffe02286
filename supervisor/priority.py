"""Letting a process start behind the others, where it may come forward again later."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

BEHIND = 10
_TRY = f"import os; os.nice({BEHIND}); os.setpriority(os.PRIO_PROCESS, 0, 0)"


@functools.cache
def can_come_forward() -> bool:
    """Whether a process of ours may raise its priority again: an ordinary user's may not, and would stay behind."""
    if not Path("/proc/self/task").is_dir():
        return False
    return subprocess.run([sys.executable, "-I", "-c", _TRY], stderr=subprocess.DEVNULL).returncode == 0


def behind(command: Sequence[str]) -> list[str]:
    """A command that starts behind the others where it may come forward later, else as it is."""
    return ["nice", "-n", str(BEHIND), *command] if can_come_forward() else list(command)


def come_forward(pid: int) -> None:
    """Give a process and all its threads our own priority."""
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    tasks = Path(f"/proc/{pid}/task")
    # Twice: a thread that is born meanwhile has the priority of the thread that made it.
    for _ in range(2):
        with contextlib.suppress(OSError):
            for task in tasks.iterdir():
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, int(task.name), usual)
