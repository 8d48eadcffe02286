"""The member's word on an exchange with a person: asked once a person closed it, given by one tap."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from website import texts
from website.models import Conversation, Handoff, Message, Sender
from website.records import Draft, append
from website.waiting.models import Rating

USEFUL = {texts.USEFUL_BUTTON["payload"]: True, texts.USELESS_BUTTON["payload"]: False}
"""What the buttons say."""


class NotAskedError(RuntimeError):
    """The question was never put in this conversation."""


async def ask(session: AsyncSession, conversation: Conversation) -> bool:
    """Ask the member, where a person wrote something: called in the transaction in which an officer closes.

    Args:
        session: The transaction that locked the conversation.
        conversation: It, closed already.

    Returns:
        Whether it was asked.
    """
    latest = await _latest(session, conversation.id)
    wrote = [Message.conversation_id == conversation.id, Message.sender == Sender.OFFICER]
    for moment in (conversation.handed_at, latest.asked_at if latest else None):
        if moment is not None:
            wrote.append(Message.created_at >= moment)
    if await session.scalar(select(Message.seq).where(*wrote).limit(1)) is None:
        return False
    handoff_id = await session.scalar(select(func.max(Handoff.id)).where(Handoff.conversation_id == conversation.id))
    session.add(Rating(conversation_id=conversation.id, handoff_id=handoff_id))
    buttons = (texts.USEFUL_BUTTON, texts.USELESS_BUTTON)
    await append(session, conversation, Draft(Sender.SYSTEM, texts.RATING_QUESTION, buttons))
    return True


async def give(session: AsyncSession, conversation_id: str, useful: bool, text: str | None) -> None:
    """Keep what the member thinks of the last exchange; a later word replaces an earlier one.

    Args:
        session: A transaction.
        conversation_id: The conversation.
        useful: Whether it helped.
        text: A sentence, or None to keep one that came before.

    Raises:
        NotAskedError: There is nothing to rate.
    """
    latest = await _latest(session, conversation_id)
    if latest is None:
        raise NotAskedError(conversation_id)
    latest.useful, latest.rated_at = useful, utc_now()
    if text is not None:
        latest.text = text or None


async def _latest(session: AsyncSession, conversation_id: str) -> Rating | None:
    return await session.scalar(
        select(Rating).where(Rating.conversation_id == conversation_id).order_by(Rating.id.desc()).limit(1)
    )
