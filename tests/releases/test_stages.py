"""How long a training will still take: by what earlier ones took and its own pace; no number stands still."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.stages import STAGES, Forecast, Now

KEYS = [stage.key for stage in STAGES]
MINUTE = dict.fromkeys(KEYS, 60.0)
SECONDS = st.floats(0, 5000)
SHARES = st.floats(0, 1)
DURATIONS = st.dictionaries(st.sampled_from(KEYS), SECONDS)
NOWS = st.builds(Now, st.sampled_from(["", *KEYS]), SECONDS, SHARES, SECONDS, DURATIONS)


def test_the_middle_of_the_last_five_tells() -> None:
    earlier = [{"lecture": seconds} for seconds in (30.0, 500.0, 20.0, 25.0, 40.0, 1.0, 1.0)]
    assert Forecast.of(earlier).seconds["lecture"] == 30.0
    assert Forecast.of([]).seconds == {stage.key: stage.seconds for stage in STAGES}
    assert "comparaison" not in Forecast.of(earlier, compared=False).seconds


def test_what_is_left_falls_as_time_goes_by() -> None:
    forecast = Forecast.of([MINUTE])
    left = [forecast.estimate(Now("apprentissage", seconds)).left for seconds in range(0, 60, 10)]
    assert left == [240.0, 230.0, 220.0, 210.0, 200.0, 190.0]


def test_between_two_words_of_a_stage_it_falls_too() -> None:
    forecast = Forecast.of([MINUTE])
    left = [forecast.estimate(Now("apprentissage", seconds, 0.5, 60)).left for seconds in (60, 80, 110)]
    assert left == [240.0, 220.0, 190.0], "half was done after a minute"


def test_a_busy_machine_makes_what_is_to_come_longer() -> None:
    forecast = Forecast.of([MINUTE])
    slow = Now("apprentissage", 0, durations={"lecture": 120.0, "phrases": 180.0})
    assert forecast.estimate(slow).left == 4 * 60 * 2.5
    quick = Now("apprentissage", 0, durations={"lecture": 10.0, "phrases": 10.0})
    assert forecast.estimate(quick).left == 4 * 60


@pytest.mark.parametrize(("elapsed", "overdue"), [(0, False), (60, False), (75, False), (76, True), (10_000, True)])
def test_a_stage_that_lasts_longer_says_so(elapsed: float, overdue: bool) -> None:
    assert Forecast.of([MINUTE]).estimate(Now("apprentissage", elapsed)).overdue is overdue


def test_a_stage_that_gets_on_slowly_is_not_late() -> None:
    estimate = Forecast.of([MINUTE]).estimate(Now("apprentissage", 310, 0.5, 300))
    assert (estimate.left, estimate.overdue) == (290 + 180, False)


@settings(deadline=None)
@given(NOWS, st.lists(DURATIONS, max_size=8), st.booleans())
def test_whatever_was_measured(now: Now, earlier: list[dict[str, float]], compared: bool) -> None:
    forecast = Forecast.of(earlier, compared)
    estimate = forecast.estimate(now)
    assert 0 <= estimate.share <= 1 and estimate.left >= 0
    later = forecast.estimate(Now(now.stage, now.elapsed + 30, now.share, now.told, now.durations))
    assert later.overdue or later.left <= estimate.left
    assert later.overdue >= estimate.overdue and later.share >= estimate.share
