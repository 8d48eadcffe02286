"""What a conversation seems to be about, from what was understood of its messages, before anybody is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from understanding.catalogue import current_catalogue
from understanding.places.place import Place
from website.communes import communes
from website.models import Conversation

DECISIONS = ("answer", "choose")
"""Where the assistant took the message for a question in a category."""


@dataclass(frozen=True)
class Supposed:
    """What a message tells of its conversation.

    Attributes:
        category: Slug of the likeliest category, or None.
        place_code: INSEE code of the commune that it names beyond doubt, or None.
        place_name: Its name.
    """

    category: str | None = None
    place_code: str | None = None
    place_name: str | None = None

    def note(self, conversation: Conversation) -> None:
        """Keep it on the conversation; what is not told stays as it was."""
        conversation.supposed_category = self.category or conversation.supposed_category
        if self.place_code:
            conversation.place_code, conversation.place_name = self.place_code, self.place_name


def read(understanding: Mapping[str, Any] | None) -> Supposed:
    """What a message tells. The table of communes is read at the first call: to be called in a thread.

    Args:
        understanding: What Rasa said that it understood.
    """
    known = understanding or {}
    categories = known.get("categories") or [None]
    asks = known.get("decision") in DECISIONS and categories[0] in current_catalogue().categories
    category = categories[0] if asks else None
    place = known.get("place") or {}
    code = Place.from_dict(place).commune if {"kind", "text"} <= place.keys() else None
    if code is None or code not in communes():
        return Supposed(category)
    return Supposed(category, code, communes()[code].name)
