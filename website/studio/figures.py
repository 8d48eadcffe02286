"""The figures of a version, as the release note folds them away: matrix, certainty, shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from directory.french import typeset
from releases.models import BotModel
from understanding.catalogue import current_catalogue
from website.console.words import subject
from website.statistics import charts
from website.statistics.charts import Chart, Group, Part
from website.statistics.words import number, plural
from website.studio import note_words as words

OTHERS = "Autres messages"
"""All conversation intents together: one row and one column of the matrix."""
_HEAT = (0.005, 0.02, 0.08)
"""Shares of a row from which on a cell is coloured more."""
_BINS = 10


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix.

    Attributes:
        text: What stands in it.
        heat: From 0 to 4.
        says: What it means, in words; empty for what is nothing.
    """

    text: str
    heat: int
    says: str


@dataclass(frozen=True)
class Matrix:
    """How often each subject is taken for each."""

    labels: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]


@dataclass(frozen=True)
class Block:
    """A chart or table.

    Attributes:
        title: Its heading.
        lead: What it shows, in a sentence.
        legend: What the colours mean.
        drawing: The chart.
        matrix: The matrix.
        header: Of the table.
        rows: Of the table; the first cell names the row.
    """

    title: str
    lead: str
    legend: Sequence[str] = ()
    drawing: Markup | None = None
    matrix: Matrix | None = None
    header: Sequence[str] = ()
    rows: Sequence[tuple[str, Sequence[str]]] = ()


def overall(model: BotModel) -> float | None:
    """The share of examples that the training understood before it had read them; None where nobody knows."""
    found = (model.figures or {}).get("right")
    return float(found["value"]) if found else None


def figure_blocks(model: BotModel, against: BotModel | None, note: Mapping[str, Any] | None) -> list[Block]:
    """All figures of a version.

    Args:
        model: The version.
        against: The one that it was compared with.
        note: Content of the comparison.
    """
    blocks = []
    if note is not None and (note["held_out"] or note["cross"]):
        blocks.append(_shares(note))
    if model.figures:
        blocks.append(_certainty(model.figures, (against.figures if against else None) or None))
        blocks.append(_matrix(model.figures))
    if note is not None and note["cross"]:
        blocks.append(_by_subject(note["cross"]))
    return blocks


def _shares(note: Mapping[str, Any]) -> Block:
    rows = []
    if note["held_out"]:
        rows.append(_share_row(f"{number(note['held_out']['n'])} phrases d’exemple communes", note["held_out"]))
    if note["cross"]:
        cross = note["cross"]
        text = f"Échantillon de {number(cross['n'])} phrases, {cross['folds']} parts, {cross['repeats']} fois"
        rows.append(_share_row(text, cross))
    return Block(
        "Phrases comprises sans avoir été lues",
        "Entre parenthèses, l’intervalle dans lequel se trouve la vraie valeur 19 fois sur 20.",
        header=("Jugé sur", "Version d’avant", "Cette version", "Différence"),
        rows=rows,
    )


def _share_row(title: str, part: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    difference = part["difference"]
    ends = f"{words.points(difference['low'])} à {words.points(difference['high'])}"
    return title, (
        words.interval(part, "old"),
        words.interval(part, "new"),
        f"{words.points(difference['value'])} ({ends})",
    )


def _bins(figures: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Right and wrong ones by tenth of certainty."""
    right, wrong = figures["certainty"]["right"], figures["certainty"]["wrong"]
    size = max(1, len(right) // _BINS)
    return [
        (sum(right[start : start + size]), sum(wrong[start : start + size])) for start in range(0, len(right), size)
    ]


def _certainty(figures: Mapping[str, Any], before: Mapping[str, Any] | None) -> Block:
    """Shares, so that two versions with different numbers of examples can be compared."""
    sides = [("Cette version", _bins(figures))]
    if before:
        sides.insert(0, ("Version d’avant", _bins(before)))
    groups, rows = [], []
    for place in range(len(sides[-1][1])):
        label = f"{10 * place}-{10 * place + 10}"
        parts, cells = [], []
        for kind, (name, bins) in enumerate(sides):
            right, wrong = bins[place]
            whole = sum(map(sum, bins)) or 1
            says = f"{name}, certitude de {label} % : {words.percent((right + wrong) / whole)} des phrases"
            parts.append(Part(kind, 100 * (right + wrong) / whole, typeset(says)))
            cells.append(f"{words.percent((right + wrong) / whole)}, dont {number(wrong)} à tort")
        groups.append(Group(label, parts))
        rows.append((f"{label}{words.NBSP}%", cells))
    chart = Chart(
        "certitude",
        "Certitude de l’assistant",
        "Part des phrases d’exemple par certitude, de 0 à 100 %.",
        groups,
    )
    drawing = charts.columns(chart, stacked=False, tick=lambda value: f"{value:g}{words.NBSP}%")
    return Block(
        "Certitude",
        "À quel point l’assistant est sûr de lui, sur les phrases d’exemple qu’il n’avait pas lues.",
        legend=[name for name, _ in sides],
        drawing=drawing,
        header=("Certitude", *(name for name, _ in sides)),
        rows=rows,
    )


def _matrix(figures: Mapping[str, Any]) -> Block:
    labels, counts = figures["labels"], figures["matrix"]
    in_service = current_catalogue().categories
    groups = {slug: subject(slug) if slug in in_service else OTHERS for slug in labels}
    names = list(dict.fromkeys([*(name for name in groups.values() if name != OTHERS), OTHERS]))
    totals = {(of, read_as): 0 for of in names for read_as in names}
    for row, of in enumerate(labels):
        for column, read_as in enumerate(labels):
            totals[groups[of], groups[read_as]] += counts[row][column]
    rows = [(of, [_cell(of, read_as, totals, names) for read_as in names]) for of in names]
    worst = max(
        ((count, pair) for pair, count in totals.items() if pair[0] != pair[1]), default=(0, ("", "")), key=_first
    )
    lead = "Chaque ligne est un sujet ; chaque colonne dit pour quoi l’assistant a pris ses phrases."
    if worst[0]:
        of, read_as = worst[1]
        lead += f" La confusion la plus fréquente : {plural(worst[0], 'phrase')} « {of} » prises pour « {read_as} »."
    return Block("Confusions", typeset(lead), matrix=Matrix(names, rows))


def _first(row: tuple[int, tuple[str, str]]) -> int:
    return row[0]


def _cell(of: str, read_as: str, totals: Mapping[tuple[str, str], int], names: Sequence[str]) -> Cell:
    count, whole = totals[of, read_as], sum(totals[of, name] for name in names)
    if not count:
        return Cell("", 0, "")
    heat = 4 if of == read_as else sum(count / whole >= least for least in _HEAT)
    return Cell(number(count), heat, typeset(f"{plural(count, 'phrase')} « {of} » lues comme « {read_as} »"))


def _by_subject(cross: Mapping[str, Any]) -> Block:
    rows = [
        (subject(intent), (words.percent(old), words.percent(new), words.points(new - old)))
        for intent, (old, new) in sorted(cross["by_intent"].items(), key=lambda item: item[1][1] - item[1][0])
    ]
    return Block(
        "Par sujet, sur l’échantillon",
        "D’abord ceux que cette version comprend moins bien.",
        header=("Sujet", "Version d’avant", "Cette version", "Différence"),
        rows=rows,
    )
