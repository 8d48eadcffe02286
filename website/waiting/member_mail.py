"""The member who left an address gets the officer's answer by mail, where no client of theirs has it.

An answer is noted in the transaction that stores it (`officer_answered`); the mail is written a little later, so that
several answers are one mail, and none where the member has read them meanwhile.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from directory.hours import today
from settings import Settings
from website.handoff import antenna_name
from website.mail import enqueue
from website.models import Conversation, Message, Sender
from website.waiting import codes, letters
from website.waiting.addresses import hashed
from website.waiting.models import CodePurpose, MailCode, MailedAddress, MemberReach, MemberSeen
from website.waiting.reach import is_confirmed

logger = logging.getLogger(__name__)

ONE_UNCONFIRMED = timedelta(days=1)
"""An address that nobody confirmed is told of waiting answers at most once in this time."""
LATER = timedelta(hours=1)
"""After how long it is tried again where an address has had enough mails today."""


async def officer_answered(session: AsyncSession, conversation: Conversation, seq: int) -> None:
    """Note that a person wrote: called in the transaction that stores the message.

    Args:
        session: The transaction.
        conversation: Whose.
        seq: The number of the officer's message.
    """
    reach = await session.get(MemberReach, conversation.id)
    if reach is not None and reach.email is not None and reach.answer_at is None:
        reach.answer_seq, reach.answer_at = seq, utc_now()


def due(now: datetime, settings: Settings) -> Select[str]:
    """Conversations with answers of which the member may have to be told."""
    return select(MemberReach.conversation_id).where(
        MemberReach.answer_at <= now - timedelta(seconds=settings.answer_mail_seconds)
    )


async def tell(session: AsyncSession, conversation_id: str, settings: Settings, now: datetime) -> None:
    """Queue the mail with what the member has not seen, or none where there is no need or no leave.

    Args:
        session: A transaction that no other site is in.
        conversation_id: Whose member.
        settings: Give the site's address and the limit.
        now: The moment.
    """
    reach = await session.get(MemberReach, conversation_id, populate_existing=True)
    if reach is None or reach.answer_at is None:
        return
    first = reach.answer_seq or 0
    reach.answer_seq = reach.answer_at = None
    messages = await _unseen(session, conversation_id, first)
    if reach.email is None or not messages:
        return
    address = hashed(reach.email)
    confirmed = await is_confirmed(session, conversation_id, reach.email)
    record = await _record(session, address)
    if record.stopped_at is not None:
        return
    if not confirmed and await _told_lately(session, conversation_id, address, now):
        return
    if record.day == today(now) and record.mails >= settings.mails_per_address:
        logger.warning("an address has had its mails of today; it is tried again later")
        reach.answer_seq, reach.answer_at = first, now + LATER
        return
    record.mails = record.mails + 1 if record.day == today(now) else 1
    record.day = today(now)
    letter = await _write(session, conversation_id, address, messages, confirmed, settings, now)
    await enqueue(
        session,
        to=reach.email,
        subject=letter.subject,
        text=letter.text,
        kind=codes.ANSWER,
        key=f"{codes.ANSWER}:{conversation_id}:{messages[-1].seq}:{address[:16]}",
        conversation_id=conversation_id,
    )


async def _write(
    session: AsyncSession,
    conversation_id: str,
    address: str,
    messages: list[Message],
    confirmed: bool,
    settings: Settings,
    now: datetime,
) -> letters.Text:
    conversation = await session.get_one(Conversation, conversation_id)
    antenna = await antenna_name(session, conversation.antenna)
    links = [
        f"{settings.site_url}/{page}#{await codes.make(session, conversation_id, address, purpose, now)}"
        for page, purpose in (("reprendre", CodePurpose.RESUME), ("stop", CodePurpose.STOP))
    ]
    if not confirmed:
        return letters.answer_waits(antenna, *links)
    return letters.answer(antenna, conversation.officer, [message.text for message in messages], *links)


async def _unseen(session: AsyncSession, conversation_id: str, first: int) -> list[Message]:
    seen = await session.get(MemberSeen, conversation_id)
    found = await session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.sender == Sender.OFFICER,
            Message.seq >= first,
            Message.seq > (seen.seq if seen else 0),
        )
        .order_by(Message.seq)
    )
    return list(found)


async def _record(session: AsyncSession, address: str) -> MailedAddress:
    record = await session.get(MailedAddress, address)
    if record is None:
        record = MailedAddress(address_sha256=address, mails=0)
        session.add(record)
    return record


async def _told_lately(session: AsyncSession, conversation_id: str, address: str, now: datetime) -> bool:
    return (
        await session.scalar(
            select(MailCode.code_sha256)
            .where(
                MailCode.conversation_id == conversation_id,
                MailCode.address_sha256 == address,
                MailCode.created_at > now - ONE_UNCONFIRMED,
            )
            .limit(1)
        )
        is not None
    )
