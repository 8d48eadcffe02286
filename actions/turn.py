"""One turn of the conversation: what came in, and what the moves may ask of the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.dossier import Dossier
from actions.utterance import Utterance
from directory.lookup import Lookup
from settings import Settings
from understanding.catalogue import Catalogue
from understanding.places.place import Place
from understanding.places.reader import PlaceReader

Reply = tuple[Dossier, list[Utterance]]
"""What is known after the turn, and what to say."""


@dataclass(frozen=True)
class Turn:
    """A member's message as it was understood.

    Attributes:
        intent: Category or conversation intent, or `nlu_fallback`.
        text: What was typed; empty for a pressed button.
        decision: answer, choose, rephrase, human or conversation; "answer" for a pressed button.
        categories: Categories of the decision.
        place: The place that the message gives.
        language: "fr", "en" or "es".
        entities: Values that a pressed button carries.
    """

    intent: str
    text: str = ""
    decision: str = "conversation"
    categories: tuple[str, ...] = ()
    place: Place | None = None
    language: str = "fr"
    entities: dict[str, str] = field(default_factory=dict)

    @property
    def pressed(self) -> bool:
        """Whether a button was pressed."""
        return not self.text

    @classmethod
    def from_message(cls, message: dict[str, Any], catalogue: Catalogue) -> Turn:
        """Read Rasa's `latest_message`."""
        intent = (message.get("intent") or {}).get("name") or "nlu_fallback"
        entities = {row["entity"]: row["value"] for row in message.get("entities") or [] if row.get("entity") != "lieu"}
        understanding = message.get("understanding")
        if not understanding:
            categories = (intent,) if intent in catalogue.categories else ()
            kind = "answer" if categories else "conversation"
            return cls(intent, decision=kind, categories=categories, entities=entities)
        place = understanding.get("place")
        return cls(
            intent=intent,
            text=message.get("text") or "",
            decision=understanding["decision"],
            categories=tuple(slug for slug in understanding["categories"] if slug in catalogue.categories),
            place=Place.from_dict(place) if place else None,
            language=understanding.get("language", "fr"),
            entities=entities,
        )


@dataclass(frozen=True)
class Desk:
    """What the moves may ask: the directory, the lookup rule, the communes, the time."""

    lookup: Lookup
    places: PlaceReader
    catalogue: Catalogue
    settings: Settings
    now: datetime
