"""What has been kept long enough is deleted, every day, by one site at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.engine import lock_until_commit
from database.storage import Storage
from settings import Settings
from website.accounts.models import AccountLink, AccountSession, Attempts
from website.audit import record
from website.audit.models import AuditEntry
from website.background import Background
from website.console.models import Proposal
from website.conversations import erase_rows
from website.mail.models import OutboxMail
from website.models import Conversation
from website.privacy.models import Erasure, Kind, RetentionRun
from website.studio import undo
from website.studio.models import QuestionProposal, StudioUndo
from website.studio.review_models import ReviewItem

logger = logging.getLogger(__name__)

LOOK_SECONDS = 600.0
AT_ONCE = 100
"""Conversations deleted in one transaction: members who write meanwhile do not wait."""
ABANDONED = timedelta(hours=1)
"""A run that is not done after so long is taken up by another site."""
LEAST_LOG_DAYS = 365
"""The database refuses to delete younger entries of the log."""
SIGN_IN_DAYS = 30
_LOCK = 7_301_006


class Retention(Background):
    """Deletes what has been kept long enough.

    Args:
        storage: Where it is kept.
        settings: Say how long.
        now: The clock, in UTC.
    """

    def __init__(self, storage: Storage, settings: Settings, now: Callable[[], datetime] = utc_now) -> None:
        self._storage = storage
        self._settings = settings
        self._now = now

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                logger.exception("what was kept long enough cannot be deleted; it is tried again")
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> dict[str, int] | None:
        """Do the day's work unless it is done.

        Returns:
            How many rows of each kind were deleted; None where there was nothing to do.
        """
        now = self._now()
        if not await self._taken(now):
            return None
        counts = {"conversations": await self._conversations(now)}
        for name, step in self._others(now).items():
            async with self._storage.write() as session:
                counts[name] = await step(session)
        async with self._storage.write() as session:
            run = await session.get_one(RetentionRun, now.date())
            run.finished_at = self._now()
            run.counts = counts
            deleted: dict[str, Any] = {name: count for name, count in counts.items() if count}
            if deleted:
                await record(session, None, "privacy.retention", **deleted)
        logger.info("kept long enough and deleted: %s", counts)
        return counts

    async def _taken(self, now: datetime) -> bool:
        """Whether the day's work is ours."""
        async with self._storage.read() as session:
            run = await session.get(RetentionRun, now.date())
        if run is not None and (run.finished_at is not None or now - run.started_at < ABANDONED):
            return False
        async with self._storage.write() as session:
            await session.run_sync(lambda inner: lock_until_commit(inner.connection(), _LOCK))
            run = await session.get(RetentionRun, now.date())
            if run is None:
                session.add(RetentionRun(day=now.date(), started_at=now, counts={}))
                return True
            if run.finished_at is not None or now - run.started_at < ABANDONED:
                return False
            run.started_at = now
            return True

    async def _conversations(self, now: datetime) -> int:
        before = now - timedelta(days=self._settings.retention_days_conversations)
        total = 0
        while True:
            async with self._storage.write() as session:
                old = await session.scalars(
                    select(Conversation).where(Conversation.last_message_at < before).limit(AT_ONCE)
                )
                rows = list(old)
                for conversation in rows:
                    await erase_rows(session, conversation, Kind.EXPIRED)
            total += len(rows)
            if len(rows) < AT_ONCE:
                return total

    def _others(self, now: datetime) -> dict[str, Callable[[AsyncSession], Awaitable[int]]]:
        def before(days: int) -> datetime:
            return now - timedelta(days=days)

        settings = self._settings
        mails, review = before(settings.retention_days_mails), before(settings.retention_days_review)
        log = before(max(settings.retention_days_log, LEAST_LOG_DAYS))
        receipts, attempts = before(settings.retention_days_receipts), before(SIGN_IN_DAYS)
        statements = {
            "mails": delete(OutboxMail).where(or_(OutboxMail.sent_at < mails, OutboxMail.given_up_at < mails)),
            "proposals": delete(Proposal).where(Proposal.created_at < review),
            "sentences": delete(ReviewItem).where(ReviewItem.written_at < review),
            "questions": delete(QuestionProposal).where(QuestionProposal.created_at < review),
            "undo": delete(StudioUndo).where(StudioUndo.created_at < now - undo.KEPT),
            "log": delete(AuditEntry).where(AuditEntry.at < log),
            "receipts": delete(Erasure).where(Erasure.closed_at < receipts),
            "sessions": delete(AccountSession).where(AccountSession.expires_at < now),
            "links": delete(AccountLink).where(AccountLink.expires_at < now),
            "attempts": delete(Attempts).where(Attempts.updated_at < attempts, Attempts.blocked_until < now),
        }

        def step(name: str) -> Callable[[AsyncSession], Awaitable[int]]:
            async def run(session: AsyncSession) -> int:
                result = await session.execute(statements[name])
                return result.rowcount if isinstance(result, CursorResult) else 0

            return run

        return {name: step(name) for name in statements}
