"""Run the tests of both environments at once and print their sum as the last line (`make test`).

`tests/bot` needs Rasa and runs in its environment only; `tests/understanding` runs in both. Many tests wait more than
they work, so two processors hold two workers of the site's tests and Rasa's tests beside them; a file's tests stay in
one worker, which shares the file's fixtures.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from settings import ROOT
from supervisor.surroundings import base_environment, rasa_environment, tool

RASA_ONLY = "tests/bot"
BOTH = "tests/understanding"
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile")


@dataclass(frozen=True)
class Counts:
    """Outcomes of test cases; an error counts as failed."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass(frozen=True)
class Suite:
    """Tests of one environment.

    Args:
        title: What is printed above them.
        python: The environment's interpreter.
        arguments: Of pytest.
        environment: Environment variables.
    """

    title: str
    python: Path
    arguments: Sequence[str]
    environment: dict[str, str]


def read_report(report: Path) -> Counts:
    """Count a JUnit report's test cases.

    Raises:
        OSError: There is no report.
        ElementTree.ParseError: It is not whole.
    """
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).iter("testcase"):
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            failed += 1
        elif "skipped" in outcomes:
            skipped += 1
        else:
            passed += 1
    return Counts(passed, failed, skipped)


def run(suite: Suite, output: TextIO | None = None) -> Counts:
    """Run one suite. One that ends badly counts at least one failure, whatever its report says.

    Args:
        suite: What is run.
        output: A file that takes what is printed; where None, it goes to where this program prints.
    """
    print(f"== {suite.title}", file=output, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [str(suite.python), "-m", "pytest", "-rfEs", f"--junitxml={report}", *suite.arguments]
        code = subprocess.run(
            command, cwd=ROOT, env=suite.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ).returncode
        try:
            counts = read_report(report)
        except (OSError, ElementTree.ParseError):
            counts = Counts()
    if not counts.passed + counts.failed:
        print(f"No test ran in «{suite.title}».", file=output, flush=True)
        return counts + Counts(failed=1)
    if code and not counts.failed:
        print(f"pytest ended with code {code} in «{suite.title}».", file=output, flush=True)
        return counts + Counts(failed=1)
    return counts


def suites() -> tuple[Suite, Suite]:
    """The suites of this checkout: the site's, and Rasa's."""
    rasa_folders = [folder for folder in (BOTH, RASA_ONLY) if (ROOT / folder).is_dir()]
    site = ["tests", f"--ignore={RASA_ONLY}", *SIDE_BY_SIDE]
    return (
        Suite("Site, actions, tools", tool(".venv"), site, base_environment()),
        Suite("Rasa", tool(".venv-rasa"), rasa_folders or [RASA_ONLY], rasa_environment()),
    )


def main() -> int:
    """Run both suites at once; what the site's prints is seen as it comes, what Rasa's prints after both have ended.

    Returns:
        The exit code: 1 where a test failed or a suite ran nothing.
    """
    site, rasa = suites()
    with ThreadPoolExecutor() as pool, tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        beside = pool.submit(run, rasa, output)
        total = run(site) + beside.result()
        output.seek(0)
        shutil.copyfileobj(output, sys.stdout)
    print(total, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
