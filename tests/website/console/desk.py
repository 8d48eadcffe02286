"""A database with the demonstration directory, conversations in it, officers at work: for tests without HTTP."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.storage import Storage
from website import handoff_record
from website.console.officer import Officer
from website.models import Conversation, Message, Origin, Sender, State
from website.records import Draft, append, locked, set_state

T = TypeVar("T")

ROCHEFORT = Officer("a" * 32, "Mme Roux", ("rochefort",))
COLLEAGUE = Officer("b" * 32, "M. Petit", ("rochefort", "bordeaux"))
BORDEAUX = Officer("c" * 32, "Mme Lopez", ("bordeaux",))
ADMIN = Officer("d" * 32, "Mme Cadet", (), admin=True)


class Desk:
    """Conversations on one database."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def open(
        self, *texts: str, state: State = State.WAITING, antenna: str | None = "rochefort", **columns: Any
    ) -> str:
        """A conversation in which a member wrote these texts; handed to an antenna unless the assistant has it."""
        conversation_id = secrets.token_hex(16)
        async with self.storage.write() as session:
            conversation = Conversation(
                id=conversation_id, token_sha256="0" * 64, state=State.BOT, last_seq=0, last_member_seq=0, answered_to=0
            )
            session.add(conversation)
            await session.flush()
            for text in texts or ("Bonjour",):
                await self._write(session, conversation, text)
            conversation.answered_to = conversation.last_member_seq
            if state is not State.BOT:
                set_state(conversation, State.WAITING, antenna=antenna)
                handoff_record.begin(session, conversation, Origin.MEMBER, utc_now())
            if state is State.CLOSED:
                set_state(conversation, State.CLOSED, antenna=antenna)
            for name, value in columns.items():
                setattr(conversation, name, value)
        return conversation_id

    async def _write(self, session: AsyncSession, conversation: Conversation, text: str) -> None:
        await append(session, conversation, Draft(Sender.MEMBER, text))
        await append(session, conversation, Draft(Sender.BOT, f"Bien reçu : {text}"))

    async def say(self, conversation_id: str, text: str) -> None:
        """The member writes."""
        async with self.storage.write() as session:
            await append(session, await locked(session, conversation_id), Draft(Sender.MEMBER, text))

    async def do(self, operation: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """An operation in a transaction of its own."""
        async with self.storage.write() as session:
            return await operation(session, *arguments)

    async def see(self, reading: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """A reading of the database."""
        async with self.storage.read() as session:
            return await reading(session, *arguments)

    async def get(self, conversation_id: str) -> Conversation:
        """The conversation as it is now."""
        async with self.storage.read() as session:
            return await session.get_one(Conversation, conversation_id)

    async def last(self, conversation_id: str) -> Message:
        """Its last message."""
        async with self.storage.read() as session:
            conversation = await session.get_one(Conversation, conversation_id)
            return await session.get_one(Message, (conversation_id, conversation.last_seq))
