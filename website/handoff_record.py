"""The record of each « mise en relation », kept beside the conversation's state."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from directory.data import AntennaEntry
from directory.hours import open_seconds
from website.models import Conversation, Handoff, Origin, Outcome


def begin(session: AsyncSession, conversation: Conversation, origin: Origin, now: datetime) -> Handoff:
    """Note that a person is wanted from now on; the conversation's antenna is known already.

    Args:
        session: The transaction that locked the conversation.
        conversation: It.
        origin: Who wants it.
        now: The moment.
    """
    conversation.handed_at = now
    conversation.waiting_since = now if origin is Origin.MEMBER else None
    conversation.claimed_at = conversation.first_answer_at = None
    row = Handoff(
        conversation_id=conversation.id,
        origin=origin,
        antenna=conversation.antenna,
        category=conversation.category,
        handed_at=now,
    )
    session.add(row)
    return row


async def current(session: AsyncSession, conversation_id: str) -> Handoff | None:
    """The handoff that lasts, or None."""
    return await session.scalar(
        select(Handoff)
        .where(Handoff.conversation_id == conversation_id, Handoff.closed_at.is_(None))
        .order_by(Handoff.id.desc())
        .limit(1)
    )


async def claimed(session: AsyncSession, conversation: Conversation, account_id: str, now: datetime) -> None:
    """Note who has it now."""
    conversation.claimed_at = now
    row = await current(session, conversation.id)
    if row is not None:
        row.claimed_at = row.claimed_at or now
        row.account_id = account_id


async def moved(session: AsyncSession, conversation: Conversation) -> None:
    """Note that another antenna has it now; who answered first stays."""
    row = await current(session, conversation.id)
    if row is not None and row.first_answer_at is None:
        row.antenna = conversation.antenna


async def answered(
    session: AsyncSession, conversation: Conversation, antenna: AntennaEntry | None, now: datetime
) -> None:
    """Note that a person answered: nobody waits any more.

    Args:
        session: The transaction that locked the conversation.
        conversation: It.
        antenna: The conversation's antenna with its opening hours, or None where there is no directory.
        now: The moment.
    """
    conversation.waiting_since = None
    if conversation.first_answer_at is not None:
        return
    conversation.first_answer_at = now
    row = await current(session, conversation.id)
    if row is not None and row.first_answer_at is None:
        row.first_answer_at = now
        if antenna is not None:
            row.answer_seconds = open_seconds(antenna, row.handed_at, now)


async def finish(session: AsyncSession, conversation: Conversation, outcome: Outcome) -> None:
    """Note that it left the officers' hands, where it was in them; its new state is known already."""
    row = await current(session, conversation.id)
    if row is not None:
        row.closed_at = utc_now()
        row.outcome = conversation.outcome = outcome
