"""Shares, intervals and percentiles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.statistics import percentile, spread
from understanding.shares import share


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_the_interval_holds_the_share(values: list[bool]) -> None:
    found = share(values, resamples=300)
    assert 0 <= found.low <= found.value + 1e-9
    assert found.value <= found.high + 1e-9 <= 1 + 2e-9


def test_an_interval_is_as_wide_as_the_binomial_distribution_says() -> None:
    found = share([1.0] * 120 + [0.0] * 80)
    half = 1.96 * (0.6 * 0.4 / 200) ** 0.5
    assert found.value == 0.6
    assert found.low == pytest.approx(0.6 - half, abs=0.012)
    assert found.high == pytest.approx(0.6 + half, abs=0.012)


def test_the_same_values_give_the_same_interval() -> None:
    assert share([1, 0, 0, 1, 1]) == share([1, 0, 0, 1, 1])


def test_more_questions_narrow_the_interval() -> None:
    few, many = share([1, 0] * 10), share([1, 0] * 200)
    assert many.high - many.low < (few.high - few.low) / 2


def test_no_values_have_no_share() -> None:
    with pytest.raises(ValueError, match="no values"):
        share([])


@settings(deadline=None)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=40))
def test_percentiles_are_ordered_and_inside(values: list[float]) -> None:
    middle, high = percentile(values, 50), percentile(values, 95)
    assert min(values) - 1e-9 <= middle <= high + 1e-9 <= max(values) + 2e-9


def test_durations_are_told_in_milliseconds() -> None:
    assert spread([0.010, 0.020, 0.030]) == {"n": 3, "p50": 20.0, "p95": 29.0}
