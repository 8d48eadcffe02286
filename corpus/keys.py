"""Sentences folded for comparison, so that the nearest of tens of thousands are found while somebody types."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from threading import Lock
from typing import Generic, Protocol, TypeVar

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from understanding.text import comparison_key

_MOST = 400_000


class _HasText(Protocol):
    @property
    def text(self) -> str: ...


One = TypeVar("One", bound=_HasText)


class Folder:
    """Folds texts, each once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def key(self, text: str) -> str:
        """A text without case, accents and punctuation."""
        key = self._known.get(text)
        if key is None:
            if len(self._known) > _MOST:
                self._known.clear()
            key = self._known[text] = fold_key(text)
        return key


def fold_key(text: str) -> str:
    """A text without case, accents and punctuation; where nothing is left, the text itself."""
    return comparison_key(text) or text


@dataclass(frozen=True)
class _Sorted(Generic[One]):
    """Everything in order of the length of its key."""

    lengths: Sequence[int]
    keys: Sequence[str]
    items: Sequence[One]


class Keys(Generic[One]):
    """The keys of things that have a text. What takes long is done at the first question.

    Args:
        items: The things.
        folder: Who folds their texts.
    """

    def __init__(self, items: Sequence[One], folder: Folder) -> None:
        self._items = items
        self._folder = folder
        self._lock = Lock()

    def prepare(self) -> None:
        """Do what takes long now."""
        _ = self._first, self._sorted

    @cached_property
    def _all(self) -> Sequence[str]:
        with self._lock:
            return [self._folder.key(item.text) for item in self._items]

    @cached_property
    def _first(self) -> dict[str, list[One]]:
        found: dict[str, list[One]] = {}
        for key, item in zip(self._all, self._items):
            found.setdefault(key, []).append(item)
        return found

    @cached_property
    def _sorted(self) -> _Sorted[One]:
        keys = self._all
        order = sorted(range(len(keys)), key=lambda number: len(keys[number]))
        return _Sorted([len(keys[n]) for n in order], [keys[n] for n in order], [self._items[n] for n in order])

    def same(self, text: str) -> Sequence[One]:
        """The things that say the same but for case, accents and punctuation."""
        return self._first.get(fold_key(text), ())

    def near(self, text: str, least: float, most: int) -> list[tuple[One, float]]:
        """The things that say nearly the same, the nearest first; not those that say the same.

        Args:
            text: A text.
            least: Similarity from which a thing is near, from 0 to 1 (normalised Levenshtein similarity of keys).
            most: How many at most.
        """
        key, table = fold_key(text), self._sorted
        start = bisect_left(table.lengths, ceil(len(key) * least))
        end = bisect_right(table.lengths, floor(len(key) / least))
        if start >= end:
            return []
        row = cdist(
            [key], table.keys[start:end], scorer=Levenshtein.normalized_similarity, score_cutoff=least, dtype=np.float32
        )[0]
        found = [n for n in np.flatnonzero(row).tolist() if table.keys[start + n] != key]
        found.sort(key=lambda number: -row[number])
        return [(table.items[start + n], float(row[n])) for n in found[:most]]
