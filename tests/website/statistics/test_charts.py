"""Charts are well-formed, measured right, and every bar says what it is and leads somewhere."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from website.statistics.charts import HEIGHT, LONGEST, Chart, Group, Part, columns, rows
from website.statistics.figures import percentile
from website.statistics.words import duration, number, plural, share, within

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=20)
parts = st.builds(
    Part, st.integers(0, 2), st.integers(0, 10**6).map(float), names, names.map(lambda text: f"/x?{text}")
)
groups = st.lists(st.builds(Group, names, st.lists(parts, min_size=1, max_size=3), names), min_size=1, max_size=20)
many = st.builds(Chart, st.just("c"), names, names, groups)


def bars(drawing: str) -> list[dict[str, float]]:
    """Sizes of all bars, of which each stands in a link with words."""
    root = ElementTree.fromstring(drawing)
    links = list(root.iter("a"))
    assert all(link.get("aria-label") == link.findtext("title") and link.get("href") for link in links)
    found = [link.find("rect") for link in links]
    return [
        {name: float(bar.get(name, "").rstrip("%")) for name in ("x", "y", "width", "height")}
        for bar in found
        if bar is not None
    ]


def drawn(chart: Chart) -> list[Part]:
    return [part for group in chart.groups for part in group.parts if part.value]


@given(many, st.booleans())
def test_columns(chart: Chart, stacked: bool) -> None:
    found = bars(columns(chart, stacked=stacked, tick=str))
    assert len(found) == len(drawn(chart))
    for bar in found:
        assert bar["x"] >= 0 and bar["x"] + bar["width"] <= 100.1
        assert bar["y"] >= -4 and bar["y"] + bar["height"] <= HEIGHT
    pairs = sorted((part.value, bar["height"]) for part, bar in zip(drawn(chart), found))
    assert [height for _, height in pairs] == sorted(height for _, height in pairs)


@given(many)
def test_rows(chart: Chart) -> None:
    found = bars(rows(chart))
    assert len(found) == len(drawn(chart))
    assert all(bar["x"] >= 0 and bar["x"] + bar["width"] <= LONGEST + 2 for bar in found)


def test_lengths_are_in_proportion() -> None:
    chart = Chart("c", "", "", [Group("a", [Part(0, 30, "a", "/")]), Group("b", [Part(0, 10, "b", "/")])])
    three, one = bars(columns(chart, stacked=True, tick=str))
    assert three["height"] == pytest.approx(3 * one["height"], abs=0.2)
    three, one = bars(rows(chart))
    assert three["width"] == pytest.approx(3 * one["width"], abs=0.1) == LONGEST


def test_names_cannot_break_out() -> None:
    nasty = '"><script>alert(1)</script>&'
    chart = Chart("c", nasty, nasty, [Group(nasty, [Part(0, 1, nasty, nasty)], nasty)])
    for drawing in (rows(chart), columns(chart, stacked=True, tick=str)):
        assert "<script" not in drawing
        assert ElementTree.fromstring(drawing).findtext("title") == nasty


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30), st.sampled_from([0.0, 0.5, 0.9, 1.0]))
def test_percentiles_are_those_of_numpy(values: list[int], part: float) -> None:
    import numpy

    assert percentile(values, part) == pytest.approx(float(numpy.quantile(values, part)))


def test_words() -> None:
    assert percentile([], 0.5) is None
    assert [duration(seconds) for seconds in (None, 10, 90, 3600, 3900, 36_000_000)] == [
        "–",
        "<\u00a01\u00a0min",
        "2\u00a0min",
        "1\u00a0h",
        "1\u00a0h\u00a005",
        "10\u00a0000\u00a0h",
    ]
    assert (within(10), within(90)) == ("en moins d’une minute", "en moins de 2\u00a0min")
    assert (number(1234), share(1, 3), share(0, 0)) == ("1\u00a0234", "33\u00a0%", "–")
    assert (plural(1, "conversation"), plural(2, "conversation")) == ("1\u00a0conversation", "2\u00a0conversations")
