"""What a supervisor knows of a training while it runs, by a clock of the test's own."""

from __future__ import annotations

from releases.stages import STAGES, Forecast
from supervisor.training_run import Run
from understanding.progress import COMPARING, FITTING, READING, WRITING, Progress


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def running() -> tuple[Run, Clock]:
    """A training of which each stage usually takes a minute."""
    clock = Clock()
    return Run(Forecast.of([{stage.key: 60.0 for stage in STAGES}]), clock), clock


def test_each_stage_is_measured_whole() -> None:
    run, clock = running()
    for stage, seconds in ((READING, 20), (FITTING, 30), (WRITING, 10)):
        run.enter(Progress(stage, 0.0))
        run.enter(Progress(stage, 0.5))
        clock.now += seconds
    run.leave()  # the child has ended
    clock.now += 4  # its model is registered
    run.enter(Progress(COMPARING, 0.0))
    clock.now += 70
    run.leave()
    assert run.durations == {READING: 20, FITTING: 30, WRITING: 14, COMPARING: 70}


def test_the_time_left_falls_until_it_is_overdue() -> None:
    run, clock = running()
    run.enter(Progress(COMPARING, 0.0))
    assert run.estimate().left == 60
    clock.now += 50
    assert (run.estimate().left, run.estimate().overdue) == (10, False)
    clock.now += 50
    assert (run.estimate().left, run.estimate().overdue) == (0, True)


def test_the_time_left_follows_from_when_a_share_was_told() -> None:
    run, clock = running()
    run.enter(Progress(FITTING, 0.0))
    clock.now += 100
    run.enter(Progress(FITTING, 0.5))
    clock.now += 40
    assert run.estimate().left == 60 + 3 * 60
    assert not run.estimate().overdue


def test_the_share_never_goes_back() -> None:
    run, clock = running()
    shares = []
    for stage, told in ((READING, 0.0), (READING, 0.9), (READING, 0.2), (FITTING, 0.0), (FITTING, 0.3), (WRITING, 0.0)):
        run.enter(Progress(stage, told))
        clock.now += 15
        shares.append(run.estimate().share)
    assert shares == sorted(shares)
