"""Bars as SVG, drawn here: columns over months, rows over names. Every bar is a link that says what it shows.

Colours stand in statistics.css by class, so that they follow the theme. Across, everything is measured in per cent, so
that a chart fits any screen and its words keep their size.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from markupsafe import Markup

TOP, BOTTOM = 12, 44
HEIGHT = 260
LINE, BAR, GAP = 18, 24, 14
CHARACTERS = 42
"""Of a label on one line, so that it fits a telephone."""
LONGEST = 86.0
"""Per cent of the width that the longest row takes; its number stands behind it."""
LEAST = 0.4
"""A bar that stands for something is never thinner: pixels upwards, per cent across."""
WIDE = 14
"""More columns than this do not fit on a telephone."""
_TICKS = 4


@dataclass(frozen=True)
class Part:
    """A bar, or a part of one.

    Attributes:
        kind: Number of its colour.
        value: Its length.
        says: What it shows, in words.
        link: Where it leads; nowhere where empty.
    """

    kind: int
    value: float
    says: str
    link: str = ""


@dataclass(frozen=True)
class Group:
    """What stands above or behind one label.

    Attributes:
        label: In few words.
        parts: In order.
        text: Written at the end of a row.
    """

    label: str
    parts: Sequence[Part]
    text: str = ""


@dataclass(frozen=True)
class Chart:
    """What a chart shows.

    Attributes:
        key: Names it in the page; letters only.
        title: What it is about.
        summary: What it shows, for who cannot see it.
        groups: In order.
    """

    key: str
    title: str
    summary: str
    groups: Sequence[Group]


def columns(chart: Chart, *, stacked: bool, tick: Callable[[float], str], steps: Sequence[float] = ()) -> Markup:
    """Columns from left to right, the parts of a group on top of each other or side by side.

    Args:
        chart: What to show.
        stacked: Whether on top of each other.
        tick: A value of the axis in words.
        steps: Distances between two lines of the axis that read well; powers of ten and their halves where not given.
    """
    tallest = max((_height(group, stacked) for group in chart.groups), default=0.0)
    step = _step(tallest / _TICKS, steps)
    top = max(step * math.ceil(tallest / step), step)
    scale = (HEIGHT - TOP - BOTTOM) / top
    ground = HEIGHT - BOTTOM
    body = []
    for number in range(round(top / step) + 1):
        y = ground - number * step * scale
        body.append(f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
        body.append(f'<text class="axis" x="-8" y="{y + 5:.1f}" text-anchor="end">{escape(tick(number * step))}</text>')
    pitch = 100 / max(len(chart.groups), 1)
    for number, group in enumerate(chart.groups):
        body += _column(group, number * pitch, pitch, ground, scale, stacked=stacked)
        body += _label(group.label, (number + 0.5) * pitch, ground, odd=bool(number % 2))
    return _document(chart, "columns wide" if len(chart.groups) > WIDE else "columns", HEIGHT, body)


def rows(chart: Chart) -> Markup:
    """Rows from top to bottom, each with its label above it and its number behind it."""
    longest = max((sum(part.value for part in group.parts) for group in chart.groups), default=0.0) or 1.0
    scale = LONGEST / longest
    body = []
    y = 0
    for group in chart.groups:
        for words in textwrap.wrap(group.label, CHARACTERS) or [""]:
            y += LINE
            body.append(_text(0, y, words, "name"))
        y += 6
        x = 0.0
        for part in group.parts:
            if part.value:
                length = max(part.value * scale, LEAST)
                body.append(_bar(part, x, y, length, BAR))
                x += length
        body.append(_text(x + 1, y + BAR - 7, group.text, "number"))
        y += BAR + GAP
    return _document(chart, "rows", y, body)


def _height(group: Group, stacked: bool) -> float:
    values = [part.value for part in group.parts]
    return (sum(values) if stacked else max(values, default=0.0)) or 0.0


def _step(least: float, steps: Sequence[float]) -> float:
    """The smallest distance between two lines that reads well and is no smaller than asked."""
    for step in steps:
        if step >= least:
            return step
    power = 10.0 ** math.floor(math.log10(max(least, 1.0)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _column(group: Group, left: float, pitch: float, ground: float, scale: float, *, stacked: bool) -> list[str]:
    room = pitch * 0.8
    width = room if stacked else room / max(len(group.parts), 1)
    drawn, y, x = [], ground, left + pitch * 0.1
    for part in group.parts:
        if part.value:
            height = max(part.value * scale, 5 * LEAST)
            y -= height
            drawn.append(_bar(part, x, y, width, height))
        if not stacked:
            y, x = ground, x + width
    return drawn


def _label(label: str, x: float, ground: float, *, odd: bool) -> list[str]:
    kind = "axis odd" if odd else "axis"
    return [_text(x, ground + 18 + 16 * line, words, kind, "middle") for line, words in enumerate(label.split("\n"))]


def _bar(part: Part, x: float, y: float, width: float, height: float) -> str:
    opening, closing = (f"a href={quoteattr(part.link)}", "a") if part.link else ('g role="img"', "g")
    return (
        f"<{opening} aria-label={quoteattr(part.says)}><title>{escape(part.says)}</title>"
        f'<rect class="bar kind-{part.kind}" x="{x:.2f}%" y="{y:.1f}" width="{width:.2f}%" height="{height:.1f}"/>'
        f"</{closing}>"
    )


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.2f}%" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _document(chart: Chart, kind: str, height: float, body: Sequence[str]) -> Markup:
    head = (
        f'<svg class="chart {kind}" height="{height:g}" role="group" '
        f'aria-labelledby="{chart.key}-title {chart.key}-desc">'
        f'<title id="{chart.key}-title">{escape(chart.title)}</title>'
        f'<desc id="{chart.key}-desc">{escape(chart.summary)}</desc>'
    )
    return Markup(head + "\n".join(body) + "</svg>")
