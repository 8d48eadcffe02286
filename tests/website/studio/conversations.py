"""Conversations in which the assistant understood something, for the queue of sentences to review."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from tests.support.fake_rasa import contact
from tests.website.console.desk import Desk
from website.models import Message, Sender
from website.records import Draft, append, locked
from website.studio.review_models import ReviewItem

OTHER_TOPIC = "/infirmer"
SOMETHING_ELSE = '/infirmer{"question": "choix"}'


def understood(category: str = "financement", certainty: float = 0.95, **changes: Any) -> dict[str, Any]:
    """What Rasa says of a message."""
    return {
        "intent": category,
        "ranking": [[category, certainty], ["formation", 0.03], ["juridique", 0.01], ["evenement", 0.01]],
        "decision": "answer",
        "categories": [category],
        "place": None,
        "language": "fr",
        **changes,
    }


UNSURE = understood(certainty=0.41, decision="choose", intent="nlu_fallback", categories=["financement", "formation"])


async def typed(desk: Desk, conversation: str, text: str, understanding: dict[str, Any] | None) -> int:
    """The member types something, and the assistant answers; without understanding nobody reads it."""
    async with desk.storage.write() as session:
        row = await locked(session, conversation)
        seq = await append(session, row, Draft(Sender.MEMBER, text))
        await session.flush()
        (await session.get_one(Message, (conversation, seq))).understanding = understanding
        if understanding:
            named = contact() if understanding["decision"] == "answer" else None
            await append(session, row, Draft(Sender.BOT, "Voici.", contact=named, reply_to=seq))
        row.answered_to = seq
    return seq


async def pressed(desk: Desk, conversation: str, title: str, payload: str) -> None:
    """The member presses a button."""
    async with desk.storage.write() as session:
        row = await locked(session, conversation)
        row.answered_to = await append(session, row, Draft(Sender.MEMBER, title, payload=payload))


async def queued(desk: Desk) -> dict[str, tuple[str, ...]]:
    """Sentences in the queue, with their reasons."""
    async with desk.storage.read() as session:
        return {item.sentence: tuple(item.reasons) for item in await session.scalars(select(ReviewItem))}


async def count(desk: Desk, model: Any) -> int:
    """Rows of a table."""
    async with desk.storage.read() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0
