"""Plots are well-formed, complete and inside their frame."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.inside.profiled import STAGES
from bench.svg import Bar, Point, Series, _apart, bars, lines

NAME = "{http://www.w3.org/2000/svg}"
SHARES = st.floats(0, 1)


def frame(root: ElementTree.Element) -> tuple[float, float]:
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    return width, height


@settings(deadline=None)
@given(st.lists(st.lists(SHARES, min_size=1, max_size=5), min_size=1, max_size=4))
def test_lines_stay_inside_and_every_point_is_drawn(values: list[list[float]]) -> None:
    series = [
        Series(f"série {number}", [Point(30 * 2**x, y, max(0, y - 0.1), min(1, y + 0.1)) for x, y in enumerate(row)])
        for number, row in enumerate(values)
    ]
    root = ElementTree.fromstring(lines("Titre", "Résumé", series, "exemples"))
    width, height = frame(root)
    circles = root.findall(f"{NAME}circle")
    assert len(circles) == sum(map(len, values))
    assert all(0 <= float(c.attrib["cx"]) <= width and 0 <= float(c.attrib["cy"]) <= height for c in circles)


def test_better_is_higher_and_more_is_further_right() -> None:
    drawn = lines("t", "s", [Series("a", [Point(30, 0.2, 0.1, 0.3), Point(600, 0.9, 0.8, 1.0)])], "x")
    first, second = ElementTree.fromstring(drawn).findall(f"{NAME}circle")
    assert float(second.attrib["cx"]) > float(first.attrib["cx"])
    assert float(second.attrib["cy"]) < float(first.attrib["cy"])


def test_names_are_escaped_and_the_plot_says_what_it_shows() -> None:
    root = ElementTree.fromstring(bars("A < B & C", "Résumé", [Bar("<script>", 1, "1 & 2")]))
    assert root.findtext(f"{NAME}title") == "A < B & C"
    assert root.findtext(f"{NAME}desc") == "Résumé"
    assert "<script>" in [text.text for text in root.findall(f"{NAME}text")]


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_bars_are_as_long_as_their_values(values: list[float]) -> None:
    root = ElementTree.fromstring(bars("t", "s", [Bar(str(value), value, "x") for value in values]))
    widths = [float(rect.attrib["width"]) for rect in root.findall(f"{NAME}rect")]
    assert len(widths) == len(values)
    assert max(widths) <= frame(root)[0]
    assert widths[values.index(max(values))] == max(widths)


@settings(deadline=None)
@given(st.lists(st.floats(0, 300), min_size=1, max_size=4))
def test_labels_do_not_overlap(heights: list[float]) -> None:
    moved = sorted(_apart(heights))
    assert all(below - above >= 18 - 1e-6 for above, below in zip(moved, moved[1:]))


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(ValueError, match="no points"):
        lines("t", "s", [Series("a", [])], "x")
    with pytest.raises(ValueError, match="at least one"):
        bars("t", "s", [])


def test_the_longest_words_stay_inside_the_frame() -> None:
    stages = [name for program in STAGES.values() for name in program.values()]
    root = ElementTree.fromstring(bars("t", "s", [Bar(name, 1, "this project 1 594 MiB") for name in stages]))
    for text in root.findall(f"{NAME}text"):
        width = 7.2 * len(text.text or "")
        start = float(text.attrib["x"]) - (width if text.attrib["text-anchor"] == "end" else 0)
        assert start >= 0
        assert start + width <= frame(root)[0]
