"""The task that delivers what stands in the outbox. Several sites may run it over one database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from database.base import utc_now
from database.storage import Storage
from website.mail import outbox
from website.mail.models import OutboxMail
from website.mail.smtp import Letter, Transport, UndeliveredError
from website.worker import Backoff

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
STOP_SECONDS = 4.0
PAUSES = Backoff(first=1.0, longest=900.0)
"""Between the attempts at one mail."""
_EXPIRE_SECONDS = 3600.0


class MailSender:
    """Delivers the outbox.

    Args:
        storage: Where the outbox is.
        transport: The mail server; where None nothing is sent, and what grows too old is given up.
        backoff: Pauses between the attempts at one mail.
        now: The clock, in UTC.
    """

    def __init__(
        self,
        storage: Storage,
        transport: Transport | None,
        backoff: Backoff = PAUSES,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._storage = storage
        self._transport = transport
        self._backoff = backoff
        self._now = now
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Begin."""
        if self._transport is None:
            logger.warning("SMTP_URL is not set: no mail is sent")
        self._task = asyncio.create_task(self._run(), name="mail")

    async def stop(self) -> None:
        """End; a mail that is under way has a moment to arrive."""
        self._stopping.set()
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._task, STOP_SECONDS)

    async def _run(self) -> None:
        failures, next_expiry = 0, 0.0
        clock = asyncio.get_running_loop().time
        while not self._stopping.is_set():
            try:
                if clock() >= next_expiry:
                    async with self._storage.write() as session:
                        await outbox.expire(session, self._now())
                    next_expiry = clock() + _EXPIRE_SECONDS
                if self._transport is not None:
                    await self._send_all(self._transport)
                failures = 0
            except Exception:
                failures += 1
                logger.exception("the outbox cannot be handled; it is tried again")
            await self._pause(POLL_SECONDS if not failures else POLL_SECONDS + self._backoff.pause(min(failures, 6)))

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _send_all(self, transport: Transport) -> None:
        while not self._stopping.is_set():
            async with self._storage.read() as session:
                if not await outbox.any_due(session, self._now()):
                    return
            async with self._storage.write() as session:
                mail = await outbox.claim(session, self._now())
            if mail is None:  # another site was quicker
                return
            await self._send(transport, mail)

    async def _send(self, transport: Transport, mail: OutboxMail) -> None:
        try:
            await transport.deliver(Letter(mail.to, mail.subject, mail.text, mail.key))
        except UndeliveredError as error:
            await self._note_failure(mail, error)
            return
        logger.info("mail %d (%s) was sent", mail.id, mail.kind)
        await self._note_sent(mail.id)

    async def _note_failure(self, mail: OutboxMail, error: UndeliveredError) -> None:
        logger.warning("mail %d (%s) was not taken: %s", mail.id, mail.kind, error.word)
        now = self._now()
        async with self._storage.write() as session:
            if error.final:
                await outbox.given_up(session, mail.id, error.word, now)
            else:
                pause = timedelta(seconds=self._backoff.pause(mail.attempts))
                await outbox.failed(session, mail.id, error.word, now + pause)

    async def _note_sent(self, mail_id: int) -> None:
        """Note it whatever the database does just now: forgotten, it would be sent a second time."""
        failures = 0
        while True:
            try:
                async with self._storage.write() as session:
                    await outbox.sent(session, mail_id, self._now())
                return
            except Exception:
                failures += 1
                logger.exception("a sent mail could not be noted; it is tried again")
                await asyncio.sleep(Backoff().pause(failures))
