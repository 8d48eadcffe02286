"""Conversations for tests that count or list them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from website.models import Conversation, State


def conversation(number: int, begun: datetime, **columns: Any) -> Conversation:
    """A conversation with the assistant about financing, near Rochefort, for which Bordeaux has the person."""
    values: dict[str, Any] = {
        "id": f"{number:032x}",
        "token_sha256": "0" * 64,
        "state": State.BOT,
        "last_seq": 2,
        "last_member_seq": 1,
        "category": "financement",
        "home_antenna": "bordeaux",
        "near_antenna": "rochefort",
        "created_at": begun,
    }
    return Conversation(**{**values, **columns})
