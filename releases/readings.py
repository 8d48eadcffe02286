"""How a model reads a sentence, and how good that is where the truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from understanding.catalogue import OUT_OF_SCOPE

ACTS = ("answer", "conversation")
"""Decisions after which the assistant does what it has understood, without asking back."""
ASKS_BACK = ("rephrase", "human")


class Grade(IntEnum):
    """How well a reading serves who wrote the sentence, the better the higher."""

    WRONG = 0
    """It does something else."""
    MISSED = 1
    """It asks back, or offers a choice that does not hold what is meant."""
    OFFERED = 2
    """It offers a choice that holds what is meant."""
    RIGHT = 3
    """It does what is meant."""


@dataclass(frozen=True)
class Reading:
    """What a model makes of a sentence.

    Attributes:
        top: The first three intents with their probabilities.
        decision: What the assistant does: a decision of `understanding.intents.decision`.
        categories: With which intents.
    """

    top: tuple[tuple[str, float], ...]
    decision: str
    categories: tuple[str, ...]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Reading:
        """From its JSON form, or from what Rasa says of a message."""
        ranking = content.get("top") or content.get("ranking") or ()
        top = tuple((str(slug), float(probability)) for slug, probability in ranking[:3])
        return cls(top, str(content["decision"]), tuple(map(str, content["categories"])))

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"top": [list(one) for one in self.top], "decision": self.decision, "categories": list(self.categories)}

    @property
    def acts(self) -> bool:
        """Whether the assistant does what it has understood."""
        return self.decision in ACTS

    @property
    def certainty(self) -> float:
        """Probability of the first intent."""
        return self.top[0][1] if self.top else 0.0

    def same_for_the_member(self, other: Reading) -> bool:
        """Whether the assistant does the same."""
        return (self.decision, self.categories) == (other.decision, other.categories)


def grade(reading: Reading, truth: str, second: str | None = None) -> Grade:
    """How good a reading is.

    Args:
        reading: What a model makes of the sentence.
        truth: What it is about.
        second: What else it is about.
    """
    wanted = {truth, second} - {None}
    if reading.acts:
        if second is None:
            return Grade.RIGHT if truth in reading.categories else Grade.WRONG
        named = wanted & set(reading.categories)
        return Grade.RIGHT if named == wanted else Grade.OFFERED if named else Grade.WRONG
    if truth == OUT_OF_SCOPE:
        return Grade.OFFERED if reading.decision in ASKS_BACK else Grade.MISSED
    return Grade.OFFERED if wanted & set(reading.categories) else Grade.MISSED
