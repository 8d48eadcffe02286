"""What waits for an answer, as the database knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.base import table
from website import texts
from website.identity.models import DeclaredIdentity
from website.models import Conversation, Message, Sender, State


@dataclass(frozen=True)
class Pending:
    """The oldest message of a conversation that is not answered.

    Attributes:
        seq: Its number.
        text: What was typed, or the button's title.
        payload: What the button carries, or None.
        state: Who answers at the moment.
        attempts: How often it was handed to Rasa in vain.
        created_at: When it was stored.
        commune: INSEE code of the commune that the host website declares, or None.
    """

    seq: int
    text: str
    payload: str | None
    state: State
    attempts: int
    created_at: datetime
    commune: str | None = None


_CONVERSATIONS, _MESSAGES, _DECLARED = table(Conversation), table(Message), table(DeclaredIdentity)
# Every message is looked for by it: built once, as the statements of `records`.
_NEXT = (
    select(
        _MESSAGES.c.seq,
        _MESSAGES.c.text,
        _MESSAGES.c.payload,
        _CONVERSATIONS.c.state,
        _MESSAGES.c.attempts,
        _MESSAGES.c.created_at,
        _DECLARED.c.commune_code,
    )
    .join_from(_MESSAGES, _CONVERSATIONS, _CONVERSATIONS.c.id == _MESSAGES.c.conversation_id)
    .outerjoin(_DECLARED, _DECLARED.c.conversation_id == _MESSAGES.c.conversation_id)
    .where(
        _MESSAGES.c.conversation_id == bindparam("conversation"),
        _MESSAGES.c.sender == Sender.MEMBER,
        _MESSAGES.c.seq > _CONVERSATIONS.c.answered_to,
    )
    .order_by(_MESSAGES.c.seq)
    .limit(1)
)


async def conversations(connection: AsyncConnection, touched_until: datetime) -> list[str]:
    """Conversations with unanswered messages that nobody touched since a moment, the longest untouched first."""
    rows = await connection.scalars(
        select(_CONVERSATIONS.c.id)
        .where(
            _CONVERSATIONS.c.last_member_seq > _CONVERSATIONS.c.answered_to,
            _CONVERSATIONS.c.updated_at <= touched_until,
        )
        .order_by(_CONVERSATIONS.c.updated_at)
    )
    return list(rows)


async def oldest(connection: AsyncConnection, conversation_id: str) -> Pending | None:
    """The oldest unanswered message, or None where all is answered or the conversation erased."""
    row = (await connection.execute(_NEXT, {"conversation": conversation_id})).first()
    return None if row is None else Pending(*row)


async def press_for_person(connection: AsyncConnection, conversation_id: str) -> int | None:
    """The `seq` of an unanswered press on the button that asks for a person, or None."""
    seq: int | None = await connection.scalar(
        select(_MESSAGES.c.seq)
        .join_from(_MESSAGES, _CONVERSATIONS, _CONVERSATIONS.c.id == _MESSAGES.c.conversation_id)
        .where(
            _MESSAGES.c.conversation_id == conversation_id,
            _MESSAGES.c.payload == texts.HANDOFF_PAYLOAD,
            _MESSAGES.c.seq > _CONVERSATIONS.c.answered_to,
        )
        .order_by(_MESSAGES.c.seq)
        .limit(1)
    )
    return seq
