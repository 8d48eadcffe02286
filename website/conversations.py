"""What a member does with a conversation: open, write, read, end, erase."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import table
from database.storage import Storage
from website import handoff_record, journeys, texts, transcript
from website.audit import record
from website.events import Hub, News
from website.identity.declared import Declared
from website.metrics.measures import MESSAGES, OPENED
from website.models import Conversation, Message, Outcome, Sender, State, digest
from website.privacy import receipts
from website.privacy.models import Kind
from website.records import (
    Draft,
    UnknownConversationError,
    append,
    find_client_id,
    locked,
    make_searchable,
    offered_title,
    set_state,
)
from website.studio import undo
from website.waiting.models import MemberToken
from website.waiting.rating import USEFUL

MAX_UNANSWERED = 50
"""Messages of one conversation that may wait for an answer."""


_CONVERSATIONS, _TOKENS = table(Conversation), table(MemberToken)
# Every call of a member's asks for it: built once.
_TOKEN = select(_CONVERSATIONS.c.token_sha256).where(_CONVERSATIONS.c.id == bindparam("conversation"))
_LATER_TOKEN = select(_TOKENS.c.conversation_id).where(_TOKENS.c.token_sha256 == bindparam("token"))


class WrongTokenError(PermissionError):
    """The token is not the conversation's."""


class ClientIdReusedError(ValueError):
    """The client used an id of its own twice, for different messages."""


class PayloadNotOfferedError(ValueError):
    """No button of the conversation offered the payload."""


class TooManyUnansweredError(RuntimeError):
    """Too many messages wait for an answer."""


@dataclass(frozen=True)
class Access:
    """What a member needs to come back: shown once, when the conversation is opened."""

    id: str
    token: str


