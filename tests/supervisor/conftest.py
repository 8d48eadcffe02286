"""The stage for tests over real processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.supervisor.stage import Stage, alive


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage in a fresh folder; whatever is left on it is cleared."""
    built = Stage(tmp_path)
    yield built
    for process in built.started:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    for notes in tmp_path.glob("*.pids"):
        for pid in built.pids(notes.stem):
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
