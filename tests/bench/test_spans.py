"""Every moment of a question belongs to one stage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.spans import OTHER, Span, attribute, middle_half, profile

TIMES = st.floats(-5, 15, allow_nan=False)


def test_a_stage_counts_without_what_it_waits_for() -> None:
    window = Span("question", 0.0, 10.0)
    spans = [Span("http", 1.0, 9.0), Span("play", 2.0, 8.0), Span("action", 4.0, 7.0)]
    assert attribute(window, spans) == {OTHER: 2.0, "http": 2.0, "play": 3.0, "action": 3.0}


def test_stages_that_overlap_give_each_moment_to_the_one_entered_last() -> None:
    window = Span("question", 0.0, 6.0)
    assert attribute(window, [Span("a", 0.0, 4.0), Span("b", 3.0, 6.0)]) == {"a": 3.0, "b": 3.0}


def test_what_lies_outside_counts_nothing() -> None:
    window = Span("question", 5.0, 6.0)
    assert attribute(window, [Span("before", 0.0, 5.0), Span("after", 6.0, 9.0)]) == {OTHER: 1.0}


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), TIMES, TIMES), max_size=12))
def test_the_parts_sum_up_to_the_window(rows: list[tuple[str, float, float]]) -> None:
    window = Span("question", 0.0, 10.0)
    parts = attribute(window, [Span(name, min(one, two), max(one, two)) for name, one, two in rows])
    assert sum(parts.values()) == pytest.approx(10.0)
    assert all(seconds > 0 for seconds in parts.values())


def test_the_profile_leaves_the_extremes_out() -> None:
    windows = [
        Span("question", 100.0 * number, 100.0 * number + length) for number, length in enumerate((2, 2, 50, 0.1))
    ]
    assert sorted(window.end - window.start for window in middle_half(windows)) == [2, 2]
    spans = [Span("rasa", window.start, window.start + 0.5) for window in windows]
    assert profile(windows, spans) == {OTHER: 1500.0, "rasa": 500.0}
