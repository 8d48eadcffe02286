"""Two kinds of plot as SVG text: lines with intervals, and horizontal bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 150, 48, 52
BAR, GAP = 22, 14
LABELS, NUMBERS = 300, 180
COLOURS = ("#0b4f8a", "#b3450b", "#1b6e3c", "#7a3e9d")
DASHES = ("", "7 4", "2 4", "10 3 2 3")
STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#16202c}.t{font-weight:600;font-size:16px}.m{fill:#566273;font-size:12px}"
    ".g{stroke:#d5dae0}@media(prefers-color-scheme:dark){text{fill:#e8edf3}.m{fill:#a3b0bf}.g{stroke:#33404e}"
    ".c0{stroke:#7db9ee;fill:#7db9ee}.c1{stroke:#f0a06a;fill:#f0a06a}.c2{stroke:#7fce9b;fill:#7fce9b}"
    ".c3{stroke:#c9a0e4;fill:#c9a0e4}}"
)


@dataclass(frozen=True)
class Point:
    """A point of a line, with its interval."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True)
class Series:
    """A line: its name and its points in order of x."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Bar:
    """A bar: what it stands for, its length, the text at its end, and the number of its colour."""

    name: str
    value: float
    text: str
    colour: int = 0


def _document(width: float, height: float, title: str, summary: str, body: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="t d"><title id="t">{escape(title)}</title><desc id="d">{escape(summary)}</desc>'
        f"<style>{STYLE}</style>\n" + "\n".join(body) + "\n</svg>\n"
    )


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def _colour(number: int) -> str:
    return f'class="c{number % len(COLOURS)}" stroke="{COLOURS[number % len(COLOURS)]}"'


def lines(title: str, summary: str, series: Sequence[Series], label: str) -> str:
    """Lines over a logarithmic x axis; y runs from 0 to 1 and is written in per cent.

    Args:
        title: Above the plot.
        summary: What it shows, for who cannot see it.
        series: The lines; each has a name at its right end, a colour and a dash of its own.
        label: Of the x axis.

    Raises:
        ValueError: There is no point.
    """
    values = sorted({point.x for line in series for point in line.points})
    if not values:
        raise ValueError("no points")
    first, span = math.log(values[0]), math.log(values[-1] / values[0]) or 1.0

    def across(x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log(x) - first) / span

    def down(y: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y

    body = [_text(12, 26, title, "t")]
    for tenth in range(0, 11, 2):
        y = down(tenth / 10)
        body.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="g" stroke="#d5dae0"/>')
        body.append(_text(LEFT - 8, y + 4, f"{tenth * 10} %", "m", "end"))
    body += [_text(across(x), HEIGHT - BOTTOM + 20, f"{x:g}", "m", "middle") for x in values]
    body.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, label, "m", "middle"))
    names = _apart([down(line.points[-1].y) + 4 for line in series if line.points])
    for number, (line, name_y) in enumerate(zip([line for line in series if line.points], names)):
        path = " ".join(f"{across(point.x):.1f},{down(point.y):.1f}" for point in line.points)
        colour = _colour(number)
        dash = DASHES[number % len(DASHES)]
        body.append(
            f'<polyline points="{path}" {colour} style="fill:none" stroke-width="2.5" stroke-dasharray="{dash}"/>'
        )
        for point in line.points:
            x = across(point.x) + 3 * (number - (len(series) - 1) / 2)
            body.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{down(point.low):.1f}" y2="{down(point.high):.1f}" {colour}/>'
            )
            centre = f'cx="{across(point.x):.1f}" cy="{down(point.y):.1f}" r="3"'
            body.append(f'<circle {centre} {colour} fill="{COLOURS[number % len(COLOURS)]}"/>')
        end = line.points[-1]
        body.append(_text(across(end.x) + 12, name_y, f"{line.name} {100 * end.y:.0f} %"))
    return _document(WIDTH, HEIGHT, title, summary, body)


def _apart(heights: Sequence[float], least: float = 18.0) -> list[float]:
    """The heights of labels, moved down where they would overlap; in the given order."""
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    moved = list(heights)
    for above, below in zip(order, order[1:]):
        moved[below] = max(moved[below], moved[above] + least)
    return moved


def bars(title: str, summary: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars from zero.

    Args:
        title: Above the plot.
        summary: What it shows, for who cannot see it.
        rows: From top to bottom; the longest sets the scale.

    Raises:
        ValueError: There are no bars, or one is negative.
    """
    if not rows or any(row.value < 0 for row in rows):
        raise ValueError("bars are at least one and not negative")
    longest = max(row.value for row in rows) or 1.0
    room = WIDTH - LABELS - NUMBERS
    body = [_text(12, 26, title, "t")]
    for number, row in enumerate(rows):
        y = TOP + number * (BAR + GAP)
        length = max(1.0, room * row.value / longest)
        body.append(_text(LABELS - 10, y + BAR - 6, row.name, "", "end"))
        body.append(
            f'<rect x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" {_colour(row.colour)} '
            f'fill="{COLOURS[row.colour % len(COLOURS)]}"/>'
        )
        body.append(_text(LABELS + length + 8, y + BAR - 6, row.text))
    return _document(WIDTH, TOP + len(rows) * (BAR + GAP) + 10, title, summary, body)
