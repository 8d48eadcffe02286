"""The stages of a training, in their order, and how far they bring it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from understanding.progress import COMPARING, EMBEDDING, FITTING, READING, TUNING, WRITING


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        key: How the training's own lines name it.
        label: How people read it.
        seconds: How long it takes where nothing is known of earlier trainings.
    """

    key: str
    label: str
    seconds: float


STAGES = (
    Stage(READING, "Lecture des phrases d’exemple", 25),
    Stage(EMBEDDING, "Analyse de chaque phrase", 60),
    Stage(FITTING, "Apprentissage", 40),
    Stage(TUNING, "Réglage de la certitude", 10),
    Stage(WRITING, "Écriture de la nouvelle version", 10),
    Stage(COMPARING, "Comparaison avec la version en service", 120),
)
LABELS = {stage.key: stage.label for stage in STAGES}


_MEASURED = 5
"""Of so many trainings, the latest, the middle one tells how long a stage takes."""
_TELLING = 0.1
"""From this share on, what a stage says of itself tells more than what it took before."""
_WORTH = 3.0
"""Seconds below which the length of a stage says nothing about how fast the machine is."""
_SLOWEST = 4.0
"""So many times slower than usual at most is what is to come expected to be."""
_GRACE, _GRACE_SECONDS = 0.25, 10.0
"""A stage is late once it lasts so much of its time longer, and at least so many seconds."""


@dataclass(frozen=True)
class Now:
    """Where a training is.

    Attributes:
        stage: The present stage.
        elapsed: Seconds since it began.
        share: How much of it was done when it last said so, from 0 to 1.
        told: Seconds after which it said that.
        durations: Seconds that each earlier stage took.
    """

    stage: str
    elapsed: float
    share: float = 0.0
    told: float = 0.0
    durations: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """How far the whole is.

    Attributes:
        share: That is done, from 0 to 1.
        left: Seconds.
        overdue: Whether the present stage takes longer than it should: then nobody knows what is left.
    """

    share: float
    left: float
    overdue: bool = False


@dataclass(frozen=True)
class Forecast:
    """How long each stage will take on a machine that is as busy as usual.

    Attributes:
        seconds: By the key of the stage.
    """

    seconds: Mapping[str, float]

    @classmethod
    def of(cls, earlier: Sequence[Mapping[str, float]], compared: bool = True) -> Forecast:
        """From what earlier trainings took; what none of them tells is guessed.

        Args:
            earlier: Seconds by stage of each, the latest first.
            compared: Whether the training ends with a comparison.
        """
        seconds = {}
        for stage in STAGES:
            measured = [durations[stage.key] for durations in earlier if stage.key in durations][:_MEASURED]
            seconds[stage.key] = median(measured) if measured else stage.seconds
        if not compared:
            del seconds[COMPARING]
        return cls(seconds)

    def estimate(self, now: Now) -> Estimate:
        """How far a training is, and how long it will still take."""
        if now.stage not in self.seconds:
            return Estimate(0.0, sum(self.seconds.values()))
        keys = list(self.seconds)
        place = keys.index(now.stage)
        pace = self._pace({key: now.durations[key] for key in keys[:place] if key in now.durations})
        before = sum(self.seconds[key] for key in keys[:place])
        after = sum(self.seconds[key] for key in keys[place + 1 :]) * pace
        own = self.seconds[now.stage] * pace
        if now.share > _TELLING:
            own = now.told / min(now.share, 1.0)
        done = min(max(now.share, now.elapsed / own if own else 0.0), 0.98)
        whole = before + own + after
        return Estimate(
            share=(before + own * done) / whole if whole else 0.0,
            left=max(own - now.elapsed, 0.0) + after,
            overdue=now.elapsed - own > max(own * _GRACE, _GRACE_SECONDS),
        )

    def _pace(self, durations: Mapping[str, float]) -> float:
        """How many times slower than usual the earlier stages were; never faster, which would promise too much."""
        slower = [taken / self.seconds[key] for key, taken in durations.items() if self.seconds[key] >= _WORTH]
        return min(max(median(slower), 1.0), _SLOWEST) if slower else 1.0
