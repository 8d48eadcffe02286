"""One turn of the conversation: what came in, and what the moves may ask of the world."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from actions.dossier import Dossier, in_service
from actions.utterance import Utterance
from directory.lookup import Lookup
from settings import Settings
from understanding.catalogue import Catalogue
from understanding.places.place import Place
from understanding.places.reader import PlaceReader

CHOICES = 3
"""Categories offered where the one that was understood is in service no more."""

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
        declared: INSEE code of the commune that the host website declares; empty where it declares none.
    """

    intent: str
    text: str = ""
    decision: str = "conversation"
    categories: tuple[str, ...] = ()
    place: Place | None = None
    language: str = "fr"
    entities: dict[str, str] = field(default_factory=dict)
    declared: str = ""

    @property
    def pressed(self) -> bool:
        """Whether a button was pressed."""
        return not self.text

    @classmethod
    def from_message(cls, message: dict[str, Any], catalogue: Catalogue) -> Turn:
        """Read Rasa's `latest_message`."""
        intent = message.get("pressed_intent") or (message.get("intent") or {}).get("name") or "nlu_fallback"
        entities = {row["entity"]: row["value"] for row in message.get("entities") or [] if row.get("entity") != "lieu"}
        understanding = message.get("understanding")
        declared = message.get("declared_commune") or ""
        if not understanding:
            categories = in_service((intent,), catalogue)
            kind = "answer" if categories else "conversation"
            return cls(intent, decision=kind, categories=categories, entities=entities, declared=declared)
        place = understanding.get("place")
        decision, categories = _still_offered(understanding, catalogue)
        return cls(
            intent=intent,
            text=message.get("text") or "",
            decision=decision,
            categories=categories,
            place=Place.from_dict(place) if place else None,
            language=understanding.get("language", "fr"),
            entities=entities,
            declared=declared,
        )


def _still_offered(understanding: dict[str, Any], catalogue: Catalogue) -> tuple[str, tuple[str, ...]]:
    """Decision and categories; a choice of the next ones where those understood were retired meanwhile."""
    decision = understanding["decision"]
    categories = in_service(understanding["categories"], catalogue)
    if decision not in ("answer", "choose") or categories:
        return decision, categories
    likely = in_service((slug for slug, _ in understanding.get("ranking") or ()), catalogue)[:CHOICES]
    return ("choose" if likely else "rephrase"), likely


@dataclass(frozen=True)
class Desk:
    """What the moves may ask: the directory, the lookup rule, the communes, the time."""

    lookup: Lookup
    places: PlaceReader
    catalogue: Catalogue
    settings: Settings
    now: datetime
