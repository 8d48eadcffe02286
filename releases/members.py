"""What members really wrote in the last weeks, for a comparison.

The site's tables stand in `website/`, which this package knows nothing of: here they are named as far as they are read.
A comparison keeps where a sentence stands, never the sentence: once the conversation is erased nothing is left of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import JSON, String, and_, column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import UtcDateTime, utc_now
from understanding.catalogue import Catalogue

DAYS = 31
MOST = 2_000
"""Sentences at most, the latest."""

_MESSAGE = table(
    "message",
    column("conversation_id", String),
    column("seq"),
    column("sender", String),
    column("text", String),
    column("payload", String),
    column("understanding", JSON),
    column("created_at", UtcDateTime()),
)
_CONVERSATION = table(
    "conversation",
    column("id", String),
    column("category", String),
    column("outcome", String),
    column("closed_by", String),
    column("objected_at", UtcDateTime()),
)
_PROPOSAL = table("proposal", column("conversation_id", String), column("seq"), column("category"), column("status"))


@dataclass(frozen=True)
class MemberSentence:
    """A sentence that a member typed and the assistant read.

    Attributes:
        conversation_id: Where it stands.
        seq: Its number there.
        text: As typed; never kept.
        truth: What it was about, where an officer or trainer said so; else None.
    """

    conversation_id: str
    seq: int
    text: str
    truth: str | None


async def member_sentences(
    session: AsyncSession, catalogue: Catalogue, now: datetime | None = None
) -> list[MemberSentence]:
    """The sentences of the last month that the assistant read, the latest first; none where the member objects.

    What a sentence was about is known where an officer proposed it to the trainers, and for the first question of a
    conversation that an officer closed as settled.

    Args:
        session: Reading suffices.
        catalogue: Categories and conversation intents in service.
        now: The present moment.
    """
    since = (now or utc_now()) - timedelta(days=DAYS)
    message, conversation, proposal = _MESSAGE.c, _CONVERSATION.c, _PROPOSAL.c
    said = and_(
        proposal.conversation_id == message.conversation_id, proposal.seq == message.seq, proposal.status != "refused"
    )
    query = (
        select(
            message.conversation_id,
            message.seq,
            message.text,
            message.understanding,
            proposal.category,
            conversation.category,
            conversation.outcome,
            conversation.closed_by,
        )
        .join(_CONVERSATION, conversation.id == message.conversation_id)
        .outerjoin(_PROPOSAL, said)
        .where(
            message.sender == "member",
            message.payload.is_(None),
            message.understanding.is_not(None),
            message.created_at >= since,
            conversation.objected_at.is_(None),
        )
        .order_by(message.created_at.desc(), message.seq.desc())
        .limit(MOST)
    )
    rows = [tuple(row) for row in await session.execute(query)]
    first = _first_questions(rows, catalogue)
    found = []
    for conversation_id, seq, text, _, proposed, category, outcome, closed_by in rows:
        settled = closed_by is not None and outcome == "resolved" and first.get(conversation_id) == seq
        truth = proposed or (category if settled else None)
        found.append(MemberSentence(conversation_id, seq, text, truth if truth in catalogue.intents else None))
    return found


def _first_questions(rows: Sequence[tuple[object, ...]], catalogue: Catalogue) -> dict[str, int]:
    """The number of each conversation's first message that was read as a question on a subject."""
    first: dict[str, int] = {}
    for row in rows:
        conversation_id, seq, understanding = str(row[0]), row[1], row[3]
        ranking = understanding.get("ranking") if isinstance(understanding, dict) else None
        if isinstance(seq, int) and ranking and ranking[0][0] in catalogue.categories:
            first[conversation_id] = min(seq, first.get(conversation_id, seq))
    return first
