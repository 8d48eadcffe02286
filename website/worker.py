"""The worker: takes stored messages to Rasa, one at a time per conversation, until each is answered.

Nothing is kept here that a restart would lose: what is to be done is read from the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from database.claims import Claims, OwnClaims
from logs import CONVERSATION
from website.answering import Answering, Attempt
from website.delivery import Delivery
from website.events import Hub, News
from website.pending import Pending
from website.rasa import Rasa
from website.records import UnknownConversationError

logger = logging.getLogger(__name__)

STOP_ATTEMPTS = 5
STOP_SECONDS = 1.0
TAKE_OVER = timedelta(seconds=2)
"""A message that nobody touched for so long is taken up, unless the site that took it is still at it."""
SWEEP_SECONDS = 1.0


@dataclass(frozen=True)
class Backlog:
    """What is not answered yet.

    Attributes:
        conversations: In how many conversations something waits.
        oldest: When the oldest message that waits was stored; None where none does.
    """

    conversations: int
    oldest: datetime | None


@dataclass(frozen=True)
class Backoff:
    """Pauses between attempts, in seconds: each twice the one before."""

    first: float = 0.3
    longest: float = 5.0

    def pause(self, failures: int) -> float:
        """The pause after so many failures in a row (from 1 on)."""
        return min(self.longest, self.first * 2.0 ** min(failures - 1, 16))


class Worker:
    """Answers all conversations.

    Args:
        delivery: Where messages come from and answers go.
        rasa: Who answers.
        hub: Told when the assistant writes.
        claims: Keep other sites from answering the same conversation at the same time.
        backoff: How long to wait after a failure.

    Attributes:
        left: Conversations that were being answered when it was stopped.
    """

    def __init__(
        self, delivery: Delivery, rasa: Rasa, hub: Hub, claims: Claims | None = None, backoff: Backoff = Backoff()
    ) -> None:
        self._delivery = delivery
        self._answering = Answering(delivery, rasa, hub)
        self._hub = hub
        self._claims = claims or OwnClaims()
        self._backoff = backoff
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._bells: dict[str, asyncio.Event] = {}
        self._since: dict[str, datetime] = {}
        self._stopping = False
        self._sweeping: asyncio.Task[None] | None = None
        self.left: tuple[str, ...] = ()

    async def start(self) -> None:
        """Take up everything that is unanswered."""
        for conversation_id in await self._delivery.waiting_conversations():
            self.wake(conversation_id)
        self._sweeping = asyncio.create_task(self._take_over(), name="take over")

    async def stop(self) -> None:
        """Stop at once; what is unanswered is taken up at the next start."""
        self._stopping = True
        self.left = tuple(self._tasks)
        tasks = [*self._tasks.values(), *([self._sweeping] if self._sweeping else [])]
        # A driver whose server is gone may take a cancellation for an error of its own: then it takes a second one.
        for _ in range(STOP_ATTEMPTS):
            for task in tasks:
                task.cancel()
            if not tasks or not (await asyncio.wait(tasks, timeout=STOP_SECONDS))[1]:
                break
        await self._claims.close()

    def wake(self, conversation_id: str) -> None:
        """There is something to do for a conversation."""
        if self._stopping:
            return
        self._bells.setdefault(conversation_id, asyncio.Event()).set()
        if conversation_id not in self._tasks:
            self._tasks[conversation_id] = asyncio.create_task(self._serve(conversation_id))

    async def settled(self, conversation_id: str) -> None:
        """Wait until no message of a conversation is on its way."""
        task = self._tasks.get(conversation_id)
        if task is not None:
            self._bells[conversation_id].set()
            await asyncio.wait([task])

    def backlog(self) -> Backlog:
        """What is not answered yet."""
        return Backlog(len(self._tasks), min(self._since.values(), default=None))

    async def _take_over(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                waiting = await self._delivery.waiting_conversations(TAKE_OVER)
            except Exception:
                logger.warning("the database cannot be asked for what waits", exc_info=True)
                continue
            for conversation_id in waiting:
                if conversation_id not in self._tasks:  # else its pause between two attempts would end early
                    self.wake(conversation_id)

    async def _serve(self, conversation_id: str) -> None:
        bell = self._bells[conversation_id]
        CONVERSATION.set(conversation_id)
        claimed = False
        try:
            while bell.is_set():
                bell.clear()
                claimed = claimed or await self._claim(conversation_id, bell)
                if claimed:
                    await self._answer_all(conversation_id, bell)
        except UnknownConversationError:
            pass  # erased meanwhile
        finally:
            self._tasks.pop(conversation_id, None)
            self._bells.pop(conversation_id, None)
            self._since.pop(conversation_id, None)
            if claimed:
                await self._claims.release(conversation_id)

    async def _claim(self, conversation_id: str, bell: asyncio.Event) -> bool:
        """Wait until no other site answers a conversation.

        Returns:
            False where the other one has answered everything.
        """
        failures = 0
        while True:
            try:
                if await self._claims.take(conversation_id):
                    return True
            except (SQLAlchemyError, OSError) as error:
                logger.warning("a conversation cannot be claimed; it is tried again: %s", type(error).__name__)
            if await self._next(conversation_id) is None:
                return False
            failures += 1
            await self._pause(bell, failures)

    async def _answer_all(self, conversation_id: str, bell: asyncio.Event) -> None:
        failures, unsure = 0, False
        while True:
            pending = await self._next(conversation_id)
            if unsure:  # what failed may be stored: the database went away before it confirmed that
                self._hub.publish(conversation_id, News(messages=True, state=True, answered=True))
                unsure = False
            if pending is None:
                return
            self._since[conversation_id] = pending.created_at
            try:
                attempt = await self._answering.attempt(conversation_id, pending, failures)
            except UnknownConversationError:
                raise
            except Exception:
                attempt, unsure = Attempt.IN_VAIN, True
                logger.exception("a message could not be handled; it is tried again")
            if attempt is Attempt.ANSWERED_LAST:
                return  # to look again would only delay the streams that read the answer; what comes now rings the bell
            if attempt is Attempt.ANSWERED:
                failures = 0
                continue
            failures += 1
            await self._pause(bell, failures)

    async def _pause(self, bell: asyncio.Event, failures: int) -> None:
        bell.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._backoff.pause(failures)):
                await bell.wait()

    async def _next(self, conversation_id: str) -> Pending | None:
        failures = 0
        while True:
            try:
                return await self._delivery.next(conversation_id)
            except Exception:
                failures += 1
                logger.exception("the database cannot be read; it is tried again")
                await asyncio.sleep(self._backoff.pause(failures))
