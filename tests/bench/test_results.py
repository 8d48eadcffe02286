"""What was measured is measured again only where it has to be."""

from __future__ import annotations

from pathlib import Path

from bench.results import Results, digest


def test_a_result_is_known_for_the_same_inputs_only(tmp_path: Path) -> None:
    results = Results(tmp_path / "bench")
    results.keep("curve-ours-30", digest("a", 1), {"top1": 0.8})
    known = results.known("curve-ours-30", digest("a", 1))
    assert known is not None
    assert known["top1"] == 0.8
    assert known["machine"]["cores"] >= 1
    assert results.known("curve-ours-30", digest("a", 2)) is None
    assert results.known("curve-stock-30", digest("a", 1)) is None


def test_again_forgets_but_the_report_still_reads(tmp_path: Path) -> None:
    Results(tmp_path).keep("x", "i", {"value": 1})
    again = Results(tmp_path, again=True)
    assert again.known("x", "i") is None
    assert (again.read("x") or {})["value"] == 1


def test_a_damaged_file_is_no_result(tmp_path: Path) -> None:
    results = Results(tmp_path)
    for content in ("{", "[]", '{"value": 1}'):
        (tmp_path / "x.json").write_text(content)
        assert results.read("x") is None
