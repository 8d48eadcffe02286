"""Repeated cross-validation of two versions of the examples, side by side (in Rasa's environment).

    .venv-rasa/bin/python -m scripts.cross_validate --old old.json --new new.json --out out.json

Both are tested on the same sentences: a fixed sample of those that both hold, so many an intent. Each is fitted on the
sample's other folds and on all that only this version holds; what the versions differ in weighs more here than in
the whole, so that its effect can be seen. The same folds for both make the difference a paired one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from understanding.catalogue import Catalogue, load_catalogue
from understanding.intents import training
from understanding.intents.embedding import embed
from understanding.intents.lexicon import Lexicon, read_lexicon

FOLDS = 5
REPEATS = 2
SAMPLE = 200
"""Sentences of each intent that are tested."""
SEED = 31
Pair = tuple[str, str]
"""A sentence and its intent."""


def sample(common: Iterable[Pair], number: int = SAMPLE) -> list[Pair]:
    """So many pairs of each intent, always the same ones as long as they are there."""
    by_intent: dict[str, list[Pair]] = {}
    for pair in sorted(common, key=lambda pair: hashlib.sha256("\0".join(pair).encode()).digest()):
        by_intent.setdefault(pair[1], []).append(pair)
    return [pair for intent in sorted(by_intent) for pair in by_intent[intent][:number]]


def right(
    tested: Sequence[Pair], own: Sequence[Pair], vectors: dict[str, NDArray[np.float32]], surroundings: tuple[Any, Any]
) -> list[list[bool]]:
    """Whether each tested sentence is understood by fits that have not seen it, for each repetition.

    Args:
        tested: The sample.
        own: What only this version holds.
        vectors: Embeddings by sentence.
        surroundings: Catalogue and lexicon.
    """
    catalogue, lexicon = surroundings
    pairs = [*tested, *own]
    intents = np.array([intent for _, intent in pairs])
    embeddings = np.array([vectors[text] for text, _ in pairs])
    table = training.Table.of([text for text, _ in pairs], intents, catalogue, lexicon, embeddings)
    everything = np.arange(len(pairs))
    turns = []
    for turn in range(REPEATS):
        found = np.zeros(len(tested), bool)
        for fold in training.spread_evenly({i: pair[1] for i, pair in enumerate(tested)}, FOLDS, SEED + turn):
            held = np.array(sorted(fold), dtype=np.int64)
            if held.size:
                model = table.fit(np.setdiff1d(everything, held))
                labels = np.array(model.labels)
                found[held] = labels[table.scores(model, held).argmax(axis=1)] == intents[held]
        turns.append(found.tolist())
    return turns


def compare(
    old: Sequence[Pair], new: Sequence[Pair], catalogue: Catalogue, lexicon: Lexicon, number: int = SAMPLE
) -> dict[str, Any]:
    """Both versions on the same sentences.

    Args:
        old: Examples of the version in service.
        new: Examples of the other.
        catalogue: Which intents are categories.
        lexicon: The trade's vocabulary.
        number: Tested sentences of each intent.

    Returns:
        `intents` of the tested sentences, and for `old` and `new` whether each was understood, for each repetition.
    """
    known = set(catalogue.intents)
    before, after = ({pair for pair in pairs if pair[1] in known} for pairs in (old, new))
    tested = sample(before & after, number)
    sides = {"old": sorted(before - after), "new": sorted(after - before)}
    texts = sorted({text for text, _ in [*tested, *sides["old"], *sides["new"]]})
    vectors = dict(zip(texts, embed(texts)))
    result: dict[str, Any] = {"folds": FOLDS, "repeats": REPEATS, "intents": [intent for _, intent in tested]}
    for name, own in sides.items():
        result[name] = right(tested, own, vectors, (catalogue, lexicon))
    return result


def main() -> None:
    """Read two lists of pairs, write what was understood."""
    parser = argparse.ArgumentParser(description="Repeated cross-validation of two versions of the examples.")
    for name in ("old", "new", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    old, new = (
        [(text, intent) for text, intent in json.loads(path.read_text("utf-8"))] for path in (options.old, options.new)
    )
    started = time.monotonic()
    result = compare(old, new, load_catalogue(), read_lexicon())
    result["seconds"] = round(time.monotonic() - started, 1)
    options.out.write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()
