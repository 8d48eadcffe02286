"""Finding near-identical sentences: the same words, or nearly."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from understanding.text import comparison_key

LEAST_LIKENESS = 0.85


class Groups:
    """Sentences with the groups that they belong to.

    Args:
        sentences: Each with its group's id.
    """

    def __init__(self, sentences: Iterable[tuple[str, int]]) -> None:
        self._groups: dict[str, int] = {}
        for sentence, group in sentences:
            self.add(sentence, group)

    def add(self, sentence: str, group: int) -> None:
        """A sentence more."""
        self._groups.setdefault(comparison_key(sentence), group)

    def find(self, sentence: str) -> int | None:
        """The group of the likeliest sentence that is near-identical, or None."""
        key = comparison_key(sentence)
        if key in self._groups:
            return self._groups[key]
        found = process.extractOne(
            key, self._groups.keys(), scorer=Levenshtein.normalized_similarity, score_cutoff=LEAST_LIKENESS
        )
        return self._groups[found[0]] if found else None
