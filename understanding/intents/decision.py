"""What to do with a ranking of categories: answer, offer a choice, ask to rephrase, or talk.

A wrong answer costs a member ten questions back: they are sent to a person who cannot help them. So a contact is
named only where that is expected to cost less; the thresholds are chosen on held-out examples by
`understanding.intents.training`, not by hand.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from understanding.catalogue import OUT_OF_SCOPE, Catalogue
from understanding.intents.second import Need

Kind = Literal["answer", "choose", "rephrase", "human", "conversation"]
Ranking = list[tuple[str, float]]

CHOICES = 3


@dataclass(frozen=True)
class Thresholds:
    """Least probabilities, found on held-out examples.

    Attributes:
        answer: Of the first category, to name a contact.
        choose: Of the first three categories together, to offer them.
        conversation: Of the first conversation intent, to follow it.
        second: Of the second need, to name a second contact.
    """

    answer: float = 0.6
    choose: float = 0.4
    conversation: float = 0.5
    second: float = 0.5


@dataclass(frozen=True)
class Decision:
    """What to do, and with which categories (one or two for an answer, up to three for a choice)."""

    kind: Kind
    categories: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """A JSON form."""
        return {**asdict(self), "categories": list(self.categories)}


def decide(ranking: Ranking, second: Need | None, catalogue: Catalogue, thresholds: Thresholds) -> Decision:
    """Decide from calibrated probabilities.

    Args:
        ranking: All intents with their probabilities, most probable first.
        second: The most probable second need, or None.
        catalogue: Which intents are categories.
        thresholds: When to do what.
    """
    if not ranking:
        return Decision("rephrase")
    first, probability = ranking[0]
    categories = [(slug, p) for slug, p in ranking if slug in catalogue.categories]
    in_scope = sum(p for _, p in categories)
    if first in catalogue.categories:
        two = second is not None and second.probability >= thresholds.second and second.slug != first
        if two and second is not None and probability + dict(ranking).get(second.slug, 0.0) >= thresholds.answer:
            # two needs share the probability between them
            return Decision("answer", (first, second.slug))
        if not two and probability >= thresholds.answer:
            return Decision("answer", (first,))
    if first not in catalogue.categories and (
        probability >= thresholds.conversation or first == OUT_OF_SCOPE and probability >= in_scope
    ):
        return Decision("conversation", (first,))
    likely = categories[:CHOICES]
    if sum(p for _, p in likely) >= thresholds.choose:
        return Decision("choose", tuple(slug for slug, _ in likely))
    return Decision("rephrase")