class Conversations:
    """The member's side of all conversations.

    Args:
        storage: Where they are kept.
        hub: Told what happens.
        wake: Called with a conversation's id when there is something to do for the worker.
        admit: Called with a conversation's id before a new message is stored; raises where it comes too soon.
        about: Address of the page that says what becomes of members' data.
        site: The help desk's name.
    """

    def __init__(
        self,
        storage: Storage,
        hub: Hub,
        wake: Callable[[str], None],
        admit: Callable[[str], None],
        about: str,
        site: str,
    ) -> None:
        self._storage = storage
        self._hub = hub
        self._wake = wake
        self._admit = admit
        self._notice = texts.NOTICE.format(site=site, address=about)

    async def open(self, declared: Declared | None = None) -> Access:
        """Begin a conversation; its first message says that a machine answers.

        Args:
            declared: What the host website says of the member, once its token was found good.
        """
        access = Access(secrets.token_hex(16), secrets.token_urlsafe(32))
        async with self._storage.write() as session:
            conversation = Conversation(
                id=access.id,
                token_sha256=digest(access.token),
                state=State.BOT,
                last_seq=0,
                last_member_seq=0,
                answered_to=0,
            )
            session.add(conversation)
            await session.flush()
            await append(session, conversation, Draft(Sender.SYSTEM, self._notice, (texts.HANDOFF_BUTTON,)))
            if declared is not None:
                session.add(declared.as_row(conversation.id))
                await make_searchable(session, conversation.id, f"{declared.company} {declared.name or ''}")
        OPENED.inc()
        return access

    async def check(self, conversation_id: str, token: str) -> None:
        """Let the member in.

        Raises:
            UnknownConversationError: There is no such conversation.
            WrongTokenError: The token is not its own.
        """
        async with self._storage.look() as connection:
            stored = await connection.scalar(_TOKEN, {"conversation": conversation_id})
            right = hmac.compare_digest(stored or digest(""), digest(token))
            if stored is not None and not right:
                later = await connection.scalar(_LATER_TOKEN, {"token": digest(token)})
                right = later == conversation_id
        if stored is None:
            raise UnknownConversationError(conversation_id)
        if not right:
            raise WrongTokenError(conversation_id)

    async def write(self, conversation_id: str, client_id: str, *, text: str | None, payload: str | None) -> int:
        """Store a message; the worker answers later. The same call again stores nothing.

        Args:
            conversation_id: The conversation.
            client_id: The client's id of the message.
            text: What was typed, or None for a button.
            payload: What the pressed button carries, or None for a text.

        Returns:
            The message's `seq`.

        Raises:
            UnknownConversationError: There is no such conversation.
            ClientIdReusedError: The id came before with another content.
            PayloadNotOfferedError: No button of this conversation carries the payload.
            TooManyUnansweredError: Too many messages wait already.
        """
        async with self._storage.write() as session:
            conversation = await locked(session, conversation_id)
            before = await find_client_id(session, conversation_id, client_id)
            if before is not None:
                if before.payload != payload or (payload is None and before.text != text):
                    raise ClientIdReusedError(client_id)
                self._tell(conversation_id, News(messages=True))  # not done where the storing was never confirmed
                return before.seq
            self._admit(conversation_id)
            title = text if payload is None else await offered_title(session, conversation_id, payload)
            if title is None:
                raise PayloadNotOfferedError(conversation_id)
            if await _unanswered(session, conversation) >= MAX_UNANSWERED:
                raise TooManyUnansweredError(conversation_id)
            reopened = conversation.state is State.CLOSED and payload not in (*USEFUL, texts.AGREE_BUTTON["payload"])
            if reopened:
                set_state(conversation, State.BOT)
            draft = Draft(Sender.MEMBER, title, client_id=client_id, payload=payload)
            seq = await append(session, conversation, draft)
            journeys.set_out(conversation_id, seq)  # now: once it is stored the worker may see it before this goes on
        MESSAGES.labels("text" if payload is None else "button").inc()
        self._tell(conversation_id, News(messages=True, state=reopened))
        return seq

    def _tell(self, conversation_id: str, news: News) -> None:
        self._hub.publish(conversation_id, news)
        self._wake(conversation_id)

    async def read(self, conversation_id: str, after: int = 0) -> transcript.Transcript:
        """The conversation from after a message on.

        Raises:
            UnknownConversationError: There is no such conversation.
        """
        async with self._storage.look() as connection:
            return await transcript.read(connection, conversation_id, after)

    async def end(self, conversation_id: str) -> State:
        """Close the conversation at the member's wish; messages that wait are not answered any more.

        Raises:
            UnknownConversationError: There is no such conversation.
        """
        async with self._storage.write() as session:
            conversation = await locked(session, conversation_id)
            if conversation.state is State.CLOSED:
                return State.CLOSED
            set_state(conversation, State.CLOSED, antenna=conversation.antenna)
            await handoff_record.finish(session, conversation, Outcome.ENDED)
            conversation.answered_to = conversation.last_member_seq
            await append(session, conversation, Draft(Sender.SYSTEM, texts.ENDED))
        self._hub.publish(conversation_id, News(messages=True, state=True, answered=True))
        return State.CLOSED

    async def erase(self, conversation_id: str) -> str:
        """Erase everything about the conversation here; the rest is done soon, as its receipt says.

        Returns:
            The receipt's number.

        Raises:
            UnknownConversationError: There is no such conversation.
        """
        async with self._storage.write() as session:
            conversation = await locked(session, conversation_id)
            number = await erase_rows(session, conversation)
        self._tell(conversation_id, News(erased=True))
        return number


async def erase_rows(session: AsyncSession, conversation: Conversation, kind: Kind = Kind.ASKED) -> str:
    """Delete a conversation and open the receipt by which the rest of it goes too.

    Returns:
        The receipt's number.
    """
    action = "conversation.erased" if kind is Kind.ASKED else "conversation.expired"
    await record(session, None, action, conversation.id)
    receipt = await receipts.open_receipt(session, conversation.id, kind, conversation.last_seq)
    conversation_id = conversation.id
    await session.delete(conversation)
    await session.flush()
    await undo.forget(session, conversation_id)
    return receipt.number


async def _unanswered(session: AsyncSession, conversation: Conversation) -> int:
    if conversation.last_member_seq <= conversation.answered_to:
        return 0
    count = await session.scalar(
        select(func.count())
        .select_from(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.sender == Sender.MEMBER,
            Message.seq > conversation.answered_to,
        )
    )
    return int(count or 0)
