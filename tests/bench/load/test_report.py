"""The command line, a step's figures, and the page that is written of them."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.load import desks, report, steps
from bench.load.__main__ import PARTS, read_arguments
from bench.load.desks import Desk
from bench.load.driving import Pace, Sample, orders, summary
from bench.load.ledger import Faults
from bench.load.members import SITE, Told
from bench.load.processes import Usage
from bench.load.steps import CLUSTER, LIGHT, ONE, STOCK, Steps
from bench.plan import Plan
from bench.results import Results

FIRST = Sample(100.0, 50.0, {"site": Usage(cpu=10.0)})
LAST = Sample(110.0, 65.0, {"site": Usage(cpu=12.0, rss=200.4, pss=150.4), "rasa": Usage(cpu=1.0)})


def _told(seconds: float = 0.2) -> Told:
    failures = Counter({"status 429": 3, "no answer": 1})
    return Told([seconds] * 20, [0.01] * 20, failures, Faults(lost=1), 8, 24, 2, 0.2, [0.001])


def test_the_figures_of_a_step() -> None:
    found = summary(_told(), FIRST, LAST)
    assert (found["answers"], found["per_second"], found["machine_busy"]) == (20, 2.0, 1.5)
    assert found["answered"] == {"n": 20, "p50": 200.0, "p95": 200.0, "p99": 200.0, "most": 200.0}
    assert found["processes"]["site"] == {"cpu": 0.2, "ms_per_answer": 100.0, "rss": 200, "pss": 150}
    assert found["processes"]["rasa"]["cpu"] == 0.1  # was not there when it began


def test_members_are_shared_out_among_processes() -> None:
    desk = Desk("http://127.0.0.1:1", SITE, dict)
    shared = orders(desk, Pace(), 501, 4, (1.0, 2.0, 3.0))
    assert [(order.members, order.idle) for order in shared] == [(167, 2), (167, 1), (167, 1)]
    assert len({order.seed for order in shared}) == 3
    assert [order.idle for order in orders(desk, Pace(), 20, 2000, (1.0, 2.0, 3.0))] == [2000]


def test_the_first_step_beyond_the_limit_is_the_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[int, int]] = []

    def drive(_desk: Desk, _pace: Pace, members: int, idle: int = 0) -> dict[str, Any]:
        asked.append((members, idle))
        figures = summary(_told(0.2 if members < 200 else 1.5), FIRST, LAST)
        return {"members": members, "idle": idle, "crowds": 1, "disk_per_conversation": 2048, **figures}

    @contextlib.contextmanager
    def desk(_folder: Path) -> Iterator[Desk]:
        yield Desk("http://127.0.0.1:1", SITE, dict)

    monkeypatch.setattr(steps, "drive", drive)
    monkeypatch.setattr(desks, "help_desk", desk)
    monkeypatch.setattr(desks, "cluster", desk)
    results = Results(tmp_path)
    wanted = Steps(members=(50, 100, 200, 300), idle=2000, pace=Pace(seconds=45.0, think=12.5))
    steps.measure(Plan(folder=tmp_path), results, ONE, wanted)
    assert asked == [(50, 0), (100, 0), (200, 0), (LIGHT, 2000)]

    (tmp_path / "docs").mkdir()
    page = report.write(Plan(folder=tmp_path, docs=tmp_path / "docs"), results)
    assert page == (tmp_path / "docs" / "load.md").read_text("utf-8")
    assert "**100 members** with a p95 of 200 ms, the next step is beyond 1 s" in page
    assert "| 200 | 2.00 | 1 500 | 1 500 | 1 500 | 10.0 | 20 | 1 | 3 | 1 | 0 | 1.50 | 20 % | 1.00 |" in page
    assert "Processes at 100 members:" in page and "| site | 20 % | 100 | 200 | 150 |" in page
    assert "3.0 answered messages, and took 2 KiB" in page
    assert "## Open streams" in page and "## Stored conversations" not in page
    assert "sent during the 45 s of a step" in page and "12.5 s in the mean" in page

    steps.measure(Plan(folder=tmp_path), results, CLUSTER, Steps(members=(50,), idle=0, pace=Pace(seconds=60.0)))
    page = report.write(Plan(folder=tmp_path, docs=tmp_path / "docs"), results)
    assert "sent during the 45 or 60 s of a step" in page and "12.5 or 15 s in the mean" in page


def test_what_is_twofold_is_restarted_under_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    restarts: list[int] = []

    def drive(
        _desk: Desk, pace: Pace, members: int, idle: int = 0, meanwhile: Callable[[], None] | None = None
    ) -> dict[str, Any]:
        figures = summary(_told(0.2 if meanwhile is None else 0.9), FIRST, LAST)
        if meanwhile is not None:
            meanwhile()
            assert pace.seconds == 120.0  # a restart takes longer than the other steps
        return {**figures, "members": members, "idle": idle, "disk_per_conversation": None} | {
            "meanwhile": 42.0 if meanwhile else None
        }

    @contextlib.contextmanager
    def desk(_folder: Path) -> Iterator[Desk]:
        yield Desk("http://127.0.0.1:1", SITE, dict, restart=lambda: restarts.append(1))

    monkeypatch.setattr(steps, "drive", drive)
    monkeypatch.setattr(desks, "cluster", desk)
    results = Results(tmp_path)
    steps.measure(Plan(folder=tmp_path), results, CLUSTER, Steps(members=(50,), idle=0, pace=Pace(seconds=30.0)))
    assert restarts == [1]
    page = report.write(Plan(folder=tmp_path, docs=tmp_path), results)
    assert f"| … restarted once, within 42 s | {LIGHT} | 900 | 900 | 900 | 900 | 10.0 | 20 | 1 | 1 | 0 |" in page


def test_stored_conversations_are_shown_by_database(tmp_path: Path) -> None:
    results = Results(tmp_path)
    times = {"n": 150, "p50": 8.0, "p95": 9.5}
    row = {"stored": 1_000_000, "trackers": 100_000, "accepted": times, "answered": times, "resting": {"site": 0.012}}
    results.keep("load-stored-postgresql", "", {"sizes": [row], "calls": 150})
    page = report.write(Plan(folder=tmp_path, docs=tmp_path), results)
    assert "### postgresql" in page and "## Members at once" not in page
    assert "| 1 000 000 | 100 000 | 8.00 | 9.50 | 8.00 | 9.50 | site 1.2 % |" in page


def test_the_command_line() -> None:
    options = read_arguments([])
    assert options.parts == PARTS and options.members == (50, 100, 200, 300, 400)
    options = read_arguments([STOCK, CLUSTER, "--members", "20,5", "--seconds", "3"])
    assert (options.parts, options.members, options.seconds) == ((STOCK, CLUSTER), (5, 20), 3.0)
