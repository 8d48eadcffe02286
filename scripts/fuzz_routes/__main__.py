"""Call every route in odd ways: `python -m scripts.fuzz_routes --calls 10000 --seed 1`.

The site runs as a process of its own, on throw-away copies of database and data, a stand-in for Rasa behind it. Prints
what was answered; exits with 1 where the site failed (a status from 500 on), hung, dropped a call or wrote of an error.
"""

from __future__ import annotations

import argparse
import signal
import sys
from functools import partial

from scripts.fuzz_routes.calling import HANG_SECONDS, fuzz
from scripts.fuzz_routes.outcome import Outcome

SHOWN = 10
"""Failures of each kind that are printed."""


def report(outcome: Outcome, seed: int) -> str:
    """What came of the calls, in some lines.

    Args:
        outcome: Of the calls.
        seed: With which they were made.
    """
    numbers = sorted(outcome.calls.values())
    memory = ", ".join(f"{megabytes:.0f}" for megabytes in outcome.memory)
    lines = [
        f"{sum(numbers)} calls of {len(numbers)} routes answered, seed {seed}; "
        f"of each route {numbers[0]} to {numbers[-1]}; {outcome.unsent} could not be sent",
        "answers: " + ", ".join(f"{status}: {number}" for status, number in sorted(outcome.statuses.items())),
        f"slowest: {outcome.slowest[0]:.2f} s, {outcome.slowest[1]}",
        f"memory of the site after each round, in MB: {memory}",
    ]
    kinds = {
        "answers from 500 on": outcome.errors,
        f"calls over {HANG_SECONDS:.0f} s": outcome.hangs,
        "broken connections": outcome.dropped,
        "errors in the log": outcome.exceptions,
    }
    for name, found in kinds.items():
        lines += [f"{name}: {len(found)}", *(f"  {line}" for line in found[:SHOWN])]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Fuzz and print.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description="Call every route in odd ways.")
    parser.add_argument("--calls", type=int, default=10_000, help="of all routes, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5, help="over all routes; memory is looked at after each")
    parser.add_argument("--database", default="", help="address of an empty database; a file of SQLite where missing")
    parser.add_argument("--each", action="store_true", help="print how often each route was called")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that the site ends with it
    outcome = fuzz(options.calls, options.seed, options.rounds, options.database, partial(print, flush=True))
    if options.each:
        print("\n".join(f"{number:5} {route}" for route, number in sorted(outcome.calls.items())))
    print(report(outcome, options.seed))
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
