"""What is known of a training while it runs, heard from the lines that it prints."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from releases import queue
from releases.stages import LABELS, Estimate, Forecast, Now
from supervisor import model
from understanding.progress import Progress

UNKNOWN = "L’entraînement s’est arrêté sans dire pourquoi\u00a0; les versions précédentes sont intactes."
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


class Run:
    """What is known of a training while it runs.

    Attributes:
        made: Name of the model that came out of it.
        fault: Why none did.
        durations: Seconds of each stage that is over.

    Args:
        forecast: What is expected of it.
        clock: Tells seconds.
    """

    def __init__(self, forecast: Forecast, clock: Callable[[], float] = time.monotonic) -> None:
        self.made: str | None = None
        self.fault = ""
        self.durations: dict[str, float] = {}
        self._forecast = forecast
        self._lines: deque[str] = deque(maxlen=queue.LOG_LINES)
        self._now = Progress("", 0.0)
        self._clock = clock
        self._since = clock()
        self._told = 0.0
        self._furthest = 0.0

    def hear(self, line: str) -> bool:
        """Take in a line of the training's output; whether it is one for people."""
        line = ESCAPES.sub("", line)
        told = Progress.read(line)
        if told:
            self.enter(told)
        elif line.startswith(model.MADE_LINE):
            self.made = line.removeprefix(model.MADE_LINE)
        elif line.startswith(model.FAULT_LINE):
            self.fault = line.removeprefix(model.FAULT_LINE)
            self._lines.append(self.fault)
        else:
            self._lines.append(line)
            return True
        return False

    def enter(self, told: Progress) -> None:
        """Go on to a stage, or further in the present one."""
        if told.stage != self._now.stage:
            self.leave()
            if told.stage in LABELS:
                self._lines.append(f"{LABELS[told.stage]}…")
        self._now = told
        self._told = self._elapsed

    def leave(self) -> None:
        """The present stage is over, unless more of it follows."""
        if self._now.stage:
            self.durations[self._now.stage] = round(self._elapsed, 1)
        self._since = self._clock()

    @property
    def _elapsed(self) -> float:
        """Seconds that the present stage has taken."""
        return self.durations.get(self._now.stage, 0.0) + self._clock() - self._since

    @property
    def stage(self) -> str:
        """The present stage."""
        return self._now.stage

    @property
    def log(self) -> str:
        """The last lines."""
        return "\n".join(self._lines)

    def estimate(self) -> Estimate:
        """How far it is; the share never goes back."""
        now = Now(self._now.stage, self._elapsed, self._now.share, self._told, self.durations)
        estimate = self._forecast.estimate(now)
        self._furthest = max(self._furthest, estimate.share)
        return replace(estimate, share=self._furthest)


def why(code: int, run: Run) -> str:
    """Why no model came out, one French sentence."""
    log = run.log
    if "No space left on device" in log or "[Errno 28]" in log:
        return model.NO_SPACE
    if "MemoryError" in log:
        return "La mémoire de la machine n’a pas suffi\u00a0; les versions précédentes sont intactes."
    if run.fault:
        return run.fault
    if code:
        return f"L’entraînement a échoué ({model.how_ended(code)})\u00a0; les versions précédentes sont intactes."
    return UNKNOWN
