"""What is done to a conversation's rows inside a transaction: the words that all larger steps are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlalchemy import ColumnElement, Insert, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from database.base import table, utc_now
from understanding.text import comparison_key
from website.models import Conversation, Message, Offer, SearchDocument, Sender, State, digest

Button = dict[str, str]

MAX_SEARCHED = 300_000
"""Characters of a conversation that the search knows; PostgreSQL takes no more than about a million."""

# Every message goes through these statements. They are built once: SQLAlchemy takes longer to build one, and to see
# that it knows it already, than the database to execute it. What needs no entity names tables for the same reason.
_MESSAGES, _OFFERS, _DOCUMENTS = table(Message), table(Offer), table(SearchDocument)
_LOCK = (
    select(Conversation)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update(key_share=True)  # SQLite's transaction has locked everything already
    .execution_options(populate_existing=True)
)
_STORE = insert(_MESSAGES)
_CLIENT_ID = select(_MESSAGES.c.seq, _MESSAGES.c.text, _MESSAGES.c.payload).where(
    _MESSAGES.c.conversation_id == bindparam("conversation"), _MESSAGES.c.client_id == bindparam("client")
)
_TITLE = select(_OFFERS.c.title).where(
    _OFFERS.c.conversation_id == bindparam("conversation"), _OFFERS.c.payload_sha256 == bindparam("payload")
)


def _offering(dialect: ModuleType) -> Insert:
    wanted = dialect.insert(_OFFERS)
    found: Insert = wanted.on_conflict_do_update(
        index_elements=["conversation_id", "payload_sha256"], set_={"title": wanted.excluded.title}
    )
    return found


def _adding_words(dialect: ModuleType, last: Callable[[ColumnElement[str]], ColumnElement[str]]) -> Insert:
    wanted = dialect.insert(_DOCUMENTS)
    both = _DOCUMENTS.c.text + " " + wanted.excluded.text
    found: Insert = wanted.on_conflict_do_update(index_elements=["conversation_id"], set_={"text": last(both)})
    return found


_OFFER = {"sqlite": _offering(sqlite), "postgresql": _offering(postgresql)}
_ADD_WORDS = {
    "sqlite": _adding_words(sqlite, lambda both: func.substr(both, -MAX_SEARCHED)),
    "postgresql": _adding_words(postgresql, lambda both: func.right(both, MAX_SEARCHED)),
}


class UnknownConversationError(LookupError):
    """No such conversation, or no longer."""


@dataclass(frozen=True)
class Draft:
    """A message that is not stored yet.

    Attributes:
        sender: Who writes it.
        text: Never empty.
        buttons: `{"title", "payload", "category"?}` each.
        contact: The answer with a contact, as it came.
        reply_to: The member's message that it answers.
        client_id: See `Message`.
        payload: See `Message`.
        account: See `Message`.
    """

    sender: Sender
    text: str
    buttons: Sequence[Button] = ()
    contact: dict[str, Any] | None = None
    reply_to: int | None = None
    client_id: str | None = None
    payload: str | None = None
    account: str | None = None


@dataclass(frozen=True)
class Sent:
    """What a client sent under an id of its own.

    Attributes:
        seq: The message's number.
        text: See `Message`.
        payload: See `Message`.
    """

    seq: int
    text: str
    payload: str | None


async def locked(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation, for this transaction alone until it ends.

    Raises:
        UnknownConversationError: There is none.
    """
    found: Conversation | None = await session.scalar(_LOCK, {"conversation": conversation_id})
    if found is None:
        raise UnknownConversationError(conversation_id)
    found.updated_at = utc_now()
    return found


