"""Codes in the links of mails: one brings the member back, one stops the mails."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from website.conversations import Access
from website.mail.models import OutboxMail
from website.models import digest
from website.waiting.addresses import hashed
from website.waiting.models import CodePurpose, ConversationAddress, MailCode, MailedAddress, MemberReach, MemberToken

ANSWER = "answer"
"""The kind of mails to members."""
LIFETIMES = {CodePurpose.RESUME: timedelta(days=7), CodePurpose.STOP: timedelta(days=365)}


class DeadCodeError(LookupError):
    """No such code, or it was used, or it is too old."""


async def make(session: AsyncSession, conversation_id: str, address: str, purpose: CodePurpose, now: datetime) -> str:
    """A new code; only its hash is kept.

    Args:
        session: The transaction.
        conversation_id: To which it leads.
        address: Hash of the address to which it is sent.
        purpose: What it is for.
        now: The moment.
    """
    code = secrets.token_urlsafe(24)
    session.add(
        MailCode(
            code_sha256=digest(code),
            conversation_id=conversation_id,
            address_sha256=address,
            purpose=purpose,
            expires_at=now + LIFETIMES[purpose],
            created_at=now,
        )
    )
    return code


class OtherConversationError(RuntimeError):
    """The code leads to another conversation than the one that is kept."""


async def resume(session: AsyncSession, code: str, now: datetime, kept: str | None = None) -> Access:
    """Use up a code: its bearer gets a token of their own, and the address is theirs from now on.

    Args:
        session: The transaction.
        code: From the mail's link.
        now: The moment.
        kept: Id of a conversation that must not make room for another; None where any may.

    Raises:
        DeadCodeError: It opens nothing, or no longer.
        OtherConversationError: It opens another conversation than the one that is kept; it is not used up.
    """
    used = await session.scalar(
        update(MailCode)
        .where(
            MailCode.code_sha256 == digest(code),
            MailCode.purpose == CodePurpose.RESUME,
            MailCode.used_at.is_(None),
            MailCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(MailCode)
    )
    if used is None:
        raise DeadCodeError
    if kept is not None and kept != used.conversation_id:
        raise OtherConversationError
    await session.execute(
        update(ConversationAddress)
        .where(
            ConversationAddress.conversation_id == used.conversation_id,
            ConversationAddress.address_sha256 == used.address_sha256,
        )
        .values(confirmed_at=now)
    )
    access = Access(used.conversation_id, secrets.token_urlsafe(32))
    session.add(MemberToken(token_sha256=digest(access.token), conversation_id=access.id, created_at=now))
    return access


async def stop(session: AsyncSession, code: str, now: datetime) -> None:
    """Never write to the code's address again. The same code may be used again: it changes nothing more.

    Raises:
        DeadCodeError: It stops nothing.
    """
    found = await session.scalar(
        select(MailCode).where(
            MailCode.code_sha256 == digest(code), MailCode.purpose == CodePurpose.STOP, MailCode.expires_at > now
        )
    )
    if found is None:
        raise DeadCodeError
    record = await session.get(MailedAddress, found.address_sha256)
    if record is None:
        record = MailedAddress(address_sha256=found.address_sha256, mails=0)
        session.add(record)
    record.stopped_at = record.stopped_at or now
    await _withdraw(session, found.address_sha256)
    reach = await session.get(MemberReach, found.conversation_id)
    if reach is not None and reach.email is not None and hashed(reach.email) == found.address_sha256:
        reach.email = reach.answer_seq = reach.answer_at = None


async def _withdraw(session: AsyncSession, address: str) -> None:
    """Take what is not sent yet out of the outbox."""
    waiting = await session.execute(
        select(OutboxMail.id, OutboxMail.to).where(OutboxMail.kind == ANSWER, OutboxMail.sent_at.is_(None))
    )
    ids = [mail_id for mail_id, to in waiting if hashed(to) == address]
    await session.execute(delete(OutboxMail).where(OutboxMail.id.in_(ids)))
