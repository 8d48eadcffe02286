"""Reading a message whole: category, second need, decision, place, language."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from understanding.catalogue import PLACE_ONLY, Catalogue
from understanding.intents.decision import Decision, Ranking
from understanding.intents.language import language
from understanding.intents.model import IntentModel
from understanding.places.place import Place
from understanding.places.reader import PlaceReader
from understanding.text import comparison_key

FALLBACK = "nlu_fallback"
"""Rasa's intent for a message that is not understood well enough."""


Stage = Callable[[str], AbstractContextManager[object]]
"""Opened around a stage of the reading, by its name: language, place, intent."""

LEAST_WORDS = 3
"""Words that must be left for a text to be read without its place."""


@dataclass(frozen=True)
class Understanding:
    """What was understood of a message.

    Attributes:
        intent: The intent to act on: a category, a conversation intent, or `FALLBACK`.
        ranking: The classifier's own ranking of all intents, before any fallback.
        decision: What to do with it.
        place: The place that the message gives, or None.
        language: "fr", "en" or "es".
    """

    intent: str
    ranking: Ranking
    decision: Decision
    place: Place | None
    language: str

    @property
    def certainty(self) -> float:
        """Probability of the first intent, from 0 to 1."""
        return self.ranking[0][1] if self.ranking else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The JSON form that goes with the message to the actions and to the site."""
        return {
            "intent": self.intent,
            "ranking": [[slug, round(probability, 4)] for slug, probability in self.ranking],
            "decision": self.decision.kind,
            "categories": list(self.decision.categories),
            "place": self.place.as_dict() if self.place else None,
            "language": self.language,
        }


def without(text: str, place: Place | None) -> str:
    """A text without the name of its place, which says where and nothing of what; whole where little else is left."""
    if place is None:
        return text
    rest = text.replace(place.text, " ", 1)
    return rest if len(comparison_key(rest).split()) >= LEAST_WORDS else text


def _unwatched(_: str) -> AbstractContextManager[object]:
    return nullcontext()


def read_message(
    text: str, model: IntentModel, places: PlaceReader, catalogue: Catalogue, stage: Stage = _unwatched
) -> Understanding:
    """Understand a message.

    Args:
        text: What the member typed.
        model: The intent model.
        places: The reader of places.
        catalogue: Categories and conversation intents.
        stage: Told of each stage, for whoever measures them.
    """
    with stage("language"):
        spoken = language(text)
    with stage("place"):
        place = places.read(text)
    with stage("intent"):
        ranking, decision = model.understand(without(text, place), catalogue)
    if places.is_only_a_place(text):
        ranking = [(PLACE_ONLY, 1.0)] + [(slug, 0.0) for slug, _ in ranking if slug != PLACE_ONLY]
        return Understanding(
            PLACE_ONLY, ranking, Decision("conversation", (PLACE_ONLY,)), places.read_answer(text), "fr"
        )
    if spoken != "fr":
        return Understanding(FALLBACK, ranking, Decision("human"), place, spoken)
    if not comparison_key(text):
        return Understanding(FALLBACK, ranking, Decision("rephrase"), place, spoken)
    if decision.kind in ("answer", "conversation"):
        return Understanding(decision.categories[0], ranking, decision, place, spoken)
    return Understanding(FALLBACK, ranking, decision, place, spoken)
