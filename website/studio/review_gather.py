"""The task that looks for sentences to review in what was said since the last look."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.engine import lock_until_commit
from database.storage import Storage
from understanding.catalogue import current_catalogue
from website.background import Background
from website.console.models import Proposal, ProposalStatus
from website.models import Conversation, Message, State
from website.privacy import masked
from website.rasa import Rasa, RasaAwayError
from website.studio.grouping import Groups
from website.studio.review_models import RANKS, Reason, ReviewGroup, ReviewItem, ReviewProgress, Status
from website.studio.review_reasons import Found, kept_understanding, worth_a_look

logger = logging.getLogger(__name__)

POLL_SECONDS = 5.0
FAULT_SECONDS = 30.0
LEASE = timedelta(minutes=5)
OVERLAP = timedelta(minutes=2)
"""How far back each look goes: a transaction may end some time after the moment that it writes down."""
AT_ONCE = 100
"""Conversations that are read, and sentences that are masked, at a time."""
_KNOWN_FOR = timedelta(days=30)
"""A sentence that is near-identical to one decided since then is not asked about again."""
_LOCK = 7_301_013
"""Key of the lock that lets one site at a time group sentences on PostgreSQL."""
_DECIDED = (Status.CONFIRMED, Status.CORRECTED, Status.DISCARDED)

Key = tuple[str, int]


@dataclass(frozen=True)
class Candidate:
    """A sentence that is to stand in the queue."""

    key: Key
    text: str
    found: Found
    proposed: str | None


class Gatherer(Background):
    """Fills the queue.

    Args:
        storage: Where conversations and queue are.
        rasa: Masks names; while it is away nothing is queued.
        now: The clock, in UTC.
    """

    def __init__(self, storage: Storage, rasa: Rasa, now: Callable[[], datetime] = utc_now) -> None:
        self._storage = storage
        self._rasa = rasa
        self._now = now
        self._name = secrets.token_hex(16)

    async def _run(self) -> None:
        away = False
        while True:
            pause = POLL_SECONDS
            try:
                await self.look()
                away = False
            except RasaAwayError as error:
                logger.log(logging.DEBUG if away else logging.INFO, "names cannot be masked now: %s", error)
                away, pause = True, FAULT_SECONDS
            except Exception:
                logger.exception("sentences to review cannot be looked for; it is tried again")
                pause = FAULT_SECONDS
            await asyncio.sleep(pause)

    async def look(self) -> None:
        """One look at all that is new, unless another site looks.

        Raises:
            RasaAwayError: Names cannot be masked now; the same is looked at again next time.
        """
        progress = await self._lease()
        if progress is None:
            return
        started = self._now()
        since = progress.seen_to - OVERLAP if progress.seen_to else None
        after: tuple[datetime, str] | None = None
        while True:
            page = await self._said_since(since, after)
            if page:
                await self._take_in([conversation_id for _, conversation_id in page])
                after = page[-1]
            seen = page[-1][0] if len(page) == AT_ONCE else started
            if not await self._note(seen):
                return
            if len(page) < AT_ONCE:
                break
        await self._take_in(await self._with_new_proposals())
        async with self._storage.write() as session:
            await tidy(session)

    async def _lease(self) -> ReviewProgress | None:
        now = self._now()
        async with self._storage.write() as session:
            await session.run_sync(lambda inner: lock_until_commit(inner.connection(), _LOCK))
            progress = await session.get(ReviewProgress, 1)
            if progress is None:
                progress = ReviewProgress(id=1)
                session.add(progress)
            elif progress.worker != self._name and progress.leased_until > now:
                return None
            progress.worker, progress.leased_until = self._name, now + LEASE
            return progress

    async def _note(self, seen_to: datetime) -> bool:
        """Keep how far the look has come; False where another site has taken over."""
        async with self._storage.write() as session:
            mine = await session.scalar(
                update(ReviewProgress)
                .where(ReviewProgress.worker == self._name)
                .values(seen_to=seen_to, leased_until=self._now() + LEASE)
                .returning(ReviewProgress.id)
            )
        return mine is not None

    async def _said_since(
        self, since: datetime | None, after: tuple[datetime, str] | None
    ) -> list[tuple[datetime, str]]:
        place = (Conversation.last_message_at, Conversation.id)
        query = select(*place).where(Conversation.state.in_(list(State))).order_by(*place).limit(AT_ONCE)
        if since is not None:
            query = query.where(Conversation.last_message_at >= since)
        if after is not None:
            query = query.where(tuple_(*place) > tuple_(*after))
        async with self._storage.read() as session:
            return [(row[0], row[1]) for row in await session.execute(query)]

    async def _with_new_proposals(self) -> list[str]:
        async with self._storage.read() as session:
            found = await session.scalars(
                select(Proposal.conversation_id)
                .outerjoin(
                    ReviewItem,
                    (ReviewItem.conversation_id == Proposal.conversation_id) & (ReviewItem.seq == Proposal.seq),
                )
                .where(
                    Proposal.status == ProposalStatus.OPEN,
                    or_(ReviewItem.id.is_(None), func.coalesce(ReviewItem.proposed, "") != Proposal.category),
                )
                .distinct()
                .limit(AT_ONCE)
            )
            return list(found)

    async def _take_in(self, conversations: Sequence[str]) -> None:
        """Queue what is worth a look in some conversations, and what is new about what is queued already."""
        async with self._storage.read() as session:
            candidates = await _candidates(session, conversations)
            queued = await _queued(session, conversations)
        new = [candidate for candidate in candidates if candidate.key not in queued]
        sentences: list[str] = []
        for start in range(0, len(new), AT_ONCE):
            part = [masked(candidate.text) for candidate in new[start : start + AT_ONCE]]
            sentences += await self._rasa.mask(part)
        if candidates:
            async with self._storage.write() as session:
                await session.run_sync(lambda inner: lock_until_commit(inner.connection(), _LOCK))
                known = dict(zip((candidate.key for candidate in new), sentences))
                await _queue(session, candidates, known, self._now())


async def _candidates(session: AsyncSession, conversations: Sequence[str]) -> list[Candidate]:
    proposals = await session.scalars(
        select(Proposal).where(Proposal.conversation_id.in_(conversations), Proposal.status == ProposalStatus.OPEN)
    )
    proposed: dict[str, dict[int, str]] = {}
    for proposal in proposals:
        proposed.setdefault(proposal.conversation_id, {})[proposal.seq] = proposal.category
    messages: dict[str, list[Message]] = {}
    for message in await session.scalars(
        select(Message)
        .where(Message.conversation_id.in_(await _may_be_learnt_from(session, conversations)))
        .order_by(Message.conversation_id, Message.seq)
    ):
        messages.setdefault(message.conversation_id, []).append(message)
    return [
        Candidate((id_, found.message.seq), found.message.text, found, proposed.get(id_, {}).get(found.message.seq))
        for id_, said in messages.items()
        for found in worth_a_look(said, current_catalogue(), proposed.get(id_, {}))
    ]


async def _may_be_learnt_from(session: AsyncSession, conversations: Sequence[str]) -> list[str]:
    """Those of some conversations whose members do not object to their sentences being used."""
    query = select(Conversation.id).where(Conversation.id.in_(conversations), Conversation.objected_at.is_(None))
    return list(await session.scalars(query))


async def _queued(session: AsyncSession, conversations: Sequence[str]) -> dict[Key, ReviewItem]:
    items = await session.scalars(select(ReviewItem).where(ReviewItem.conversation_id.in_(conversations)))
    return {(item.conversation_id, item.seq): item for item in items}


async def _queue(
    session: AsyncSession, candidates: Sequence[Candidate], sentences: dict[Key, str], now: datetime
) -> None:
    queued = await _queued(session, [candidate.key[0] for candidate in candidates])
    groups = await _groups(session, now)
    usable = await _usable(session, sentences)
    for candidate in candidates:
        item = queued.get(candidate.key)
        if item is not None:
            await _renew(session, item, candidate)
        elif candidate.key in usable and sentences[candidate.key].strip():
            await _add(session, candidate, sentences[candidate.key], groups)


async def _usable(session: AsyncSession, keys: Iterable[Key]) -> set[Key]:
    """Those of some messages that are still there and may be learnt from; masking took a while."""
    ids = await _may_be_learnt_from(session, [key[0] for key in keys])
    rows = await session.execute(select(Message.conversation_id, Message.seq).where(Message.conversation_id.in_(ids)))
    return {(row[0], row[1]) for row in rows}


async def _groups(session: AsyncSession, now: datetime) -> Groups:
    rows = await session.execute(
        select(ReviewItem.sentence, ReviewItem.group_id)
        .join(ReviewGroup, ReviewGroup.id == ReviewItem.group_id)
        .where(or_(ReviewGroup.status.not_in(_DECIDED), ReviewGroup.decided_at > now - _KNOWN_FOR))
        .order_by(ReviewItem.id)
    )
    return Groups((sentence, group) for sentence, group in rows)


async def _add(session: AsyncSession, candidate: Candidate, sentence: str, groups: Groups) -> None:
    message = candidate.found.message
    item = ReviewItem(
        conversation_id=message.conversation_id,
        seq=message.seq,
        sentence=sentence,
        reasons=list(candidate.found.reasons),
        understood=kept_understanding(message.understanding),
        proposed=candidate.proposed,
        written_at=message.created_at,
    )
    near = groups.find(sentence)
    group = await session.get(ReviewGroup, near) if near is not None else None
    if group is not None and group.status in _DECIDED and Reason.CORRECTED in candidate.found.reasons:
        group = None  # an officer says more than was known when it was decided
    if group is None:
        group = await _new_group(session, item)
    else:
        group.size += 1
        group.rank = max(group.rank, item.rank)
        group.first_at = min(group.first_at, item.written_at)
    item.group_id = group.id
    session.add(item)
    await session.flush()
    groups.add(sentence, group.id)


async def _new_group(session: AsyncSession, item: ReviewItem) -> ReviewGroup:
    group = ReviewGroup(rank=item.rank, size=1, first_at=item.written_at)
    session.add(group)
    await session.flush()
    return group


async def _renew(session: AsyncSession, item: ReviewItem, candidate: Candidate) -> None:
    """Note what is new about a sentence; where it was decided, it is asked about again if an officer corrects it."""
    reasons = sorted({*item.reasons, *candidate.found.reasons}, key=lambda reason: -RANKS[Reason(reason)])
    corrected = candidate.proposed is not None and candidate.proposed != item.proposed
    if list(reasons) == item.reasons and not corrected:
        return
    item.reasons, item.proposed = [str(reason) for reason in reasons], candidate.proposed or item.proposed
    group = await session.get_one(ReviewGroup, item.group_id)
    if group.status not in _DECIDED:
        group.rank = max(group.rank, item.rank)
    elif corrected:
        group.size -= 1
        item.group_id = (await _new_group(session, item)).id


async def tidy(session: AsyncSession) -> None:
    """Forget sentences of members who object to their use, and groups whose last sentence is gone."""
    objecting = select(Conversation.id).where(Conversation.objected_at.is_not(None))
    await session.execute(delete(ReviewItem).where(ReviewItem.conversation_id.in_(objecting)))
    left = select(ReviewItem.id).where(ReviewItem.group_id == ReviewGroup.id).exists()
    await session.execute(delete(ReviewGroup).where(~left))
