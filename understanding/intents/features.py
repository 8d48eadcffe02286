"""Sparse features of a text: n-grams of characters and of words, weighted by tf-idf, and the lexicon's categories.

Written once for training and serving, on numpy alone, so that a model is a set of plain arrays and both sides
compute the very same numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understanding.intents.lexicon import EMPTY, Lexicon
from understanding.intents.tokens import tokens

Floats = NDArray[np.float32]
Indices = NDArray[np.int32]

CHARACTERS = (2, 5)
"""Lengths of the character n-grams, taken inside words padded with a space on both sides."""

WORD_WEIGHT = 1.5
LEXICON_WEIGHT = 0.5
"""Weights beside the character n-grams, each family of length 1 (docs/understanding.md)."""


LONGEST_KEPT = 20
"""Letters of the longest word whose n-grams are remembered: longer ones are rare, but could fill the memory."""


def grams_of_word(word: str) -> tuple[str, ...]:
    """Character n-grams of a word: « tour » → " t", "to", …, " tour", "tour "."""
    return _kept_grams(word) if len(word) <= LONGEST_KEPT else _grams(word)


@lru_cache(maxsize=30_000)
def _kept_grams(word: str) -> tuple[str, ...]:
    return _grams(word)


def _grams(word: str) -> tuple[str, ...]:
    shortest, longest = CHARACTERS
    padded = f" {word[:40]} "
    size = len(padded)
    lengths = range(shortest, min(longest, size - 1) + 1)
    grams = [padded[start : start + length] for length in lengths for start in range(size - length + 1)]
    return (*grams, padded) if size <= longest else tuple(grams)


def character_grams(words: Iterable[str]) -> Iterator[str]:
    """Character n-grams inside words."""
    return chain.from_iterable(map(grams_of_word, words))


def word_grams(words: list[str]) -> Iterator[str]:
    """Single words and pairs of neighbours."""
    yield from words
    for left, right in zip(words, words[1:]):
        yield f"{left} {right}"


@dataclass(frozen=True)
class Family:
    """One family of features: its vocabulary (term → column) and the inverse document frequency of each column."""

    vocabulary: dict[str, int]
    idf: Floats

    @classmethod
    def fit(cls, documents: Iterable[Iterable[str]], least: int) -> Family:
        """Keep the terms that stand in at least `least` documents; idf as in scikit-learn (smoothed)."""
        frequency: Counter[str] = Counter()
        count = 0
        for document in documents:
            frequency.update(set(document))
            count += 1
        kept = sorted(term for term, number in frequency.items() if number >= least)
        idf = np.log((1 + count) / (1 + np.array([frequency[term] for term in kept], dtype=np.float64))) + 1
        return cls({term: column for column, term in enumerate(kept)}, idf.astype(np.float32))

    def row(self, document: Iterable[str]) -> tuple[Indices, Floats]:
        """Columns and values of a document: (1 + log tf) · idf, scaled to length 1."""
        found = Counter(map(self.vocabulary.get, document))
        found.pop(None, None)
        if not found:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        columns = np.fromiter(found, np.int32, len(found))
        counts = np.fromiter(found.values(), np.float32, len(found))
        values = (1 + np.log(counts)) * self.idf[columns]
        return columns, np.asarray(values / np.sqrt(values @ values), np.float32)


def stack(rows: list[tuple[Indices, Floats]], width: int) -> Any:
    """Rows as a scipy CSR matrix of shape (rows, width); for training only, since it needs scipy."""
    from scipy.sparse import csr_matrix

    pointers = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    values = np.concatenate([values for _, values in rows])
    columns = np.concatenate([columns for columns, _ in rows])
    return csr_matrix((values, columns, pointers), shape=(len(rows), width))


@dataclass(frozen=True)
class Features:
    """All features of a text: characters first, then words, then the lexicon's categories."""

    characters: Family
    words: Family
    lexicon: Lexicon = EMPTY

    @classmethod
    def fit(cls, texts: list[str], lexicon: Lexicon = EMPTY) -> Features:
        """Learn both vocabularies from texts."""
        tokenised = [tokens(text) for text in texts]
        return cls(
            Family.fit((character_grams(words) for words in tokenised), least=2),
            Family.fit((word_grams(words) for words in tokenised), least=2),
            lexicon,
        )

    @cached_property
    def categories(self) -> Family:
        """The lexicon's categories as features, none weightier than another."""
        slugs = sorted(set(self.lexicon.terms.values()))
        return Family({slug: column for column, slug in enumerate(slugs)}, np.ones(len(slugs), np.float32))

    @property
    def families(self) -> tuple[tuple[Family, float], ...]:
        """The families in the order of their columns, each with its weight."""
        return (self.characters, 1.0), (self.words, WORD_WEIGHT), (self.categories, LEXICON_WEIGHT)

    @property
    def size(self) -> int:
        """Number of columns."""
        return sum(len(family.vocabulary) for family, _ in self.families)

    def word_row(self, text: str) -> tuple[Indices, Floats]:
        """Columns among the word n-grams and values of a text."""
        return self.words.row(word_grams(tokens(text)))

    def row(self, text: str) -> tuple[Indices, Floats]:
        """Columns and values of a text."""
        words = tokens(text)
        documents = (character_grams(words), word_grams(words), self.lexicon.found(words))
        columns, values, shift = [], [], 0
        for document, (family, weight) in zip(documents, self.families):
            own_columns, own_values = family.row(document)
            columns.append(own_columns + np.int32(shift))
            values.append(own_values * np.float32(weight))
            shift += len(family.vocabulary)
        return np.concatenate(columns), np.concatenate(values)
