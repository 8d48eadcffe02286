"""Where the time of a question goes: spans recorded by several processes on one clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OTHER = "elsewhere"
"""Time in which no span was open: sockets, event loops, the client itself."""


@dataclass(frozen=True)
class Span:
    """A stretch of time with a name; seconds of the machine's monotonic clock, the same in all processes."""

    name: str
    start: float
    end: float


def attribute(window: Span, spans: Sequence[Span]) -> dict[str, float]:
    """Give each moment of a window to the span that was opened last among those open then.

    So a span counts without what it waits for, and the parts sum up to the window.

    Args:
        window: From question to answer.
        spans: Of all processes, in any order; those outside the window count nothing.

    Returns:
        Seconds by name.
    """
    inside = [span for span in spans if span.start < window.end and span.end > window.start and span.end > span.start]
    edges = {window.start, window.end}
    for span in inside:
        edges.update((max(span.start, window.start), min(span.end, window.end)))
    moments = sorted(edges)
    total: dict[str, float] = {}
    for left, right in zip(moments, moments[1:]):
        open_now = [span for span in inside if span.start <= left and span.end >= right]
        name = max(open_now, key=lambda span: span.start).name if open_now else OTHER
        total[name] = total.get(name, 0.0) + right - left
    return total


def middle_half(windows: Sequence[Span]) -> list[Span]:
    """The windows without the shortest and the longest quarter; all where they are fewer than four."""
    ordered = sorted(windows, key=lambda window: window.end - window.start)
    quarter = len(ordered) // 4
    return ordered[quarter : len(ordered) - quarter]


def profile(windows: Sequence[Span], spans: Sequence[Span]) -> dict[str, float]:
    """Mean milliseconds by name over the middle half of the windows, the longest first."""
    chosen = middle_half(windows)
    total: dict[str, float] = {}
    for window in chosen:
        for name, seconds in attribute(window, spans).items():
            total[name] = total.get(name, 0.0) + seconds
    ordered = sorted(total.items(), key=lambda item: -item[1])
    return {name: round(1000 * seconds / len(chosen), 3) for name, seconds in ordered}
