"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench import cross, curve, report, serving, website
from bench.plan import APPROACHES, OURS, Plan, option_fields
from bench.results import Results
from bench.servers import leave_nothing_behind
from bench.training import CommandError

CURVE, WEBSITE, CROSS, REPORT = "curve", "site", "cross", "report"
EVERYTHING = (CURVE, *serving.PARTS, WEBSITE, REPORT)


def read_arguments(arguments: list[str] | None = None) -> tuple[tuple[str, ...], Plan]:
    """The wanted parts and the plan."""
    defaults = Plan()
    parser = argparse.ArgumentParser(prog="python -m bench", description="Compare with other ways of doing the same.")
    parser.add_argument(
        "parts",
        nargs="*",
        choices=[*EVERYTHING, CROSS, []],
        help=f"any of {', '.join([*EVERYTHING, CROSS])}; all but the last",
    )
    parser.add_argument("--only", default=",".join(APPROACHES), help="approaches, separated by commas")
    parser.add_argument("--sizes", default=",".join(map(str, defaults.sizes)), help="examples a category")
    parser.add_argument("--folder", type=Path, default=defaults.folder, help="where results are kept")
    parser.add_argument("--docs", type=Path, default=defaults.docs, help="where the report goes")
    parser.add_argument("--questions", type=Path, default=defaults.questions)
    parser.add_argument("--again", action="store_true", help="measure even what is known")
    for field in option_fields():
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=int, default=field.default)
    given = vars(parser.parse_args(arguments))
    parts = tuple(given.pop("parts")) or EVERYTHING
    only = tuple(given.pop("only").split(","))
    if unknown := set(only) - set(APPROACHES):
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of {', '.join(APPROACHES)}")
    sizes = tuple(sorted(int(size) for size in given.pop("sizes").split(",")))
    for key in ("folder", "docs", "questions"):
        given[key] = given[key].resolve()
    return parts, Plan(**given, only=only, sizes=sizes)


def main() -> int:
    """Measure what is wanted and not known, then report.

    Returns:
        The exit code.
    """
    parts, plan = read_arguments()
    leave_nothing_behind()
    results = Results(plan.folder, plan.again)
    try:
        if CURVE in parts:
            curve.measure(plan, results)
        if served := [part for part in serving.PARTS if part in parts]:
            serving.measure(plan, results, served)
        if WEBSITE in parts and OURS in plan.only:
            website.measure(plan, results)
        if CROSS in parts:
            cross.measure(plan, results)
        if REPORT in parts:
            print(report.write(plan, results))
    except (CommandError, curve.QuestionsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
