"""The examples of a given size, the same for every approach."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path

from bench.plan import WHOLE
from understanding.corpus import Example


def subset(
    examples: Sequence[Example], size: int, categories: Collection[str], conversation_most: int, seed: int
) -> list[Example]:
    """So many examples of each category, drawn by chance; a smaller size is part of each larger one.

    Args:
        examples: The corpus.
        size: Examples a category (and of what is out of scope), or `WHOLE`.
        categories: Intents that get `size` examples.
        conversation_most: How many the other intents get at most.
        seed: Of the drawing.

    Returns:
        The examples in the corpus's order.
    """
    if size == WHOLE:
        return list(examples)
    rows: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        rows.setdefault(example.intent, []).append(index)
    chosen: set[int] = set()
    for intent in sorted(rows):
        random.Random(f"{seed} {intent}").shuffle(rows[intent])
        chosen.update(rows[intent][: size if intent in categories else min(size, conversation_most)])
    return [examples[index] for index in sorted(chosen)]


def as_rasa(examples: Sequence[Example], voices: bool) -> str:
    """Examples as a file in Rasa's format.

    Args:
        examples: Of any intents.
        voices: Whether to say who wrote them, as our own importer understands.
    """
    lines = ['version: "3.1"', "nlu:"]
    ordered = sorted(examples, key=lambda example: (example.intent, example.voice))
    for (intent, voice), block in groupby(ordered, key=lambda example: (example.intent, example.voice)):
        lines.append(f"- intent: {intent}")
        if voices and voice:
            lines.append(f"  metadata: {{voix: {voice}}}")
        lines.append("  examples: |")
        lines += [f"    - {example.text}" for example in block]
    return "\n".join(lines) + "\n"


def write_by_intent(examples: Sequence[Example], folder: Path) -> None:
    """Write examples to one file an intent, with their writers' voices."""
    folder.mkdir(parents=True, exist_ok=True)
    for intent in sorted({example.intent for example in examples}):
        own = [example for example in examples if example.intent == intent]
        (folder / f"{intent}.yml").write_text(as_rasa(own, voices=True), "utf-8")
