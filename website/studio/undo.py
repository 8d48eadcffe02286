"""What trainers may take back: kept in the database for a day, for the one who did it, the latest only."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from corpus import kept
from corpus.changes import Change
from database.base import utc_now
from directory.french import typeset
from website.models import Conversation
from website.privacy import receipts
from website.studio.models import StudioUndo, StudioUndoSource

KEPT = timedelta(days=1)
"""For how long something can be taken back."""
MOST = 20
"""How much of one trainer's is kept."""
_TOKEN_BYTES = 12


async def remember(
    session: AsyncSession, account_id: str, done: str, change: Change, category: str, now: datetime | None = None
) -> str:
    """Keep what somebody did, in the transaction in which it is done.

    Args:
        session: The transaction.
        account_id: Who did it.
        done: What was done, in French.
        change: What became of the sentences.
        category: Slug of the subject on whose page it was done.
        now: The present moment.

    Returns:
        The name by which it can be taken back; empty where it cannot, as it holds a sentence that was erased meanwhile.
    """
    now, conversations = now or utc_now(), kept.sources(change)
    if not await _may_be_kept(session, conversations):
        return ""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = {"account_id": account_id, "done": typeset(done), "category": category, "created_at": now}
    session.add(StudioUndo(token=token, change=kept.as_data(change), **row))
    await session.flush()
    session.add_all(StudioUndoSource(token=token, conversation_id=one) for one in sorted(conversations))
    await session.flush()
    newest = select(StudioUndo.token).where(_offered(account_id, now)).order_by(*_NEWEST_FIRST).limit(MOST)
    await session.execute(
        delete(StudioUndo).where(StudioUndo.account_id == account_id, StudioUndo.token.not_in(newest))
    )
    return token


async def offered(session: AsyncSession, account_id: str, category: str) -> list[StudioUndo]:
    """What somebody may take back of what they did on a subject's page, the latest first."""
    asked = select(StudioUndo).where(_offered(account_id, utc_now()), StudioUndo.category == category)
    without_change = defer(StudioUndo.change, raiseload=True)  # pages do not show it, and it may be long
    return list(await session.scalars(asked.order_by(*_NEWEST_FIRST).options(without_change)))


async def take(session: AsyncSession, account_id: str, token: str) -> Change | None:
    """What shall be taken back, which then is offered no more; None where it cannot be, or somebody just does it."""
    asked = delete(StudioUndo).where(_offered(account_id, utc_now()), StudioUndo.token == token)
    data = await session.scalar(asked.returning(StudioUndo.change))
    return None if data is None else kept.from_data(data)


async def forget(session: AsyncSession, conversation_id: str) -> None:
    """Let all go that holds a sentence of a conversation; the transaction must hold the conversation, or delete it."""
    holding = select(StudioUndoSource.token).where(StudioUndoSource.conversation_id == conversation_id)
    await session.execute(delete(StudioUndo).where(StudioUndo.token.in_(holding)))


_NEWEST_FIRST = (StudioUndo.created_at.desc(), StudioUndo.token)


def _offered(account_id: str, now: datetime) -> ColumnElement[bool]:
    return (StudioUndo.account_id == account_id) & (StudioUndo.created_at > now - KEPT)


async def _may_be_kept(session: AsyncSession, conversations: Iterable[str]) -> bool:
    """Whether nobody erased one of the conversations or objected; an erasure that begins now waits, and finds it."""
    wanted = set(conversations)
    if not wanted:
        return True
    asked = select(Conversation.id, Conversation.objected_at).where(Conversation.id.in_(wanted))
    found = dict((await session.execute(asked.with_for_update(read=True, key_share=True))).tuples().all())
    gone = await receipts.is_any_erased(session, wanted - found.keys())
    return not gone and not any(found.values())
