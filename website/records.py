"""What is done to a conversation's rows inside a transaction: the words that all larger steps are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from understanding.text import comparison_key
from website.models import Conversation, Message, Offer, SearchDocument, Sender, State, digest

Button = dict[str, str]

MAX_SEARCHED = 300_000
"""Characters of a conversation that the search knows; PostgreSQL takes no more than about a million."""


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


async def locked(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation, for this transaction alone until it ends.

    Raises:
        UnknownConversationError: There is none.
    """
    found: Conversation | None = await session.scalar(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(updated_at=utc_now())
        .returning(Conversation),
        execution_options={"populate_existing": True},
    )
    if found is None:
        raise UnknownConversationError(conversation_id)
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
    session.add(
        Message(
            conversation_id=conversation.id,
            seq=conversation.last_seq,
            sender=draft.sender,
            text=draft.text,
            reply_to=draft.reply_to,
            client_id=draft.client_id,
            payload=draft.payload,
            buttons=[dict(button) for button in draft.buttons],
            contact=draft.contact,
            account=draft.account,
        )
    )
    if draft.sender in (Sender.MEMBER, Sender.OFFICER) and draft.payload is None:
        await make_searchable(session, conversation.id, draft.text)
    if draft.buttons:
        await _offer(session, conversation.id, {digest(button["payload"]): button["title"] for button in draft.buttons})
    return conversation.last_seq


async def _offer(session: AsyncSession, conversation_id: str, titles: dict[str, str]) -> None:
    """Remember offered payloads, by hash, with the titles of their buttons."""
    query = select(Offer).where(Offer.conversation_id == conversation_id, Offer.payload_sha256.in_(titles))
    known = {offer.payload_sha256: offer for offer in await session.scalars(query)}
    for payload, title in titles.items():
        if payload in known:
            known[payload].title = title
        else:
            session.add(Offer(conversation_id=conversation_id, payload_sha256=payload, title=title))


async def offered_title(session: AsyncSession, conversation_id: str, payload: str) -> str | None:
    """The title of the button that offered a payload in this conversation, or None where none did."""
    offer = await session.get(Offer, (conversation_id, digest(payload)))
    return offer.title if offer else None


async def find_client_id(session: AsyncSession, conversation_id: str, client_id: str) -> Message | None:
    """The message that a client sent under an id of its own."""
    return await session.scalar(
        select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
    )


async def make_searchable(session: AsyncSession, conversation_id: str, text: str) -> None:
    """Let the full-text search find a conversation by the words of a text too."""
    words = comparison_key(text)
    if not words:
        return
    document = await session.scalar(select(SearchDocument).where(SearchDocument.conversation_id == conversation_id))
    if document is None:
        session.add(SearchDocument(conversation_id=conversation_id, text=words))
        await session.flush()
    else:
        document.text = f"{document.text} {words}"[-MAX_SEARCHED:]


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
