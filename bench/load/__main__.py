"""The command line: `make bench-load`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.load import report, steps, stored
from bench.load.driving import Pace
from bench.load.steps import TOPOLOGIES, Steps
from bench.machine import describe
from bench.plan import Plan
from bench.results import Results
from bench.servers import leave_nothing_behind
from bench.training import CommandError

STORED, REPORT = "stored", "report"
PARTS = (*TOPOLOGIES, STORED, REPORT)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(number) for number in text.split(",")))


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """What is wanted."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description="Many members at once.")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help=f"any of {', '.join(PARTS)}; all")
    parser.add_argument("--members", type=_numbers, default=Steps.members, help="of each step, separated by commas")
    parser.add_argument("--idle", type=int, default=Steps.idle, help="streams of members who only listen")
    parser.add_argument("--seconds", type=float, default=Pace.seconds, help="of each step")
    parser.add_argument("--think", type=float, default=Pace.think, help="seconds before a message, in the mean")
    parser.add_argument("--sizes", type=_numbers, default=stored.SIZES, help="stored conversations, of each step")
    parser.add_argument("--stock-size", type=int, default=Steps.stock_size, help="examples a category")
    parser.add_argument("--folder", type=Path, default=Plan.folder, help="where results are kept")
    parser.add_argument("--docs", type=Path, default=Plan.docs, help="where the report goes")
    options = parser.parse_args(arguments)
    options.parts = tuple(options.parts) or PARTS
    return options


def main() -> int:
    """Measure what is wanted, then report.

    Returns:
        The exit code.
    """
    options = read_arguments()
    leave_nothing_behind()
    plan = Plan(folder=options.folder.resolve(), docs=options.docs.resolve())
    results = Results(plan.folder)
    wanted = Steps(options.members, options.idle, Pace(options.seconds, options.think), options.stock_size)
    print(describe(), flush=True)
    try:
        for name in TOPOLOGIES:
            if name in options.parts:
                steps.measure(plan, results, name, wanted)
        if STORED in options.parts:
            stored.measure(plan, results, options.sizes)
        if REPORT in options.parts:
            print(report.write(plan, results))
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
