"""What became of the messages that members sent: what was lost, doubled, or answered out of order."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass
class Sent:
    """A message that was sent.

    Attributes:
        text: What was written.
        phase: What went on at that moment.
        at: When, on the monotonic clock.
        seq: Its number, once it was accepted.
        answered: When it was fully answered; None while it is not.
    """

    text: str
    phase: str
    at: float
    seq: int | None = None
    answered: float | None = None


@dataclass(frozen=True)
class Faults:
    """What went wrong with accepted messages."""

    refused: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0

    def __add__(self, other: Faults) -> Faults:
        return Faults(
            self.refused + other.refused,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.out_of_order + other.out_of_order,
        )

    def __bool__(self) -> bool:
        return self != Faults()


def compare(sent: Sequence[Sent], stored: Sequence[dict[str, Any]]) -> Faults:
    """The faults of one conversation.

    Args:
        sent: What the member sent, in order.
        stored: What the site gives as the conversation.
    """
    accepted = [(row.seq, row.text) for row in sent if row.seq is not None]
    kept = [(row["seq"], row["text"]) for row in stored if row["sender"] == "member"]
    answers: dict[int, list[str]] = {}
    order = []
    for row in stored:
        if row["sender"] == "bot" and row["reply_to"] is not None:
            order.append(row["reply_to"])
            answers.setdefault(row["reply_to"], []).append(json.dumps([row["text"], row["contact"]], sort_keys=True))
    return Faults(
        refused=len(sent) - len(accepted),
        lost=len(set(accepted) - set(kept)) + sum(seq not in answers for seq, _ in accepted),
        doubled=len(kept) - len(set(kept)) + sum(len(texts) - len(set(texts)) for texts in answers.values()),
        out_of_order=sum(later < earlier for earlier, later in itertools.pairwise(order)),
    )
