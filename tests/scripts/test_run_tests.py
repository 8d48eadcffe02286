"""The sum over both environments counts what pytest really did."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scripts.run_tests import Counts, Suite, run

MIXED = """
import pytest

def test_passes(): pass
def test_fails(): assert False
def test_skips(): pytest.skip("why")
@pytest.mark.xfail
def test_expected(): assert False
@pytest.fixture
def broken(): raise OSError
def test_error(broken): pass
@pytest.fixture
def breaks_after():
    yield
    raise OSError
def test_teardown(breaks_after): pass
"""


def counts(folder: Path, text: str | None) -> Counts:
    if text is not None:
        (folder / "test_it.py").write_text(text)
    return run(Suite("x", Path(sys.executable), ["--rootdir", str(folder), "-q", str(folder)], dict(os.environ)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def test_passes(): pass\n", Counts(1, 0, 0)),
        (MIXED, Counts(1, 3, 2)),
        ("import no_such_module\n", Counts(0, 1, 0)),
        ("import os\ndef test_dies(): os._exit(0)\n", Counts(0, 1, 0)),
        ("import pytest\ndef test_skips(): pytest.skip('why')\n", Counts(0, 1, 1)),
        (None, Counts(0, 1, 0)),
    ],
    ids=["passes", "mixed", "does not import", "dies", "only skips", "no tests"],
)
def test_outcomes(tmp_path: Path, text: str | None, expected: Counts) -> None:
    assert counts(tmp_path, text) == expected


def test_the_sum_reads_as_agreed() -> None:
    assert str(Counts(3, 0, 1) + Counts(2, 1, 0)) == "5 passed, 1 failed, 1 skipped"
