"""`python -m faults` (`make faults`): kill everything under load, then say what was lost."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from faults.limit import StandstillError
from faults.run import Outcome, Plan, run
from faults.servers import MissingError

SHOWN = 10
"""Faults of each kind that are printed."""


def report(plan: Plan, outcome: Outcome) -> str:
    """The figures of a run, as they are printed."""
    verdict = outcome.verdict
    lines = [
        f"seed {plan.seed}, {'Rasa' if plan.real else 'a stand-in for Rasa'}, {outcome.seconds:.0f} s",
        f"kills {outcome.killed}, messages {verdict.accepted} in {outcome.conversations} conversations",
        "  " + ", ".join(f"{name}: {times}" for name, times in outcome.done.items()),
        f"sent again {outcome.resent} times, the slowest accepted after {outcome.longest:.1f} s, "
        f"all answered {outcome.settling:.1f} s after the end",
        *([] if outcome.disk else ["disk full: SKIPPED, no small file system may be mounted here"]),
        f"lost {len(verdict.lost)}, doubled {len(verdict.doubled)}, out of order {len(verdict.disordered)}",
    ]
    for fault in (verdict.lost, verdict.doubled, verdict.disordered):
        lines += [f"  {line}" for line in fault[:SHOWN]]
    return "\n".join(lines)


async def _until_told(plan: Plan, folder: Path) -> Outcome:
    """Run; SIGTERM ends it as Ctrl-C does, with all that it started."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run(plan, folder)


def main(arguments: list[str] | None = None) -> int:
    """Run once.

    Returns:
        The exit code: 1 where a message was lost, doubled or out of order, 2 where something is not installed, 3 where
        the run stood still.
    """
    parser = argparse.ArgumentParser(prog="python -m faults", description=main.__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--members", type=int, default=40, help="how many write at once")
    parser.add_argument("--mean", type=float, default=0.8, help="mean seconds between two kills")
    parser.add_argument("--longest", type=float, default=7200.0, help="seconds after which it is ended")
    parser.add_argument("--real", action="store_true", help="Rasa itself in place of its stand-in")
    parser.add_argument("--keep", type=Path, help="a new folder for data and logs, which then stay")
    given = parser.parse_args(arguments)
    plan = Plan(
        given.seed, given.kills, given.messages, given.members, given.mean, real=given.real, longest=given.longest
    )
    try:
        if given.keep is not None:
            given.keep.mkdir(parents=True)
            outcome = asyncio.run(_until_told(plan, given.keep))
        else:
            with tempfile.TemporaryDirectory(prefix="faults-") as folder:
                outcome = asyncio.run(_until_told(plan, Path(folder)))
    except MissingError as error:
        print(f"SKIPPED: {error}", file=sys.stderr)
        return 2
    except StandstillError as error:
        print(f"STOOD STILL: {error}", file=sys.stderr)
        return 3
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM
    print(report(plan, outcome))
    return 0 if outcome.verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
