"""Ordinary words, learnt from the examples: never taken for a commune, misspelt or shortened."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from understanding.corpus import Example
from understanding.places.gazetteer import Gazetteer
from understanding.text import clean, fold

LEAST = 2
"""Examples in which a word must stand."""

_WORD = re.compile(r"[^\W\d_]+")


def ordinary_words(examples: Iterable[Example], gazetteer: Gazetteer) -> list[str]:
    """Folded words that are written without a capital in most of the examples that hold them.

    Names of communes are left out, but for those that are known to be ordinary words too.
    """
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for example in examples:
        text = clean(example.text)
        if text.isupper():
            continue
        for word in set(_WORD.findall(text)):
            (small if word.islower() else capital)[fold(word)] += 1
    return sorted(
        word
        for word, count in small.items()
        if count >= LEAST and count > capital[word] and (word not in gazetteer.names or word in gazetteer.ordinary)
    )
