"""Receipts of erasures: opened in the transaction that deletes, closed when nothing is left anywhere."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from website.models import Conversation, digest
from website.privacy.models import Erasure, Kind

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without those that look alike; 32 of them: five bits each."""
_AT_ONCE = 500
_NUMBER = re.compile(rf"[{_LETTERS}]{{4}}(?:-[{_LETTERS}]{{4}}){{2}}")


def new_number() -> str:
    """A number that nobody guesses, such as « 7KQ2-M9XF-4WTB »."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return "-".join((drawn[:4], drawn[4:8], drawn[8:]))


async def open_receipt(session: AsyncSession, conversation_id: str, kind: Kind, messages: int = 0) -> Erasure:
    """Note that everything of a conversation is to go.

    Args:
        session: The transaction that deletes its rows.
        conversation_id: It.
        kind: Why.
        messages: How many messages are deleted with it.
    """
    receipt = Erasure(
        number=new_number(),
        kind=kind,
        conversation_id=conversation_id,
        conversation_sha256=digest(conversation_id),
        forgotten_at=utc_now() if kind is Kind.OBJECTED else None,
        messages=messages,
    )
    session.add(receipt)
    await session.flush()
    return receipt


async def find(session: AsyncSession, number: str) -> Erasure | None:
    """The receipt of a number as people type it, or None where there is none."""
    written = re.sub(r"[\s-]+", "", number).upper()
    typed = "-".join((written[:4], written[4:8], written[8:]))
    return await session.get(Erasure, typed) if _NUMBER.fullmatch(typed) else None


async def open_numbers(session: AsyncSession) -> list[str]:
    """The numbers of what is not done yet, the oldest first."""
    asked = select(Erasure.number).where(Erasure.closed_at.is_(None)).order_by(Erasure.asked_at, Erasure.number)
    return list(await session.scalars(asked))


async def is_any_erased(session: AsyncSession, conversations: set[str]) -> bool:
    """Whether one of some conversations was erased, or is being erased."""
    hashes = [digest(one) for one in conversations]
    return bool(await session.scalar(select(exists().where(Erasure.conversation_sha256.in_(hashes)))))


async def erased_among(session: AsyncSession, conversations: set[str]) -> list[str]:
    """Those of which nothing may be in the files, and no open receipt sees to that already."""
    hashes = {digest(conversation_id): conversation_id for conversation_id in conversations}
    found: set[str] = set()
    for start in range(0, len(hashes), _AT_ONCE):
        some = list(hashes)[start : start + _AT_ONCE]
        found.update(
            await session.scalars(
                select(Erasure.conversation_sha256).where(
                    Erasure.conversation_sha256.in_(some), Erasure.closed_at.is_not(None)
                )
            )
        )
        agrees = select(Conversation.id).where(
            Conversation.id.in_([hashes[one] for one in some]), Conversation.objected_at.is_(None)
        )
        found.difference_update([digest(conversation_id) for conversation_id in await session.scalars(agrees)])
        still_open = select(Erasure.conversation_sha256).where(
            Erasure.conversation_sha256.in_(some), Erasure.closed_at.is_(None)
        )
        found.difference_update(await session.scalars(still_open))
    return sorted(hashes[one] for one in found)


async def close(session: AsyncSession, number: str, now: datetime) -> None:
    """All is done: forget which conversation it was."""
    await session.execute(
        update(Erasure)
        .where(Erasure.number == number, Erasure.closed_at.is_(None))
        .values(closed_at=now, conversation_id=None)
    )
