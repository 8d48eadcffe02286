"""The steps: ever more members, then many who only listen beside a light chat."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.load import desks
from bench.load.desks import Desk
from bench.load.driving import Pace, drive
from bench.plan import Plan
from bench.results import Results, digest

ONE, POSTGRESQL, STOCK, CLUSTER = "one", "postgresql", "stock", "cluster"
TOPOLOGIES = (ONE, POSTGRESQL, STOCK, CLUSTER)
LIMIT_MS = 1000.0
"""The 95th percentile up to which members are well served; the first step beyond is the last."""
LIGHT = 20
"""Members who chat beside the idle ones, and while everything is restarted."""
RESTART_S = 120.0
"""A restart of all parts, one after the other, ends within this time."""


@dataclass(frozen=True)
class Steps:
    """What is measured.

    Attributes:
        members: How many chat in each step, ascending.
        idle: How many only listen in the last one; 0 for none.
        pace: How they chat.
        stock_size: Examples a category that the stock pipeline learns from.
    """

    members: tuple[int, ...] = (50, 100, 200, 300, 400)
    idle: int = 2000
    pace: Pace = field(default_factory=Pace)
    stock_size: int = 30


def measure(plan: Plan, results: Results, name: str, steps: Steps) -> None:
    """Measure one of the topologies.

    Args:
        plan: Where things are kept.
        results: Takes the figures under `load-` and the name.
        name: Which.
        steps: What is measured.

    Raises:
        CommandError: Something does not come up, or the members fail.
    """
    start: dict[str, Callable[[Path], contextlib.AbstractContextManager[Desk]]] = {
        ONE: desks.help_desk,
        POSTGRESQL: desks.help_desk_on_postgres,
        STOCK: lambda _: desks.stock_rest(plan, steps.stock_size),
        CLUSTER: desks.cluster,
    }
    idle = steps.idle if name != STOCK else 0  # its channel has no stream
    with start[name](plan.folder / f"load-{name}") as desk:
        found = list(_climb(desk, steps.pace, steps.members, name))
        listening = _shown(name, drive(desk, steps.pace, LIGHT, idle)) if idle else None
        calm = restarting = None
        if desk.restart is not None:
            longer = replace(steps.pace, seconds=max(RESTART_S, steps.pace.seconds))
            calm = _shown(name, drive(desk, longer, LIGHT))
            restarting = _shown(name, drive(desk, longer, LIGHT, meanwhile=desk.restart))
    content = {
        "steps": found,
        "listening": listening,
        "calm": calm,
        "restarting": restarting,
        "think": steps.pace.think,
        "seconds": steps.pace.seconds,
        "stock_size": steps.stock_size,
    }
    results.keep(f"load-{name}", digest(name, steps), content)


def _climb(desk: Desk, pace: Pace, members: Sequence[int], name: str) -> Iterator[dict[str, Any]]:
    for number in members:
        step = _shown(name, drive(desk, pace, number))
        yield step
        if step["answered"] is None or step["answered"]["p95"] > LIMIT_MS:
            return


def _shown(name: str, step: dict[str, Any]) -> dict[str, Any]:
    """The step, printed in a line."""
    answered = step["answered"] or {"p50": None, "p95": None, "p99": None}
    cpu = ", ".join(f"{of} {found['cpu']:.2f}" for of, found in step["processes"].items())
    print(
        f"{name:8} {step['members']:4} members, {step['idle_open']:4} idle: {step['per_second']:5.1f}/s, "
        f"p50 {answered['p50']} p95 {answered['p95']} p99 {answered['p99']} ms; {step['failures'] or 'no failures'}, "
        f"{sum(step['faults'].values())} faults; cpu {cpu}; machine {step['machine_busy']:.2f}, "
        f"members {step['crowd_busy']:.2f}, late p99 {step['crowd_lag']['p99']} ms",
        flush=True,
    )
    return step
