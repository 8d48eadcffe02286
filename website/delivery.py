"""What the worker reads from and writes to the database, each step one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Container
from datetime import datetime, timedelta

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import table, utc_now
from database.storage import Storage
from releases.serving import outage
from website import handoff_record, pending, supposed, texts
from website.conversations import erase_rows
from website.events import Hub, News
from website.handing_over import hand_over
from website.models import Conversation, Message, Outcome, Sender, State
from website.privacy.objection import set_objection
from website.rasa import BotMessage, Reply
from website.records import Draft, append, locked, set_state
from website.waiting import rating, typed_address

_MESSAGES = table(Message)
_UNDERSTOOD = (
    update(_MESSAGES)
    .where(_MESSAGES.c.conversation_id == bindparam("of"), _MESSAGES.c.seq == bindparam("number"))
    .values(understanding=bindparam("understanding"))
)


class Delivery:
    """Answers on their way into the conversations.

    Args:
        storage: Where conversations are kept.
        hub: Told what happens.
        now: The clock, in UTC.
    """

    def __init__(self, storage: Storage, hub: Hub, now: Callable[[], datetime] = utc_now) -> None:
        self._storage = storage
        self._hub = hub
        self._now = now

    async def waiting_conversations(self, untouched: timedelta = timedelta(0)) -> list[str]:
        """Conversations with unanswered messages that nobody touched for a while, the longest untouched first."""
        async with self._storage.look() as connection:
            return await pending.conversations(connection, self._now() - untouched)

    async def next(self, conversation_id: str) -> pending.Pending | None:
        """The oldest unanswered message, or None where all is answered or the conversation erased."""
        async with self._storage.look() as connection:
            return await pending.oldest(connection, conversation_id)

    async def answer(self, conversation_id: str, seq: int, reply: Reply) -> bool:
        """Store the bot's answer and that the message is answered, or nothing where it already is.

        Where somebody else took the conversation over meanwhile, the bot's words are dropped.

        Returns:
            Whether more waits for an answer.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """
        told = await asyncio.to_thread(supposed.read, reply.understanding)

        async def store(session: AsyncSession, conversation: Conversation) -> News:
            told.note(conversation)
            if any(message.erase for message in reply.messages):
                await erase_rows(session, conversation)
                return News(erased=True)
            return await self._store_answer(session, conversation, seq, reply)

        return await self._settle(conversation_id, seq, store)

    async def _settle(
        self,
        conversation_id: str,
        seq: int,
        step: Callable[[AsyncSession, Conversation], Awaitable[News]],
        states: Container[State] = frozenset(State),
    ) -> bool:
        """Answer a message in one transaction, then tell of it; nothing where it is answered already.

        Args:
            conversation_id: The conversation.
            seq: The message.
            step: What answers it; gives what to tell.
            states: In others nothing is done either.

        Returns:
            Whether more waits for an answer. What is stored after that wakes the worker of the site that stores it.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """
        async with self._storage.write() as session:
            conversation = await locked(session, conversation_id)
            if conversation.answered_to >= seq or conversation.state not in states:
                return conversation.last_member_seq > conversation.answered_to
            conversation.answered_to = seq
            news = await step(session, conversation)
            more = not news.erased and conversation.last_member_seq > conversation.answered_to
        self._hub.publish(conversation_id, News(answered=True).then(news))
        return more

    async def _store_answer(self, session: AsyncSession, conversation: Conversation, seq: int, reply: Reply) -> News:
        connection = await session.connection()
        await connection.execute(
            _UNDERSTOOD, {"of": conversation.id, "number": seq, "understanding": reply.understanding}
        )
        conversation.outage_told = False
        if conversation.state is not State.BOT:
            return News()
        for message in reply.messages:
            text = shown_text(message)
            if text:
                draft = Draft(Sender.BOT, text, message.buttons, message.contact, reply_to=seq)
                await append(session, conversation, draft)
        handed = next((message for message in reply.messages if message.handoff), None)
        if handed is not None:
            now, said = self._now(), shown_text(handed)
            await hand_over(session, conversation, seq, now, proposed=handed.handoff_antenna, said=said)
        return News(messages=True, state=handed is not None)

    async def hand_off(self, conversation_id: str, seq: int) -> bool:
        """Put a conversation into the officers' hands without Rasa; all that waits is answered by that.

        Returns:
            Whether more waits for an answer.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """

        async def step(session: AsyncSession, conversation: Conversation) -> News:
            await hand_over(session, conversation, seq, self._now())
            return News(messages=True, state=True)

        return await self._settle(conversation_id, seq, step, {State.BOT})

    async def resume(self, conversation_id: str, seq: int) -> bool:
        """Give a conversation back to the assistant, as its member asked by a button.

        Returns:
            Whether more waits for an answer.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """

        async def step(session: AsyncSession, conversation: Conversation) -> News:
            if conversation.state not in (State.WAITING, State.BOT):
                return News()
            set_state(conversation, State.BOT)
            await handoff_record.finish(session, conversation, Outcome.RESUMED)
            await append(session, conversation, Draft(Sender.SYSTEM, texts.RESUMED, reply_to=seq))
            return News(messages=True, state=True)

        return await self._settle(conversation_id, seq, step)

    async def note_silently(self, conversation_id: str, seq: int) -> bool:
        """A message to an officer: the bot has nothing to say to it. An address in it may be meant for the answer.

        Returns:
            Whether more waits for an answer.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """

        async def step(session: AsyncSession, conversation: Conversation) -> News:
            return News(messages=await typed_address.offer(session, conversation, seq))

        return await self._settle(conversation_id, seq, step, frozenset(State) - {State.BOT})

    async def use_address(self, conversation_id: str, seq: int, payload: str) -> bool:
        """Keep the address that a member typed, as they asked by a button.

        Returns:
            Whether more waits for an answer.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """

        async def step(session: AsyncSession, conversation: Conversation) -> News:
            await typed_address.use(session, conversation, seq, payload)
            return News(messages=True)

        return await self._settle(conversation_id, seq, step)

    async def rate(self, conversation_id: str, seq: int, useful: bool) -> bool:
        """Keep the member's word on an exchange, given by a button.

        Returns:
            Whether more waits for an answer.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """

        async def step(session: AsyncSession, conversation: Conversation) -> News:
            await rating.give(session, conversation_id, useful, None)
            await append(session, conversation, Draft(Sender.SYSTEM, texts.RATING_THANKS, reply_to=seq))
            return News(messages=True)

        return await self._settle(conversation_id, seq, step)

    async def agree(self, conversation_id: str, seq: int) -> bool:
        """Take the member's objection back, as they asked by a button.

        Returns:
            Whether more waits for an answer.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """

        async def step(session: AsyncSession, conversation: Conversation) -> News:
            return News(messages=await set_objection(session, conversation, objects=False, reply_to=seq))

        return await self._settle(conversation_id, seq, step)

    async def give_up(self, conversation_id: str, seq: int) -> bool:
        """Tell the member that a message can never be answered, and go on to the next.

        Returns:
            Whether more waits for an answer.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """

        async def step(session: AsyncSession, conversation: Conversation) -> News:
            draft = Draft(Sender.SYSTEM, texts.UNANSWERABLE, (texts.HANDOFF_BUTTON,), reply_to=seq)
            await append(session, conversation, draft)
            return News(messages=True)

        return await self._settle(conversation_id, seq, step)

    async def failed(self, conversation_id: str, seq: int, *, tell: str | None) -> None:
        """Count a failed attempt, and tell the member once in an outage.

        Args:
            conversation_id: The conversation.
            seq: The message that waits.
            tell: What to say, or None while it is too early to say something.

        Raises:
            UnknownConversationError: The conversation was erased meanwhile.
        """
        async with self._storage.write() as session:
            conversation = await locked(session, conversation_id)
            await session.execute(
                update(Message)
                .where(Message.conversation_id == conversation_id, Message.seq == seq)
                .values(attempts=Message.attempts + 1)
            )
            if tell is None or conversation.outage_told or conversation.state is not State.BOT:
                return
            conversation.outage_told = True
            await append(session, conversation, Draft(Sender.SYSTEM, tell, (texts.HANDOFF_BUTTON,)))
        self._hub.publish(conversation_id, News(messages=True))

    async def why_silent(self, was_up: bool) -> str:
        """What to tell a member in an outage: that nothing can be served, as the database knows, else what was seen.

        Args:
            was_up: Whether the assistant has answered this site before.
        """
        async with self._storage.read() as session:
            if await outage(session):
                return texts.UNAVAILABLE
        return texts.UNREACHABLE if was_up else texts.STARTING

    async def asks_for_person(self, conversation_id: str) -> int | None:
        """The `seq` of an unanswered press on the button that asks for a person, or None."""
        async with self._storage.look() as connection:
            return await pending.press_for_person(connection, conversation_id)


def shown_text(message: BotMessage) -> str:
    """What a member reads: never nothing where there is a contact or a button."""
    if message.text:
        return message.text
    if message.contact:
        return str(message.contact.get("reason") or message.contact.get("category_label") or texts.ONLY_BUTTONS)
    return texts.ONLY_BUTTONS if message.buttons else ""
