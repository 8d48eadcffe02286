"""All that is held about a conversation, for the member who asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import Base, utc_now
from website.console.models import Note, Proposal
from website.identity.models import DeclaredIdentity
from website.mail.models import OutboxMail
from website.models import Conversation, Handoff, Message
from website.studio.models import QuestionProposal
from website.waiting.models import ConversationAddress, MemberReach, Rating

WHAT: Mapping[str, tuple[type[Base], str]] = {
    "messages": (Message, "seq sender text reply_to payload buttons contact understanding created_at"),
    "mises_en_relation": (
        Handoff,
        "origin antenna category handed_at claimed_at first_answer_at closed_at outcome",
    ),
    "notes": (Note, "text created_at"),
    "propositions": (Proposal, "seq sentence context category status created_at"),
    "questions_proposees": (QuestionProposal, "seq sentence category status created_at"),
    "identite_declaree": (DeclaredIdentity, "subject company name commune_code commune_name created_at"),
    "coordonnees": (MemberReach, "email phone updated_at"),
    "adresses": (ConversationAddress, "confirmed_at created_at"),
    "courriels": (OutboxMail, "to subject kind sent_at created_at"),
    "avis": (Rating, "useful text asked_at rated_at"),
}
"""Under which name which columns of which table are given. Staff are not named; secrets are not given."""
CONVERSATION = (
    "id state antenna category supposed_category near_antenna home_antenna place_code place_name outcome handed_at "
    "closed_at last_message_at created_at objected_at"
)


async def export(session: AsyncSession, conversation_id: str) -> dict[str, Any] | None:
    """Everything, as JSON; None where there is no such conversation."""
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        return None
    found: dict[str, Any] = {"exporte_le": _plain(utc_now()), "conversation": _columns(conversation, CONVERSATION)}
    for name, (table, columns) in WHAT.items():
        key: ColumnElement[str] = table.__table__.c.conversation_id
        order = list(table.__table__.primary_key)
        rows = await session.scalars(select(table).where(key == conversation_id).order_by(*order))
        found[name] = [_columns(row, columns) for row in rows]
    return found


def _columns(row: Base, names: str) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names.split()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
