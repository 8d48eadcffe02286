"""A process that starts behind the others comes forward with all its threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from supervisor.priority import BEHIND, behind, can_come_forward, come_forward

THREADS = """
import threading, time
for _ in range(3):
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
print("ready", flush=True)
time.sleep(600)
"""


def _priorities(pid: int) -> set[int]:
    return {os.getpriority(os.PRIO_PROCESS, int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir()}


def test_all_threads_come_forward_where_they_may_and_nothing_starts_behind_where_not() -> None:
    command = [sys.executable, "-c", THREADS]
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    with subprocess.Popen(behind(command), stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == b"ready\n"
            if not can_come_forward():
                assert behind(command) == command
                return
            assert _priorities(process.pid) == {min(usual + BEHIND, 19)}
            assert len(list(Path(f"/proc/{process.pid}/task").iterdir())) == 4
            come_forward(process.pid)
            assert _priorities(process.pid) == {usual}
        finally:
            process.kill()


def test_a_process_that_is_gone_does_not_matter() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    come_forward(process.pid)


def test_an_ordinary_user_is_not_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    can_come_forward.cache_clear()
    monkeypatch.setattr("supervisor.priority._TRY", "raise PermissionError")
    assert behind(["x"]) == ["x"]
    can_come_forward.cache_clear()
