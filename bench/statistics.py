"""Percentiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def percentile(values: Sequence[float], percent: float) -> float:
    """A percentile by linear interpolation, e.g. the median for 50.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values")
    return float(np.percentile(np.asarray(values, np.float64), percent))


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile of durations, in milliseconds, with their number."""
    return {
        "n": len(seconds),
        "p50": round(1000 * percentile(seconds, 50), 2),
        "p95": round(1000 * percentile(seconds, 95), 2),
    }
