"""Real processes: started, watched, ended with their children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.servers import Server, wait_until
from bench.training import CommandError
from settings import ROOT

PARENT = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; held = bytearray(60_000_000); time.sleep(600)"])
pathlib.Path("child").write_text(str(child.pid))
time.sleep(600)
"""


DRIVER = """
import pathlib, sys, time
from bench.servers import Server, leave_nothing_behind
leave_nothing_behind()
folder = pathlib.Path(sys.argv[1])
with Server([sys.executable, "-c", "import time; time.sleep(600)"], folder / "log", folder, {}) as running:
    (folder / "child").write_text(str(running.process.pid))
    time.sleep(600)
"""


def gone(pid: int) -> bool:
    """Whether a process has ended, collected or not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, text=True).stdout.strip()
    return not state or state.startswith("Z")


def server(folder: Path, code: str) -> Server:
    return Server([sys.executable, "-c", code], folder / "log", folder, dict(os.environ))


def test_memory_counts_children_and_nothing_outlives_the_context(tmp_path: Path) -> None:
    with server(tmp_path, PARENT) as running:
        note = tmp_path / "child"
        wait_until(lambda: note.exists() and bool(note.read_text()), [running], 30)
        wait_until(lambda: running.resident() > 60, [running], 30)
        child = int(note.read_text())
    assert gone(child)
    assert running.process.returncode is not None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_benchmark_that_is_told_to_end_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    note = tmp_path / "child"
    with subprocess.Popen([sys.executable, "-c", DRIVER, str(tmp_path)], cwd=ROOT) as driver:
        deadline = time.monotonic() + 30
        while not (note.exists() and note.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        driver.send_signal(number)
        assert driver.wait(30) == 128 + number
    assert gone(int(note.read_text()))


def test_a_process_that_ends_is_told_with_its_log(tmp_path: Path) -> None:
    with server(tmp_path, "raise SystemExit('no model')") as running:
        running.process.wait(30)
        with pytest.raises(CommandError, match=r"code 1\), see .*log"):
            wait_until(lambda: False, [running], 30)
    assert "no model" in (tmp_path / "log").read_text()


def test_patience_ends(tmp_path: Path) -> None:
    with server(tmp_path, "import time; time.sleep(600)") as running, pytest.raises(CommandError, match="no answer"):
        wait_until(lambda: False, [running], 0.2)
