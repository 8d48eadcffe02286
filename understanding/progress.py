"""How a training tells the program that started it how far it is: lines among its output."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

VARIABLE = "TRAINING_PROGRESS"
"""Of the environment; the lines are written only where it is set."""

READING = "lecture"
EMBEDDING = "phrases"
FITTING = "apprentissage"
TUNING = "reglage"
WRITING = "ecriture"
COMPARING = "comparaison"

_LINE = re.compile(r"@étape (?P<stage>[a-z]{1,40}) (?P<share>[01]\.\d{3})")


@dataclass(frozen=True)
class Progress:
    """A stage and how much of it is done.

    Attributes:
        stage: Its key.
        share: From 0 to 1.
    """

    stage: str
    share: float

    def __str__(self) -> str:
        """The line that tells it."""
        return f"@étape {self.stage} {min(max(self.share, 0.0), 1.0):.3f}"

    @classmethod
    def read(cls, line: str) -> Progress | None:
        """What a line tells; None where it is another line."""
        found = _LINE.fullmatch(line.strip())
        return cls(found["stage"], min(float(found["share"]), 1.0)) if found else None


def say(stage: str, share: float = 0.0) -> None:
    """Tell how far the training is, where somebody listens."""
    if os.environ.get(VARIABLE):
        print(Progress(stage, share), flush=True)
