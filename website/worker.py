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

from database.base import utc_now
from database.claims import Claims, OwnClaims
from logs import CONVERSATION
from tracing import spans
from website import journeys, texts
from website.delivery import Delivery, Pending
from website.events import Hub, News
from website.metrics import measures
from website.models import State
from website.rasa import Rasa, RasaAwayError, RasaFailedError, RefusedByRasaError, Reply
from website.records import UnknownConversationError
from website.waiting.rating import USEFUL

logger = logging.getLogger(__name__)

MAX_CALLS = 16
"""Calls to Rasa at the same time; it answers one after the other anyway."""
STOP_ATTEMPTS = 5
STOP_SECONDS = 1.0
TAKE_OVER = timedelta(seconds=2)
"""A message that nobody touched for so long is taken up, unless the site that took it is still at it."""
SWEEP_SECONDS = 1.0
MAX_FAILED_ATTEMPTS = 20
"""Attempts at a message on which Rasa itself fails each time (status 500), before the next message gets its turn."""


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
        self._rasa = rasa
        self._hub = hub
        self._claims = claims or OwnClaims()
        self._backoff = backoff
        self._calls = asyncio.Semaphore(MAX_CALLS)
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
                answered = await self._attempt(conversation_id, pending, failures)
            except UnknownConversationError:
                raise
            except Exception:
                answered, unsure = False, True
                logger.exception("a message could not be handled; it is tried again")
            if answered:
                failures = 0
                continue
            failures += 1
            await self._pause(bell, failures)

    async def _pause(self, bell: asyncio.Event, failures: int) -> None:
        bell.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._backoff.pause(failures)):
                await bell.wait()

    async def _attempt(self, conversation_id: str, pending: Pending, failures: int) -> bool:
        """Try to answer a message, after so many failures; gives whether it is answered."""
        try:
            with journeys.answering(conversation_id, pending.seq, None if failures else pending.created_at):
                await self._answer(conversation_id, pending, show_typing=failures == 0)
        except RasaAwayError as error:
            measures.FAILURES.labels("failed" if isinstance(error, RasaFailedError) else "away").inc()
            logger.log(logging.WARNING if failures == 0 else logging.DEBUG, "no answer from Rasa: %s", error)
            await self._missed(conversation_id, pending, failures + 1, error)
            return False
        measures.ANSWER_SECONDS.observe((utc_now() - pending.created_at).total_seconds())
        return True

    async def _next(self, conversation_id: str) -> Pending | None:
        failures = 0
        while True:
            try:
                return await self._delivery.next(conversation_id)
            except Exception:
                failures += 1
                logger.exception("the database cannot be read; it is tried again")
                await asyncio.sleep(self._backoff.pause(failures))

    async def _answer(self, conversation_id: str, pending: Pending, *, show_typing: bool) -> None:
        how = "button"
        if pending.payload == texts.CONTINUE_PAYLOAD:
            await self._delivery.resume(conversation_id, pending.seq)
        elif pending.payload in USEFUL:
            await self._delivery.rate(conversation_id, pending.seq, USEFUL[pending.payload])
        elif pending.payload == texts.AGREE_BUTTON["payload"]:
            await self._delivery.agree(conversation_id, pending.seq)
        elif pending.payload is not None and pending.payload.startswith(texts.USE_ADDRESS_PREFIX):
            await self._delivery.use_address(conversation_id, pending.seq, pending.payload)
        elif pending.state is not State.BOT:
            await self._delivery.note_silently(conversation_id, pending.seq)
            how = "with_officer"
        else:
            how = await self._ask(conversation_id, pending, show_typing)
        measures.SETTLED.labels(how).inc()

    async def _ask(self, conversation_id: str, pending: Pending, show_typing: bool) -> str:
        """Have Rasa answer.

        Returns:
            How the message was settled, as the figures call it.
        """
        began = utc_now()
        async with self._calls:
            spans.past("message.wait", pending.created_at if show_typing else began)
            if show_typing:
                self._hub.publish(conversation_id, News(typing=True))
            try:
                with measures.STAGE_SECONDS.labels("rasa").time(), spans.step("rasa.call", spans.Kind.CLIENT):
                    reply = await self._reply(conversation_id, pending)
            finally:
                if show_typing:
                    self._hub.publish(conversation_id, News(typing=False))
        with measures.STAGE_SECONDS.labels("store").time(), spans.step("answer.store"):
            return await self._store(conversation_id, pending, reply)

    async def _store(self, conversation_id: str, pending: Pending, reply: Reply | None) -> str:
        if pending.payload == texts.HANDOFF_PAYLOAD and (reply is None or not reply.hands_off):
            await self._delivery.hand_off(conversation_id, pending.seq)
            return "handed_off"
        if reply is None:
            await self._delivery.give_up(conversation_id, pending.seq)
            return "failed"
        measures.note_understanding(reply.understanding)
        await self._delivery.answer(conversation_id, pending.seq, reply)
        if any(message.erase for message in reply.messages):
            return "erased"
        return "handed_off" if reply.hands_off else "answered"

    async def _reply(self, conversation_id: str, pending: Pending) -> Reply | None:
        """What Rasa says to a message, or None where it refuses it.

        A button that Rasa does not know (it was the site's, or Rasa lost its memory) is played as if its title had been
        typed: what Rasa still knows of the conversation then counts.
        """
        for payload in dict.fromkeys((pending.payload, None)):
            try:
                return await self._rasa.send(
                    conversation_id, pending.seq, text=pending.text, payload=payload, commune=pending.commune
                )
            except RefusedByRasaError as error:
                measures.FAILURES.labels("refused").inc()
                logger.warning("Rasa refuses a %s: %s", "text" if payload is None else "payload", error)
        return None

    async def _missed(self, conversation_id: str, pending: Pending, failures: int, error: RasaAwayError) -> None:
        person = await self._delivery.asks_for_person(conversation_id)
        if person is not None:
            await self._delivery.hand_off(conversation_id, person)
            measures.SETTLED.labels("handed_off").inc()
            return
        if isinstance(error, RasaFailedError) and pending.attempts >= MAX_FAILED_ATTEMPTS:
            await self._delivery.give_up(conversation_id, pending.seq)
            measures.SETTLED.labels("failed").inc()
            return
        # The first failure may be a single broken connection: nothing is said before the second.
        tell = await self._delivery.why_silent(self._rasa.was_up) if failures > 1 else None
        await self._delivery.failed(conversation_id, pending.seq, tell=tell)
