"""Repeated cross-validation of the project's classifier on its corpus (Rasa's environment)."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understanding.catalogue import load_catalogue
from understanding.corpus import read_corpus
from understanding.intents import training
from understanding.intents.embedding import embed
from understanding.intents.lexicon import read_lexicon

Indices = NDArray[np.int64]


def stratified(intents: Sequence[str], number: int, seed: int) -> list[Indices]:
    """Indices of each fold; every intent is spread evenly over the folds.

    Args:
        intents: One an example.
        number: How many folds.
        seed: Of the shuffling.
    """
    members = training.spread_evenly(dict(enumerate(intents)), number, seed)
    return [np.array(sorted(fold), dtype=np.int64) for fold in members]


def held_out(table: training.Table, folds: Sequence[Indices], title: str) -> list[list[str]]:
    """The first three intents of each example by a model that has not seen it; empty where no fold holds it out.

    The folds share vocabulary and idf, which know no intents.
    """
    everything = np.arange(len(table.intents))
    ranked: list[list[str]] = [[] for _ in everything]
    for number, held in enumerate(folds, 1):
        started = time.monotonic()
        model = table.fit(np.setdiff1d(everything, held))
        scores = table.scores(model, held)
        for index, row in zip(held, np.argsort(-scores, axis=1, kind="stable")[:, :3]):
            ranked[int(index)] = [model.labels[column] for column in row]
        right = np.mean([ranked[index][0] == table.intents[index] for index in held])
        print(f"{title}, fold {number}: {right:.1%}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return ranked


def main() -> None:
    """Write, for each example and repetition, the first three intents."""
    parser = argparse.ArgumentParser(description="Repeated cross-validation.")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    catalogue = load_catalogue()
    examples = [example for example in read_corpus() if example.intent in set(catalogue.intents)]
    intents = [example.intent for example in examples]
    texts = [example.text for example in examples]
    table = training.Table.of(texts, np.array(intents), catalogue, read_lexicon(), embed(texts))
    content: dict[str, Any] = {
        "examples": [{"text": example.text, "intent": example.intent, "voice": example.voice} for example in examples],
        "repeats": [
            held_out(table, stratified(intents, options.folds, options.seed + turn), f"repeat {turn + 1}")
            for turn in range(options.repeats)
        ],
        "by_writer": [],
    }
    if len({example.voice for example in examples if example.voice}) >= 2:
        content["by_writer"] = held_out(table, training.folds(examples, catalogue), "by writer")
    options.out.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
