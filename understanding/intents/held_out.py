"""How a model reads examples that it has not learnt, kept beside the model that learnt them all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HELD_OUT_FILE = "held_out.json.gz"
RANKED = 3


@dataclass(frozen=True)
class HeldOut:
    """An example as it was read by a fit that had not seen it.

    Attributes:
        text: The sentence.
        intent: What it is an example of.
        origin: Conversation that it comes from; else "".
        ranking: The first three intents with their probabilities.
    """

    text: str
    intent: str
    origin: str
    ranking: tuple[tuple[str, float], ...]


def write_held_out(readings: Sequence[HeldOut], folder: Path) -> None:
    """Write them beside the model's other files."""
    rows = [
        [reading.text, reading.intent, reading.origin, [[slug, round(p, 4)] for slug, p in reading.ranking]]
        for reading in readings
    ]
    packed = gzip.compress(json.dumps(rows, ensure_ascii=False).encode("utf-8", "replace"), mtime=0)
    (folder / HELD_OUT_FILE).write_bytes(packed)


def read_held_out(packed: bytes) -> list[HeldOut]:
    """Read them back.

    Args:
        packed: What the file holds.

    Raises:
        ValueError: It holds something else.
    """
    try:
        rows = json.loads(gzip.decompress(packed).decode("utf-8"))
        return [
            HeldOut(str(text), str(intent), str(origin), tuple((str(slug), float(p)) for slug, p in ranking))
            for text, intent, origin, ranking in rows
        ]
    except (OSError, EOFError, TypeError, ValueError) as error:
        raise ValueError(f"{HELD_OUT_FILE}: {error}") from error
