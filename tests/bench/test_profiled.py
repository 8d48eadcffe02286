"""Stages are noted from outside, in the process that runs them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.inside import profiled
from bench.website import read_spans
from settings import ROOT

notes: list[tuple[str, float]] = []


class Worker:
    """Something to wrap."""

    async def wait(self) -> str:
        """Waits."""
        await asyncio.sleep(0)
        return "waited"

    def fail(self) -> str:
        """Fails."""
        raise KeyError("x")

    @staticmethod
    def double(number: int) -> int:
        """Needs no worker."""
        return 2 * number


async def test_results_and_errors_pass_through_and_both_are_noted() -> None:
    notes.clear()
    for method in ("wait", "fail", "double"):
        profiled.wrap(f"{__name__}.Worker.{method}", method, lambda name, began: notes.append((name, began)))
    assert await Worker().wait() == "waited"
    with pytest.raises(KeyError):
        Worker().fail()
    assert Worker().double(2) == Worker.double(2) == 4
    assert [name for name, _ in notes] == ["wait", "fail", "double", "double"]


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(LookupError, match="nothing"):
        profiled.wrap("bench.spans.nothing", "x", lambda *_: None)


@pytest.mark.parametrize("program", ["website", "actions"])
def test_the_named_stages_exist(program: str) -> None:
    code = (
        "from bench.inside import profiled\n"
        f"for target, name in profiled.STAGES[{program!r}].items():\n"
        "    profiled.wrap(target, name, lambda *_: None)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_a_program_is_run_as_usual_and_half_lines_are_left_out(tmp_path: Path) -> None:
    out = tmp_path / "spans.jsonl"
    command = [sys.executable, "-m", "bench.inside.profiled", str(out), "website", "--unused"]
    environment = {**os.environ, "PORT": "no number"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "PORT='no number'" in ended.stderr
    assert read_spans(out) == []
    out.write_text(json.dumps(["stage", 1.0, 2.0]) + "\n" + '["half', "utf-8")
    assert [(span.name, span.end - span.start) for span in read_spans(out)] == [("stage", 1.0)]
