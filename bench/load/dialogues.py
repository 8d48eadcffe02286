"""What members say: a question from the examples, what they are asked for, thanks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.filled import PLACES
from understanding.catalogue import load_catalogue
from understanding.corpus import read_corpus

MOST_TURNS = 6
"""Messages of a dialogue, the thanks among them: who is not helped by then thanks all the same."""
SHORTEST = 25
"""Characters of a question; what is shorter is rarely all that a member writes."""
PLACE = "/indiquer_lieu"
"""With this the payload of a button begins that names a place."""
THANKS = ("Merci beaucoup !", "Merci, c’est parfait.", "Super, merci pour votre aide", "merci bien", "Merci à vous.")


@dataclass(frozen=True)
class Turn:
    """One message of a member's.

    Attributes:
        text: What is typed, or the title of a button.
        payload: What the pressed button carries; None for a text.
    """

    text: str
    payload: str | None = None


@dataclass(frozen=True)
class Dialogue:
    """What a member has in mind."""

    question: str
    commune: str
    thanks: str

    def next_turn(self, said: Sequence[Turn], answers: Sequence[dict[str, Any]]) -> Turn | None:
        """What comes next, or None where all is said.

        Args:
            said: What was said so far.
            answers: The messages that the last of it was answered with.
        """
        if not said:
            return Turn(self.question)
        if said[-1].text == self.thanks:
            return None
        if len(said) >= MOST_TURNS - 1 or any(answer.get("contact") for answer in answers):
            return Turn(self.thanks)
        offered = next(_choices(answers), None)
        if offered is not None and offered not in said:
            return offered
        commune = Turn(self.commune)
        return commune if commune not in said else Turn(self.thanks)


def _choices(answers: Sequence[dict[str, Any]]) -> Iterator[Turn]:
    """Buttons that choose a category or a place; the one that asks for a person is left alone."""
    for answer in answers:
        for button in answer.get("buttons") or ():
            if button.get("category") or button["payload"].startswith(PLACE):
                yield Turn(button["title"], button["payload"])


def dialogues(seed: int) -> Iterator[Dialogue]:
    """Dialogues without end, drawn from the examples of the categories.

    Args:
        seed: Of the drawing.
    """
    categories = load_catalogue().categories
    questions = [row.text for row in read_corpus() if row.intent in categories and len(row.text) >= SHORTEST]
    chance = random.Random(seed)
    while True:
        yield Dialogue(chance.choice(questions), chance.choice(PLACES), chance.choice(THANKS))
