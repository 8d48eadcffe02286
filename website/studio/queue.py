"""The queue of sentences to review: who gets which, what they decide, how it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from website.audit import record
from website.console.models import Proposal, ProposalStatus
from website.studio.review_models import ReviewGroup, ReviewItem, Status

LOCK = timedelta(minutes=10)
"""For how long a sentence is kept for the trainer who looks at it; the open page asks for more in time."""
REST = timedelta(days=3)
"""After how long a sentence that was put off comes back."""
MOST_UNDONE = 10
"""Decisions that a trainer can take back."""


class UnknownGroupError(LookupError):
    """There is no such sentence any more."""


class TakenError(RuntimeError):
    """Somebody else looks at the sentence now."""


class DecidedError(RuntimeError):
    """The sentence was decided already, or there is nothing to take back."""


@dataclass(frozen=True)
class Task:
    """A sentence to decide.

    Attributes:
        group: It, with those near-identical.
        item: The sentence that is shown: the most telling, of these the oldest.
        others: Other sentences of the group, at most a few.
        size: How many the group holds.
    """

    group: ReviewGroup
    item: ReviewItem
    others: tuple[str, ...]
    size: int


def _has_sentences() -> ColumnElement[bool]:
    return select(ReviewItem.id).where(ReviewItem.group_id == ReviewGroup.id).exists()


def _waiting(now: datetime) -> ColumnElement[bool]:
    rested = and_(ReviewGroup.status == Status.LATER, ReviewGroup.later_until <= now)
    return and_(or_(ReviewGroup.status == Status.OPEN, rested), _has_sentences())


def _free(account_id: str, now: datetime) -> ColumnElement[bool]:
    return or_(ReviewGroup.locked_until.is_(None), ReviewGroup.locked_until <= now, ReviewGroup.locked_by == account_id)


def _next(account_id: str, now: datetime) -> Select[ReviewGroup]:
    mine = and_(ReviewGroup.locked_by == account_id, ReviewGroup.locked_until > now)
    return (
        select(ReviewGroup)
        .where(_waiting(now), _free(account_id, now))
        .order_by(
            func.coalesce(mine, False).desc(),
            ReviewGroup.rank.desc(),
            ReviewGroup.size.desc(),
            ReviewGroup.first_at,
            ReviewGroup.id,
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def claim(session: AsyncSession, account_id: str, now: datetime) -> Task | None:
    """The sentence that a trainer looks at already, else the most telling that nobody looks at; theirs for `LOCK`."""
    group = await session.scalar(_next(account_id, now))
    if group is None:
        return None
    group.locked_by, group.locked_until = account_id, now + LOCK
    await session.flush()
    return await _task(session, group)


async def _task(session: AsyncSession, group: ReviewGroup) -> Task:
    items = await _items(session, group.id)
    if not items:
        raise UnknownGroupError(group.id)
    shown = min(items, key=lambda item: (-item.rank, item.written_at, item.id))
    others = dict.fromkeys(item.sentence for item in items if item.sentence != shown.sentence)
    return Task(group, shown, tuple(others)[:3], len(items))


async def _items(session: AsyncSession, group_id: int) -> Sequence[ReviewItem]:
    return list(await session.scalars(select(ReviewItem).where(ReviewItem.group_id == group_id).limit(200)))


async def left(session: AsyncSession, now: datetime) -> int:
    """How many sentences wait for anybody's decision."""
    return await session.scalar(select(func.count()).select_from(ReviewGroup).where(_waiting(now))) or 0


async def resting(session: AsyncSession, now: datetime) -> int:
    """How many were put off and have not come back."""
    query = select(func.count()).where(
        ReviewGroup.status == Status.LATER, ReviewGroup.later_until > now, _has_sentences()
    )
    return await session.scalar(query) or 0


async def renew(session: AsyncSession, account_id: str, group_id: int, now: datetime) -> None:
    """Keep a sentence for the trainer whose page is still open.

    Raises:
        TakenError: Somebody else has it now.
        DecidedError: It was decided.
        UnknownGroupError: It is gone.
    """
    group = await held(session, account_id, group_id, now)
    group.locked_by, group.locked_until = account_id, now + LOCK


