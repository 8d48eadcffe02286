"""A conversation as its member reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from database.base import table
from website.models import Conversation, Message, Sender, State
from website.records import Button, UnknownConversationError

_CONVERSATIONS, _MESSAGES = table(Conversation), table(Message)


class Line(NamedTuple):
    """What a member is shown of a message.

    Attributes:
        seq: See `Message`.
        reply_to: See `Message`.
        sender: Who wrote it.
        text: Never empty.
        buttons: `{"title", "payload", "category"?}` each.
        contact: The answer with a contact, as it came.
        created_at: When it was stored.
    """

    seq: int
    reply_to: int | None
    sender: Sender
    text: str
    buttons: list[Button]
    contact: dict[str, Any] | None
    created_at: datetime


@dataclass(frozen=True)
class Transcript:
    """A conversation from after a message on.

    Attributes:
        state: Who answers.
        officer: Name of the officer who answers, or did until an officer closed it.
        answered_to: The last member's message that is fully answered.
        messages: In order.
    """

    state: State
    officer: str | None
    answered_to: int
    messages: tuple[Line, ...]


# Every stream reads by it at each piece of news: built once, and without entities of all columns.
_READ = (
    select(
        _CONVERSATIONS.c.state,
        _CONVERSATIONS.c.officer,
        _CONVERSATIONS.c.answered_to,
        *(_MESSAGES.c[name] for name in Line._fields),
    )
    .outerjoin_from(
        _CONVERSATIONS,
        _MESSAGES,
        and_(_MESSAGES.c.conversation_id == _CONVERSATIONS.c.id, _MESSAGES.c.seq > bindparam("after")),
    )
    .where(_CONVERSATIONS.c.id == bindparam("conversation"))
    .order_by(_MESSAGES.c.seq)
)


async def read(connection: AsyncConnection, conversation_id: str, after: int) -> Transcript:
    """The conversation from after a message on.

    Raises:
        UnknownConversationError: There is no such conversation.
    """
    rows = (await connection.execute(_READ, {"conversation": conversation_id, "after": after})).all()
    if not rows:
        raise UnknownConversationError(conversation_id)
    state, officer, answered_to, *_ = rows[0]
    lines = (Line(*row[3:]) for row in rows)
    # Where no message comes after, the conversation stands alone in its row.
    return Transcript(state, officer, answered_to, tuple(line for line in lines if line.seq is not None))


def as_json(line: Line) -> dict[str, Any]:
    """A message as the member API gives it."""
    return {
        "seq": line.seq,
        "reply_to": line.reply_to,
        "sender": line.sender.value,
        "text": line.text,
        "buttons": line.buttons,
        "contact": line.contact,
        "created_at": line.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
