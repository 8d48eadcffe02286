"""Lets members loose on a desk, and puts together what they tell and what the processes took meanwhile."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.load.desks import Desk
from bench.load.members import Order, Told
from bench.load.processes import Usage, busy_seconds, usage
from bench.statistics import percentile
from bench.training import CommandError
from settings import ROOT

PREPARING_S = 6.0
"""Until a process of members has read the examples."""
IDLE_A_SECOND = 40
"""Idle streams that are opened in a second, so that opening them is over when it is measured."""
OVERTIME_S = 120.0
MEMBERS_A_PROCESS = 250
SEED = 7


@dataclass(frozen=True)
class Pace:
    """How members are let loose.

    Attributes:
        seconds: How long it is measured.
        think: Seconds that a member thinks before each message, in the mean.
    """

    seconds: float = 60.0
    think: float = 15.0


@dataclass(frozen=True)
class Sample:
    """The processes at a moment.

    Attributes:
        at: On the monotonic clock.
        busy: Seconds that all processors worked so far.
        processes: What each took so far.
    """

    at: float
    busy: float
    processes: Mapping[str, Usage]


def drive(
    desk: Desk, pace: Pace, members: int, idle: int = 0, meanwhile: Callable[[], None] | None = None
) -> dict[str, Any]:
    """Let members loose and measure.

    Args:
        desk: What they call.
        pace: How.
        members: How many chat.
        idle: How many only listen.
        meanwhile: What is done once it is measured; it should end before the measuring does.

    Returns:
        What JSON can hold; see `summary`. `meanwhile` is how many seconds that took.

    Raises:
        CommandError: A process of members failed; the message says why.
    """
    arriving = time.monotonic() + PREPARING_S
    begin = arriving + max(1.5 * pace.think, idle / IDLE_A_SECOND)
    end = begin + pace.seconds
    wanted = orders(desk, pace, members, idle, (arriving, begin, end))
    before = usage_on_disk(desk)
    crowds = [_start(order) for order in wanted]
    try:
        _sleep_until(begin)
        first = _sample(desk)
        took = _seconds_of(meanwhile) if meanwhile else None
        _sleep_until(end)
        last = _sample(desk)
        told = sum((_told(crowd) for crowd in crowds), start=Told())
    finally:
        for crowd in crowds:
            crowd.kill()
            crowd.wait()
    grown = usage_on_disk(desk) - before
    return {
        "members": members,
        "idle": idle,
        "crowds": len(wanted),
        "meanwhile": took,
        **summary(told, first, last),
        "disk_per_conversation": round(grown / told.conversations) if desk.folder and told.conversations else None,
    }


def summary(told: Told, first: Sample, last: Sample) -> dict[str, Any]:
    """The figures of a step: times in milliseconds, memory in MiB, processors as a share of one.

    Args:
        told: What the members tell.
        first: The processes when it began to be measured.
        last: The same at the end.
    """
    seconds = last.at - first.at
    answers = len(told.answered)
    return {
        "answers": answers,
        "per_second": round(answers / seconds, 2),
        "answered": _percentiles(told.answered),
        "accepted": _percentiles(told.accepted),
        "failures": dict(told.failures),
        "faults": asdict(told.faults),
        "messages": told.messages,
        "conversations": told.conversations,
        "idle_open": told.idle,
        "crowd_busy": round(told.busy, 3),
        "crowd_lag": _percentiles(told.lag),
        "machine_busy": round((last.busy - first.busy) / seconds, 2),
        "processes": {
            name: {
                "cpu": round((now.cpu - first.processes.get(name, Usage()).cpu) / seconds, 3),
                "ms_per_answer": round(1000 * (now.cpu - first.processes.get(name, Usage()).cpu) / max(1, answers), 2),
                "rss": round(now.rss),
                "pss": round(now.pss),
            }
            for name, now in last.processes.items()
        },
    }


def _percentiles(seconds: Sequence[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    found = {f"p{share}": round(1000 * percentile(seconds, share), 1) for share in (50, 95, 99)}
    return {"n": len(seconds), **found, "most": round(1000 * max(seconds), 1)}


def orders(desk: Desk, pace: Pace, members: int, idle: int, moments: tuple[float, float, float]) -> list[Order]:
    """What each process of members does.

    Args:
        desk: What they call.
        pace: How.
        members: How many chat.
        idle: How many only listen.
        moments: When the first comes, from when and to when it is measured.
    """
    crowds = max(1, math.ceil(members / MEMBERS_A_PROCESS))
    return [
        Order(
            desk.base,
            desk.line,
            members // crowds + (number < members % crowds),
            idle // crowds + (number < idle % crowds),
            pace.think,
            *moments,
            seed=SEED + number,
        )
        for number in range(crowds)
    ]


def _start(order: Order) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.load.generator", json.dumps(asdict(order))]
    return subprocess.Popen(
        command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _told(crowd: subprocess.Popen[str]) -> Told:
    output, errors = crowd.communicate(timeout=OVERTIME_S)
    if crowd.returncode:
        raise CommandError(errors.strip())
    return Told.from_json(json.loads(output))


def _sample(desk: Desk) -> Sample:
    processes = {name: usage(ids) for name, ids in desk.processes().items()}
    return Sample(time.monotonic(), busy_seconds(), processes)


def usage_on_disk(desk: Desk) -> int:
    """Bytes of a desk's database files, their logs too; 0 where it has none."""
    return sum(path.stat().st_size for path in desk.folder.glob("*.db*")) if desk.folder else 0


def _seconds_of(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return round(time.monotonic() - began, 1)


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
