"""The stages of a training, in their order, and how far they bring it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Forecast:
    """How long each stage will take, from an earlier training.

    Attributes:
        seconds: By the key of the stage.
    """

    seconds: Mapping[str, float]

    @classmethod
    def of(cls, earlier: Mapping[str, float], compared: bool = True) -> Forecast:
        """From what an earlier training took; what it does not tell is guessed.

        Args:
            earlier: Seconds by stage.
            compared: Whether the training ends with a comparison.
        """
        keys = {stage.key: earlier.get(stage.key, stage.seconds) for stage in STAGES}
        if not compared:
            del keys[COMPARING]
        return cls(keys)

    def progress(self, stage: str, share: float, elapsed: float) -> tuple[float, float]:
        """How far the whole is.

        Args:
            stage: The present one.
            share: How much of it is done, as it says itself, from 0 to 1.
            elapsed: Seconds since it began.

        Returns:
            The share of the whole, and the seconds left.
        """
        if stage not in self.seconds:
            return 0.0, sum(self.seconds.values())
        keys = list(self.seconds)
        before = sum(self.seconds[key] for key in keys[: keys.index(stage)])
        after = sum(self.seconds[key] for key in keys[keys.index(stage) + 1 :])
        own = self.seconds[stage]
        if 0.1 < share <= 1:  # it tells how it gets on: what is left follows from its own pace
            own = max(elapsed, 0.1) / share
        done = min(max(share, elapsed / own if own and share <= 0.1 else 0.0), 0.98)
        left = own * (1 - done) + after
        whole = before + own + after
        return (before + own * done) / whole if whole else 0.0, left
