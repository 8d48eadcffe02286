"""How well a model understands, from how fits that had not read them read its examples.

The figures are kept with the model. They quote sentences of the public files only: what members wrote is in the
archive alone, and goes away with it.
"""

from __future__ import annotations

import tarfile
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from understanding.intents.held_out import HELD_OUT_FILE, HeldOut, read_held_out
from understanding.shares import share

BINS = 20
"""Of the certainty histogram, each 5 % wide."""
QUOTED = 6
"""Sentences for each confusion."""
CONFUSIONS = 60
"""How many pairs are quoted, the most frequent ones."""
NEIGHBOURS = 5
"""Labels that one label is confused with, at most."""
LONGEST_QUOTE = 240
RESAMPLES = 2_000


def held_out_of(archive: Path) -> list[HeldOut]:
    """How a model's examples were read, from its archive; empty where it tells nothing of it.

    Raises:
        ValueError: The archive cannot be read.
    """
    try:
        with tarfile.open(archive, "r:gz") as content:
            for member in content:
                file = content.extractfile(member) if Path(member.name).name == HELD_OUT_FILE else None
                if file is not None:
                    return read_held_out(file.read())
    except (tarfile.TarError, OSError, EOFError) as error:
        raise ValueError(f"{archive.name}: {error}") from error
    return []


def figures(readings: Sequence[HeldOut], categories: Collection[str] = ()) -> dict[str, Any]:
    """All figures of a model, as plain values.

    Args:
        readings: One an example.
        categories: Which intents are problem categories, in file order; they come first in the matrix.

    Returns:
        `n`; `right` and `offered` (the right one is the first, or among the first three), each
        `{"value", "low", "high"}` or null; `needs`: `right` for the categories alone; `labels` and `matrix` (examples
        of the row's label, read as the column's); `categories`: by label `n`, `right`, `offered`, and
        `confused_with`: `[{"label", "count"}]`; `confusions`: `[{"of", "as", "count", "sentences": [{"text",
        "certainty"}]}]`; `certainty`: `{"right", "wrong"}`, counts for each twentieth.
    """
    by_intent: dict[str, list[HeldOut]] = defaultdict(list)
    for reading in readings:
        by_intent[reading.intent].append(reading)
    said = {reading.ranking[0][0] for reading in readings if reading.ranking}
    labels = [slug for slug in categories if slug in by_intent or slug in said]
    labels += sorted((set(by_intent) | said) - set(labels))
    confusions = _confusions(readings)
    return {
        "n": len(readings),
        "right": _share(readings, 1),
        "offered": _share(readings, 3),
        "needs": _share([reading for reading in readings if reading.intent in categories], 1),
        "labels": labels,
        "matrix": _matrix(readings, labels),
        "categories": {
            label: {
                "n": len(by_intent[label]),
                "right": _share(by_intent[label], 1),
                "offered": _share(by_intent[label], 3),
                "confused_with": [
                    {"label": row["as"], "count": row["count"]} for row in confusions if row["of"] == label
                ][:NEIGHBOURS],
            }
            for label in labels
        },
        "confusions": confusions[:CONFUSIONS],
        "certainty": _histogram(readings),
    }


def _first(reading: HeldOut) -> str:
    return reading.ranking[0][0] if reading.ranking else ""


def _share(readings: Sequence[HeldOut], among: int) -> dict[str, float] | None:
    if not readings:
        return None
    found = [float(reading.intent in dict(reading.ranking[:among])) for reading in readings]
    return share(found, RESAMPLES).as_dict()


def _matrix(readings: Sequence[HeldOut], labels: Sequence[str]) -> list[list[int]]:
    counts = Counter((reading.intent, _first(reading)) for reading in readings)
    return [[counts[of, read_as] for read_as in labels] for of in labels]


def _confusions(readings: Sequence[HeldOut]) -> list[dict[str, Any]]:
    """Pairs of labels that are confused, the most frequent first, with the sentences that are wrong most certainly."""
    wrong: dict[tuple[str, str], list[HeldOut]] = defaultdict(list)
    for reading in readings:
        if reading.ranking and reading.intent != _first(reading):
            wrong[reading.intent, _first(reading)].append(reading)
    rows = []
    for (of, read_as), those in sorted(wrong.items(), key=lambda item: (-len(item[1]), item[0])):
        public = sorted((one for one in those if not one.origin), key=lambda one: (-one.ranking[0][1], one.text))
        sentences = [
            {"text": one.text[:LONGEST_QUOTE], "certainty": round(one.ranking[0][1], 3)} for one in public[:QUOTED]
        ]
        rows.append({"of": of, "as": read_as, "count": len(those), "sentences": sentences})
    return rows


def _histogram(readings: Sequence[HeldOut]) -> dict[str, list[int]]:
    counts = {"right": [0] * BINS, "wrong": [0] * BINS}
    for reading in readings:
        if reading.ranking:
            place = min(int(reading.ranking[0][1] * BINS), BINS - 1)
            counts["right" if reading.intent == _first(reading) else "wrong"][place] += 1
    return counts
