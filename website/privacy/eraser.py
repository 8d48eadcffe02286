"""The task that carries erasures out until nothing is left anywhere. Several sites may run it over one database.

Each step is one that may be done again: what a crash leaves half done is done anew at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.storage import Storage
from settings import ROOT
from website.background import Background
from website.privacy import journal, learnt, receipts
from website.privacy.files import TrainersFiles
from website.privacy.models import Erasure, Kind
from website.rasa import Rasa, RasaAwayError
from website.search import forget_erased

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0
IDLE_SECONDS = 5.0
"""Between two looks while nothing is open: a member may have objected, another site may have opened a receipt."""
SWEEP_SECONDS = 60.0
"""Between two looks into the files for sentences that came back."""
SCRUB_PAUSE = 20.0
"""So many times as long as the last overwriting took is waited before the next one."""


class Eraser(Background):
    """Carries erasures out.

    Args:
        storage: Where receipts are kept.
        rasa: Has to forget the conversation.
        settled: Waits until no message of a conversation is on its way to Rasa.
        backups: Folder of the backups, beside which hashes are noted.
        files: The trainers' files, on the instance that owns them; None on others.
        models: Folder of the models' archives on this machine.
        now: The clock, in UTC.
    """

    def __init__(
        self,
        storage: Storage,
        rasa: Rasa,
        settled: Callable[[str], Awaitable[None]],
        backups: Path,
        files: TrainersFiles | None,
        models: Path = ROOT / "models",
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._storage = storage
        self._rasa = rasa
        self._settled = settled
        self._backups = backups
        self._files = files
        self._models = models
        self._now = now
        self._bell = asyncio.Event()
        self._next_scrub = self._next_sweep = 0.0

    def wake(self) -> None:
        """Something is to be erased."""
        self._bell.set()

    async def _run(self) -> None:
        while True:
            self._bell.clear()
            left = True
            try:
                left = await self.look()
            except Exception:
                logger.exception("erasures cannot be carried out; it is tried again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS if left else IDLE_SECONDS):
                    await self._bell.wait()

    async def look(self) -> bool:
        """One step on with all that is open.

        Returns:
            Whether something is left to be done.
        """
        await self._sweep()
        async with self._storage.read() as session:
            numbers = await receipts.open_numbers(session)
        done = []
        for number in numbers:
            try:
                if await self._advance(number):
                    done.append(number)
            except RasaAwayError:
                pass
            except Exception:
                logger.exception("an erasure is not done yet; it is tried again")
        if done and await self._scrubbed():
            async with self._storage.write() as session:
                for number in done:
                    await receipts.close(session, number, self._now())
            return len(done) < len(numbers)
        return bool(numbers)

    async def _scrubbed(self) -> bool:
        """Overwrite what was deleted; what takes long (a large search index) is done the more seldom."""
        began = time.monotonic()
        if began < self._next_scrub:
            return False
        async with self._storage.write() as session:
            await forget_erased(session)
        clean = await self._storage.empty_log()
        self._next_scrub = time.monotonic() + SCRUB_PAUSE * (time.monotonic() - began)
        return clean

    async def _advance(self, number: str) -> bool:
        """Do what can be done now.

        Returns:
            Whether nothing of the conversation is left but in free pages of the database.
        """
        async with self._storage.read() as session:
            receipt = await session.get_one(Erasure, number)
        if receipt.conversation_id is None:  # another site has closed it
            return False
        if receipt.noted_at is None:
            await asyncio.to_thread(journal.note, self._backups, receipt.kind, receipt.conversation_sha256)
            await self._set(number, noted_at=self._now())
        if receipt.forgotten_at is None:
            await self._settled(receipt.conversation_id)
            await self._rasa.erase(receipt.conversation_id)
            await self._set(number, forgotten_at=self._now())
        return await self._unlearn(number)

    async def _unlearn(self, number: str) -> bool:
        """Retire the models that hold a sentence, take it out of the files, and see to it that another model serves."""
        async with self._change(number) as (session, receipt):
            if receipt.retired_at is None and not await learnt.may_wait(session, receipt, self._now()):
                await learnt.retire(session, receipt, self._now())
        if receipt.cleaned_at is None:
            if self._files is None:  # the instance that owns the files does it
                return False
            await self._clean(number, receipt.conversation_id or "")
        async with self._change(number) as (session, receipt):
            if receipt.retired_at is None or not await learnt.replaced(session, receipt, self._now()):
                return False
            retired = await learnt.retired_models(session)
        await asyncio.to_thread(learnt.delete_archives, self._models, retired)
        return True

    async def _sweep(self) -> None:
        """Erase again what came back: a trainer had the sentence on the screen, or took a deletion back."""
        if self._files is None or time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + SWEEP_SECONDS
        named = await asyncio.to_thread(self._files.conversations)
        async with self._storage.write() as session:
            for conversation_id in await receipts.erased_among(session, named):
                await receipts.open_receipt(session, conversation_id, Kind.OBJECTED)

    async def _clean(self, number: str, conversation_id: str) -> None:
        assert self._files is not None
        forgotten = await asyncio.to_thread(self._files.forget, conversation_id)
        async with self._change(number) as (_, receipt):
            receipt.examples += forgotten.examples
            receipt.questions += forgotten.questions
            receipt.cleaned_at = self._now()

    @asynccontextmanager
    async def _change(self, number: str) -> AsyncIterator[tuple[AsyncSession, Erasure]]:
        """A transaction that has the receipt for itself."""
        async with self._storage.write() as session:
            asked = select(Erasure).where(Erasure.number == number).with_for_update()
            yield session, (await session.scalars(asked)).one()

    async def _set(self, number: str, **values: object) -> None:
        async with self._storage.write() as session:
            await session.execute(update(Erasure).where(Erasure.number == number).values(**values))
