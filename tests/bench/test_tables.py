"""Numbers and tables as they are printed."""

from __future__ import annotations

import pytest

from bench.tables import MarkerError, cell, number, percent, points, ratio, replace_part, table


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.123, "0.12 s"), (7.456, "7.46 s"), (33.14, "33.1 s"), (3660.0, "3 660 s"), (0.0, "0.00 s")],
)
def test_numbers_have_three_digits_and_their_unit(value: float | None, text: str) -> None:
    assert number(value, "s") == text


def test_shares_and_differences() -> None:
    assert percent({"value": 0.884, "low": 0.831, "high": 0.924}) == "88.4 (83.1–92.4)"
    assert percent(None) == "–"
    assert points({"value": -0.05, "low": -0.1, "high": 0.01}) == "-5.0 (-10.0 to +1.0)"


def test_ratios_say_which_is_less() -> None:
    assert ratio(96, 16) == "6.00 × less"
    assert ratio(10, 25) == "2.50 × more"
    assert ratio(None, 3) == "–"


def test_a_table_keeps_its_columns() -> None:
    drawn = table(["a", "b"], [["x | y", "1"]])
    assert drawn.splitlines() == ["| a | b |", "| --- | ---: |", "| x \\| y | 1 |"]


def test_a_generated_part_is_replaced_and_the_rest_is_kept() -> None:
    page = "avant\n<!-- part -->\nold\n<!-- /part -->\naprès\n"
    once = replace_part(page, "part", "new \\1")
    assert once == "avant\n<!-- part -->\nnew \\1\n<!-- /part -->\naprès\n"
    assert replace_part(once, "part", "new \\1") == once
    with pytest.raises(MarkerError, match="other"):
        replace_part(page, "other", "x")


def test_missing_results_are_none() -> None:
    assert cell({"a": {"b": 1}}, "a", "b") == 1
    assert cell({"a": {}}, "a", "b") is None
    assert cell(None, "a") is None
