"""A conversation passes from the assistant to an antenna, inside the caller's transaction."""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.data import DirectoryData
from website import handoff, handoff_record, texts
from website.identity.models import DeclaredIdentity
from website.models import Conversation, Message, Origin, Sender, State
from website.records import Draft, append, set_state
from website.waiting import reach


async def hand_over(
    session: AsyncSession,
    conversation: Conversation,
    seq: int,
    now: datetime,
    *,
    proposed: str | None = None,
    said: str = "",
) -> None:
    """Let a conversation wait for an officer of the responsible antenna, and tell the member what happens next.

    Args:
        session: The caller's transaction, which has locked the conversation.
        conversation: The conversation.
        seq: The member's message that this answers.
        now: The moment, in UTC.
        proposed: Slug of the antenna that the bot names; None where it names none.
        said: What the bot has just said, so that nothing is said twice.
    """
    await session.flush()
    messages = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.sender == Sender.BOT)
        .order_by(Message.seq.desc())
    )
    contacts = [message.contact for message in messages if message.contact]
    data = await handoff.directory(session)
    if proposed is None:
        proposed = await _near_declared_commune(session, conversation.id, data)
    antenna = handoff.responsible(data, contacts, proposed)
    set_state(conversation, State.WAITING, antenna=antenna.slug if antenna else None)
    handoff_record.begin(session, conversation, Origin.MEMBER, now)
    known = await reach.read(session, conversation.id)
    reachable = known.email is not None or known.phone is not None
    text = handoff.explanation(antenna, now, said=said, reachable=reachable)
    await append(session, conversation, Draft(Sender.SYSTEM, text, (texts.CONTINUE_BUTTON,), reply_to=seq))


async def _near_declared_commune(session: AsyncSession, conversation_id: str, data: DirectoryData | None) -> str | None:
    """Slug of the antenna nearest to the commune that the host website declares; None where it declares none."""
    declared = await session.get(DeclaredIdentity, conversation_id)
    if data is None or declared is None or declared.commune_code is None:
        return None
    return await asyncio.to_thread(handoff.nearest, data, declared.commune_code)
