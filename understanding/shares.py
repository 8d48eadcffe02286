"""Shares with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
CHUNK = 500
SEED = 20


@dataclass(frozen=True)
class Share:
    """A share from 0 to 1 with its 95 % interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """A JSON form, to a hundredth of a per cent."""
        return {"value": round(self.value, 4), "low": round(self.low, 4), "high": round(self.high, 4)}


def share(values: Sequence[float] | NDArray[np.float64], resamples: int = RESAMPLES, seed: int = SEED) -> Share:
    """The mean of values with the percentile bootstrap's 95 % interval.

    Args:
        values: One a question: 0 or 1, or a difference of two such.
        resamples: How often the questions are drawn anew, with replacement.
        seed: Of the drawing: the same values always give the same interval.

    Raises:
        ValueError: There are no values.
    """
    array = np.asarray(values, np.float64)
    if not array.size:
        raise ValueError("no values")
    generator = np.random.default_rng(seed)
    means = np.concatenate(
        [
            array[generator.integers(0, array.size, (min(CHUNK, resamples - start), array.size))].mean(axis=1)
            for start in range(0, resamples, CHUNK)
        ]
    )
    low, high = np.percentile(means, [2.5, 97.5])
    return Share(float(array.mean()), float(low), float(high))
