"""Putting mails into the outbox and taking them out, each step inside one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from website.mail.models import OutboxMail

LEASE = timedelta(minutes=3)
"""For so long a mail belongs to who took it up; longer than any attempt lasts."""
MAX_AGE = timedelta(days=4)
"""A mail that could not be delivered for so long is given up."""


async def enqueue(
    session: AsyncSession,
    *,
    to: str,
    subject: str,
    text: str,
    kind: str,
    key: str,
    conversation_id: str | None = None,
    not_before: datetime | None = None,
) -> bool:
    """Queue a mail in the caller's transaction: it goes out once that is committed, and never if it is not.

    Args:
        session: The caller's transaction.
        to: The address.
        subject: One line.
        text: Plain text.
        kind: One word for what it is: `alert`, `answer`, `invitation`, …
        key: Names this mail; a second one of the same key is not queued.
        conversation_id: What it is about; erased with it.
        not_before: Earliest moment; at once where not given.

    Returns:
        Whether it was queued: False where one of this key was before.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    now = utc_now()
    values = {
        "to": to,
        "subject": subject,
        "text": text,
        "kind": kind,
        "key": key,
        "conversation_id": conversation_id,
        "not_before": not_before or now,
        "attempts": 0,
        "created_at": now,
    }
    statement = dialect.insert(OutboxMail).values(**values).on_conflict_do_nothing(index_elements=["key"])
    return await session.scalar(statement.returning(OutboxMail.id)) is not None


def _waiting(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_(None), OutboxMail.not_before <= now)


async def any_due(session: AsyncSession, now: datetime) -> bool:
    """Whether there is a mail to take up; takes no lock."""
    return await session.scalar(select(OutboxMail.id).where(*_waiting(now)).limit(1)) is not None


async def claim(session: AsyncSession, now: datetime) -> OutboxMail | None:
    """Take up the mail that waits longest; for the time of the lease nobody else does."""
    mail = await session.scalar(
        select(OutboxMail)
        .where(*_waiting(now))
        .order_by(OutboxMail.not_before, OutboxMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if mail is not None:
        mail.attempts += 1
        mail.not_before = now + LEASE
    return mail


async def sent(session: AsyncSession, mail_id: int, now: datetime) -> None:
    """Note that a mail was delivered, and forget its text."""
    await session.execute(
        update(OutboxMail).where(OutboxMail.id == mail_id).values(sent_at=now, text="", last_error=None)
    )


async def failed(session: AsyncSession, mail_id: int, word: str, again: datetime) -> None:
    """Note that an attempt failed, and when the next one is."""
    await session.execute(update(OutboxMail).where(OutboxMail.id == mail_id).values(last_error=word, not_before=again))


async def given_up(session: AsyncSession, mail_id: int, word: str, now: datetime) -> None:
    """Note that a mail will never be delivered, and forget its text."""
    await session.execute(
        update(OutboxMail).where(OutboxMail.id == mail_id).values(last_error=word, given_up_at=now, text="")
    )


async def expire(session: AsyncSession, now: datetime) -> None:
    """Give up all that is too old to be of use."""
    await session.execute(
        update(OutboxMail)
        .where(*_waiting(now), OutboxMail.created_at < now - MAX_AGE)
        .values(given_up_at=now, last_error="too_old", text="")
    )