async def append(session: AsyncSession, conversation: Conversation, draft: Draft) -> int:
    """Store a message as the conversation's next, and remember what its buttons offer.

    Args:
        session: The transaction that locked the conversation.
        conversation: It.
        draft: What to store.

    Returns:
        The message's `seq`.
    """
    conversation.last_seq += 1
    _keep_up(conversation, draft)
    message = {
        "conversation_id": conversation.id,
        "seq": conversation.last_seq,
        "sender": draft.sender,
        "text": draft.text,
        "reply_to": draft.reply_to,
        "client_id": draft.client_id,
        "payload": draft.payload,
        "buttons": [dict(button) for button in draft.buttons],
        "contact": draft.contact,
        "account": draft.account,
    }
    # Over the connection: the session would write the conversation first, which changes once more before it is done.
    connection = await session.connection()
    await connection.execute(_STORE, message)
    if draft.sender in (Sender.MEMBER, Sender.OFFICER) and draft.payload is None:
        await _add_words(connection, conversation.id, draft.text)
    if draft.buttons:
        await _offer(
            connection, conversation.id, {digest(button["payload"]): button["title"] for button in draft.buttons}
        )
    return conversation.last_seq


async def _offer(connection: AsyncConnection, conversation_id: str, titles: dict[str, str]) -> None:
    """Remember offered payloads, by hash, with the titles of their buttons."""
    rows = [
        {"conversation_id": conversation_id, "payload_sha256": payload, "title": title}
        for payload, title in titles.items()
    ]
    await connection.execute(_OFFER[connection.dialect.name], rows)


async def offered_title(session: AsyncSession, conversation_id: str, payload: str) -> str | None:
    """The title of the button that offered a payload in this conversation, or None where none did."""
    connection = await session.connection()
    title: str | None = await connection.scalar(_TITLE, {"conversation": conversation_id, "payload": digest(payload)})
    return title


async def find_client_id(session: AsyncSession, conversation_id: str, client_id: str) -> Sent | None:
    """The message that a client sent under an id of its own."""
    connection = await session.connection()
    row = (await connection.execute(_CLIENT_ID, {"conversation": conversation_id, "client": client_id})).first()
    return None if row is None else Sent(*row)


async def make_searchable(session: AsyncSession, conversation_id: str, text: str) -> None:
    """Let the full-text search find a conversation by the words of a text too."""
    await _add_words(await session.connection(), conversation_id, text)


async def _add_words(connection: AsyncConnection, conversation_id: str, text: str) -> None:
    words = comparison_key(text)
    if words:
        await connection.execute(
            _ADD_WORDS[connection.dialect.name], {"conversation_id": conversation_id, "text": words}
        )


def _keep_up(conversation: Conversation, draft: Draft) -> None:
    """Note on the conversation what its new message changes."""
    now = utc_now()
    conversation.last_message_at = now
    if draft.sender is Sender.MEMBER:
        conversation.last_member_seq = conversation.last_seq
        conversation.last_member_at = now
        if conversation.state in (State.WAITING, State.OFFICER) and conversation.waiting_since is None:
            conversation.waiting_since = now
    if draft.contact:
        conversation.category = draft.contact.get("category") or conversation.category
        near, person = draft.contact.get("antenna") or {}, draft.contact.get("person") or {}
        conversation.near_antenna = near.get("slug") or conversation.near_antenna
        if conversation.handed_at is None:
            conversation.home_antenna = person.get("antenna") or conversation.near_antenna
        commune = draft.contact.get("commune")
        if commune:
            conversation.place_code, conversation.place_name = commune.get("code"), commune.get("name")


def set_state(
    conversation: Conversation,
    state: State,
    *,
    antenna: str | None = None,
    officer: str | None = None,
    account: str | None = None,
) -> None:
    """Put a conversation into a state; who holds it is forgotten where it is not given."""
    conversation.state = state
    conversation.antenna = antenna
    conversation.home_antenna = antenna or conversation.home_antenna
    conversation.officer = officer
    conversation.officer_account = account
    conversation.outage_told = False
    if state in (State.BOT, State.CLOSED):
        conversation.waiting_since = None
    if state is State.CLOSED:
        conversation.closed_at = utc_now()
    else:
        conversation.closed_at = conversation.closed_by = conversation.outcome = None
