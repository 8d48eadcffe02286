"""One attempt at answering a message: by Rasa, or by what a button of the site's own asks for."""

from __future__ import annotations

import asyncio
import logging
from enum import Enum, auto
from typing import NamedTuple

from database.base import utc_now
from tracing import spans
from website import journeys, texts
from website.delivery import Delivery
from website.events import Hub, News
from website.metrics import measures
from website.models import State
from website.pending import Pending
from website.rasa import Rasa, RasaAwayError, RasaFailedError, RefusedByRasaError, Reply
from website.waiting.rating import USEFUL

logger = logging.getLogger(__name__)

MAX_CALLS = 16
"""Calls to Rasa at the same time; it answers one after the other anyway."""
MAX_FAILED_ATTEMPTS = 20
"""Attempts at a message on which Rasa itself fails each time (status 500), before the next message gets its turn."""


class Attempt(Enum):
    """How an attempt ended.

    Attributes:
        IN_VAIN: The message waits still.
        ANSWERED: The message is answered, and more waited when that was stored.
        ANSWERED_LAST: The message is answered, and nothing waited any more when that was stored.
    """

    IN_VAIN = auto()
    ANSWERED = auto()
    ANSWERED_LAST = auto()


class _Settled(NamedTuple):
    """That a message is settled.

    Attributes:
        how: As the figures call it.
        more: Whether more waited when that was stored.
    """

    how: str
    more: bool


class Answering:
    """Answers messages.

    Args:
        delivery: Where answers go.
        rasa: Who answers.
        hub: Told when the assistant writes.
    """

    def __init__(self, delivery: Delivery, rasa: Rasa, hub: Hub) -> None:
        self._delivery = delivery
        self._rasa = rasa
        self._hub = hub
        self._calls = asyncio.Semaphore(MAX_CALLS)

    async def attempt(self, conversation_id: str, pending: Pending, failures: int) -> Attempt:
        """Try to answer a message.

        Args:
            conversation_id: The conversation.
            pending: The message.
            failures: Attempts in vain before, in a row.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """
        try:
            with journeys.answering(conversation_id, pending.seq, None if failures else pending.created_at):
                settled = await self._answer(conversation_id, pending, show_typing=failures == 0)
        except RasaAwayError as error:
            measures.FAILURES.labels("failed" if isinstance(error, RasaFailedError) else "away").inc()
            logger.log(logging.WARNING if failures == 0 else logging.DEBUG, "no answer from Rasa: %s", error)
            await self._missed(conversation_id, pending, failures + 1, error)
            return Attempt.IN_VAIN
        measures.SETTLED.labels(settled.how).inc()
        measures.ANSWER_SECONDS.observe((utc_now() - pending.created_at).total_seconds())
        return Attempt.ANSWERED if settled.more else Attempt.ANSWERED_LAST

    async def _answer(self, conversation_id: str, pending: Pending, *, show_typing: bool) -> _Settled:
        delivery, seq, payload = self._delivery, pending.seq, pending.payload
        if payload == texts.CONTINUE_PAYLOAD:
            return _Settled("button", await delivery.resume(conversation_id, seq))
        if payload in USEFUL:
            return _Settled("button", await delivery.rate(conversation_id, seq, USEFUL[payload]))
        if payload == texts.AGREE_BUTTON["payload"]:
            return _Settled("button", await delivery.agree(conversation_id, seq))
        if payload is not None and payload.startswith(texts.USE_ADDRESS_PREFIX):
            return _Settled("button", await delivery.use_address(conversation_id, seq, payload))
        if pending.state is not State.BOT:
            return _Settled("with_officer", await delivery.note_silently(conversation_id, seq))
        return await self._ask(conversation_id, pending, show_typing)

    async def _ask(self, conversation_id: str, pending: Pending, show_typing: bool) -> _Settled:
        """Have Rasa answer."""
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

    async def _store(self, conversation_id: str, pending: Pending, reply: Reply | None) -> _Settled:
        if pending.payload == texts.HANDOFF_PAYLOAD and (reply is None or not reply.hands_off):
            return _Settled("handed_off", await self._delivery.hand_off(conversation_id, pending.seq))
        if reply is None:
            return _Settled("failed", await self._delivery.give_up(conversation_id, pending.seq))
        measures.note_understanding(reply.understanding)
        more = await self._delivery.answer(conversation_id, pending.seq, reply)
        if any(message.erase for message in reply.messages):
            return _Settled("erased", more)
        return _Settled("handed_off" if reply.hands_off else "answered", more)

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
