"""The task that looks every few seconds whom to tell of what. Several sites may run it over one database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.engine import lock_until_commit
from database.storage import Storage
from settings import Settings
from website import handoff
from website.background import Background
from website.search import forget_erased
from website.waiting import alerts, member_mail
from website.waiting.models import MailCode, MailedAddress

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0
FAULT_SECONDS = 30.0
_TIDY = timedelta(hours=6)
_LOCK = 7_301_004
"""Key of the lock that lets one site at a time plan and tell on PostgreSQL."""


class Watch(Background):
    """Tells officers of who waits, and members of answers.

    Args:
        storage: Where conversations are.
        settings: Give delays, limits and the site's address.
        now: The clock, in UTC.
    """

    def __init__(self, storage: Storage, settings: Settings, now: Callable[[], datetime] = utc_now) -> None:
        self._storage = storage
        self._settings = settings
        self._now = now
        self._alerts = alerts.Alerts(settings)
        self._tidied: datetime | None = None

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
                pause = POLL_SECONDS
            except Exception:
                logger.exception("those who wait cannot be looked after; it is tried again")
                pause = FAULT_SECONDS
            await asyncio.sleep(pause)

    async def look(self) -> None:
        """One look at all that waits."""
        now = self._now()
        async with self._storage.read() as session:
            plan = (await session.execute(alerts.unplanned().limit(1))).first() or await session.scalar(
                alerts.over().limit(1)
            )
        if plan:
            async with self._alone() as session:
                await self._alerts.plan(session, await handoff.directory(session), now)
        async with self._storage.read() as session:
            waiting = list(await session.scalars(alerts.due(now)))
            answered = list(await session.scalars(member_mail.due(now, self._settings)))
        for handoff_id in waiting:
            with _one_fault():
                async with self._alone() as session:
                    await self._alerts.tell(session, handoff_id, await handoff.directory(session), now)
        for conversation_id in answered:
            with _one_fault():
                async with self._alone() as session:
                    await member_mail.tell(session, conversation_id, self._settings, now)
        if self._tidied is None or now - self._tidied > _TIDY:
            await self._tidy(now)
            self._tidied = now

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[AsyncSession]:
        async with self._storage.write() as session:
            await session.run_sync(lambda inner: lock_until_commit(inner.connection(), _LOCK))
            yield session

    async def _tidy(self, now: datetime) -> None:
        """Forget codes that open nothing any more, what only counted mails of past days, words of what was erased."""
        async with self._storage.write() as session:
            await forget_erased(session)
            await session.execute(delete(MailCode).where(MailCode.expires_at < now))
            past = (now - timedelta(days=2)).date()
            await session.execute(
                delete(MailedAddress).where(MailedAddress.stopped_at.is_(None), MailedAddress.day < past)
            )


@contextlib.contextmanager
def _one_fault() -> Iterator[None]:
    """What goes wrong with one conversation does not keep the others waiting."""
    try:
        yield
    except Exception:
        logger.exception("somebody could not be told; it is tried again")
