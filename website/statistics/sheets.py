"""The figures as tables to take away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from website.exports import Sheet, Value
from website.statistics.figures import Figures, Tally
from website.statistics.report import WAYS, Report

_COUNTED = (
    "Conversations",
    "Assistant seul",
    "Transmises",
    "Sans suite",
    "Premières réponses",
    "Médiane (min)",
    "9 sur 10 avant (min)",
    "Avis utiles",
    "Avis pas utiles",
)
Key = TypeVar("Key")


def detail(figures: Figures, report: Report) -> Sheet:
    """Every month, antenna and category that occurs."""
    cells = sorted(
        figures.cells.items(), key=lambda pair: (pair[0].month, pair[0].antenna or "", pair[0].category or "")
    )
    rows: list[list[Value]] = [
        [str(cell.month), report.antenna(cell.antenna), report.category(cell.category), *_counted(tally)]
        for cell, tally in cells
    ]
    return Sheet("Détail", ("Mois", "Antenne", "Sujet", *_COUNTED), rows)


def all_sheets(figures: Figures, report: Report) -> list[Sheet]:
    """All tables of the page, and the detail."""
    remote: list[list[Value]] = [
        [report.antenna(one.near), report.category(one.category), one.number] for one in figures.remote
    ]
    return [
        _sheet("Par mois", "Mois", figures.by_month, str),
        _sheet("Par sujet", "Sujet", figures.by_category, report.category),
        _sheet("Par antenne", "Antenne", figures.by_antenna, report.antenna),
        Sheet("Sans interlocuteur local", ("Antenne la plus proche", "Sujet", "Conversations"), remote),
        detail(figures, report),
    ]


def _sheet(name: str, first: str, found: Mapping[Key, Tally], label: Callable[[Key], str]) -> Sheet:
    rows: list[list[Value]] = [[label(key), *_counted(tally)] for key, tally in found.items()]
    return Sheet(name, (first, *_COUNTED), rows)


def _counted(tally: Tally) -> list[Value]:
    return [
        tally.conversations,
        *(tally.courses[course] for course in WAYS),
        len(tally.seconds),
        _minutes(tally.median),
        _minutes(tally.late),
        tally.useful,
        tally.useless,
    ]


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)