async def held(session: AsyncSession, account_id: str, group_id: int, now: datetime) -> ReviewGroup:
    """A sentence that a trainer may decide, for this transaction alone until it ends.

    Raises:
        TakenError: Somebody else looks at it.
        DecidedError: It was decided, or put off.
        UnknownGroupError: There is none, or no longer.
    """
    group = await _locked(session, group_id)
    rested = group.status is Status.LATER and group.later_until is not None and group.later_until <= now
    if group.status is not Status.OPEN and not rested:
        raise DecidedError(group_id)
    if group.locked_by != account_id and group.locked_until is not None and group.locked_until > now:
        raise TakenError(group_id)
    return group


async def _locked(session: AsyncSession, group_id: int) -> ReviewGroup:
    group = await session.get(ReviewGroup, group_id, with_for_update=True, populate_existing=True)
    if group is None:
        raise UnknownGroupError(group_id)
    return group


async def shown(session: AsyncSession, group: ReviewGroup) -> Task:
    """What a trainer decides on; its sentences cannot be erased before the transaction ends.

    Raises:
        UnknownGroupError: Its last sentence was erased.
    """
    await session.scalars(select(ReviewItem.id).where(ReviewItem.group_id == group.id).with_for_update())
    return await _task(session, group)


async def settle(
    session: AsyncSession, account_id: str, task: Task, status: Status, category: str | None, now: datetime
) -> None:
    """Note a decision on a sentence that `held` gave.

    Args:
        session: The transaction.
        account_id: Who decides.
        task: What `shown` gives of it.
        status: The decision.
        category: Slug that the sentence belongs to, where it is confirmed or corrected.
        now: The moment.
    """
    group = task.group
    group.status, group.category = status, category
    group.later_until = now + REST if status is Status.LATER else None
    group.decided_by, group.decided_at = account_id, now
    group.locked_by = group.locked_until = None
    if status is not Status.LATER:
        await _answer_proposals(session, group.id, category)
    await record(session, account_id, f"review.{status.value}", subject=str(group.id), category=category)


async def undo(session: AsyncSession, account_id: str, group_id: int, now: datetime) -> ReviewGroup:
    """Take one of a trainer's own last decisions back; they get the sentence again.

    The caller removes the example that `example` names.

    Raises:
        DecidedError: It is none of these.
        UnknownGroupError: The sentence was erased.
    """
    group = await _locked(session, group_id)
    if group.status is Status.OPEN or group_id not in [task.group.id for task in await recent(session, account_id)]:
        raise DecidedError(group_id)
    await _let_go(session, account_id, now)
    group.status, group.category, group.later_until = Status.OPEN, None, None
    group.decided_by = group.decided_at = None
    group.locked_by, group.locked_until = account_id, now + LOCK
    await _reopen_proposals(session, group.id)
    await record(session, account_id, "review.undone", subject=str(group.id))
    return group


async def _let_go(session: AsyncSession, account_id: str, now: datetime) -> None:
    await session.execute(
        update(ReviewGroup)
        .where(ReviewGroup.locked_by == account_id, ReviewGroup.locked_until > now)
        .values(locked_by=None, locked_until=None)
    )


async def recent(session: AsyncSession, account_id: str) -> list[Task]:
    """What a trainer decided last, the newest first."""
    groups = await session.scalars(
        select(ReviewGroup)
        .where(ReviewGroup.decided_by == account_id, ReviewGroup.status != Status.OPEN, _has_sentences())
        .order_by(ReviewGroup.decided_at.desc(), ReviewGroup.id.desc())
        .limit(MOST_UNDONE)
    )
    return [await _task(session, group) for group in groups]


async def _proposals(session: AsyncSession, group_id: int) -> list[Proposal]:
    return list(
        await session.scalars(
            select(Proposal)
            .join(
                ReviewItem, (ReviewItem.conversation_id == Proposal.conversation_id) & (ReviewItem.seq == Proposal.seq)
            )
            .where(ReviewItem.group_id == group_id)
        )
    )


async def _answer_proposals(session: AsyncSession, group_id: int, category: str | None) -> None:
    for proposal in await _proposals(session, group_id):
        accepted = category is not None and proposal.category == category
        proposal.status = ProposalStatus.ACCEPTED if accepted else ProposalStatus.REFUSED


async def _reopen_proposals(session: AsyncSession, group_id: int) -> None:
    for proposal in await _proposals(session, group_id):
        proposal.status = ProposalStatus.OPEN
