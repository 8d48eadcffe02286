"""The lists of conversations and their counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from website.console.filters import PAGE_SIZE, Box, Course, Filters
from website.console.officer import Officer
from website.identity.models import DeclaredIdentity
from website.models import Conversation, Message, Sender, State
from website.search import highlighted, mentions, search_words
from website.waiting.models import Rating

RECENT = timedelta(hours=24)
"""How long a conversation with the assistant counts as going on."""


@dataclass(frozen=True)
class Line:
    """A conversation in a list.

    Attributes:
        conversation: It.
        text: The member's last words.
        company: The member's, as the host website declares it; empty where it declares none.
        excerpt: Pieces around the words searched for, with whether each is one; None where nothing was.
    """

    conversation: Conversation
    text: str
    company: str = ""
    excerpt: Sequence[tuple[str, bool]] | None = None


@dataclass(frozen=True)
class Inbox:
    """A page of a list."""

    filters: Filters
    lines: tuple[Line, ...]
    more: bool


def readable(officer: Officer) -> ColumnElement[bool]:
    """Which conversations an officer may read; the same as `officer.may_read`."""
    if officer.admin:
        return Conversation.last_seq > 0
    return or_(Conversation.state == State.BOT, Conversation.handed_at.is_not(None))


def at_antennas(officer: Officer) -> ColumnElement[bool]:
    """Those of the officer's antennas; of all where they have none."""
    return Conversation.antenna.in_(officer.antennas) if officer.antennas else Conversation.last_seq > 0


def _in_box(box: Box, officer: Officer) -> ColumnElement[bool]:
    open_ones = Conversation.state.in_((State.WAITING, State.OFFICER))
    mine = and_(Conversation.officer_account == officer.id, Conversation.state == State.OFFICER)
    return {
        Box.WAITING: Conversation.state == State.WAITING,
        Box.MINE: mine,
        Box.ANTENNA: and_(open_ones, at_antennas(officer)),
        Box.BOT: Conversation.state == State.BOT,
        Box.CLOSED: Conversation.state == State.CLOSED,
        Box.ALL: Conversation.last_seq > 0,
    }[box]


def _order(box: Box) -> tuple[ColumnElement[Any], ...]:
    if box is Box.WAITING:
        return (Conversation.waiting_since.asc(), Conversation.id.asc())
    if box in (Box.MINE, Box.ANTENNA):
        nobody_waits = Conversation.waiting_since.is_(None)
        return (nobody_waits.asc(), Conversation.waiting_since.asc(), Conversation.last_message_at.desc())
    if box is Box.CLOSED:
        return (Conversation.closed_at.desc(), Conversation.id.asc())
    return (Conversation.last_message_at.desc(), Conversation.id.asc())


def went(course: Course) -> ColumnElement[bool]:
    """Which conversations went a way; each in which the member wrote went exactly one."""
    handed, named = Conversation.handed_at.is_not(None), Conversation.category.is_not(None)
    wrote = Conversation.last_member_seq > 0
    return {
        Course.ALONE: and_(wrote, not_(handed), named),
        Course.HANDED: and_(wrote, handed),
        Course.UNFINISHED: and_(wrote, not_(handed), not_(named)),
    }[course]


def conditions(session: AsyncSession, filters: Filters, officer: Officer) -> list[ColumnElement[bool]]:
    """What the conversations of a list fulfil.

    Args:
        session: Says which database it is.
        filters: The list.
        officer: Who looks.
    """
    chosen = [_in_box(filters.box, officer), readable(officer)]
    if filters.category:
        chosen.append(Conversation.category == filters.category)
    if filters.antenna:
        chosen.append(Conversation.home_antenna == filters.antenna)
    if filters.near:
        chosen.append(Conversation.near_antenna == filters.near)
    if filters.course:
        chosen.append(went(filters.course))
    if filters.officer:
        chosen.append(or_(Conversation.officer_account == filters.officer, Conversation.closed_by == filters.officer))
    since, before = filters.span
    if since:
        chosen.append(Conversation.created_at >= since)
    if before:
        chosen.append(Conversation.created_at < before)
    if filters.rating:
        rated = select(Rating.conversation_id).where(Rating.useful.is_(filters.rating == "utile"))
        chosen.append(Conversation.id.in_(rated))
    words = search_words(filters.words)
    if words:
        chosen.append(mentions(session, words))
    return chosen


async def read_inbox(session: AsyncSession, filters: Filters, officer: Officer) -> Inbox:
    """A page of a list.

    Args:
        session: A session for reading.
        filters: Which.
        officer: Who looks.
    """
    found = await session.scalars(
        select(Conversation)
        .where(*conditions(session, filters, officer))
        .order_by(*_order(filters.box))
        .limit(PAGE_SIZE + 1)
        .offset((filters.page - 1) * PAGE_SIZE)
    )
    conversations = found.all()
    shown = await _with_last_words(session, conversations[:PAGE_SIZE])
    words = search_words(filters.words)
    if words and shown:
        shown = await _with_excerpts(session, shown, words)
    return Inbox(filters, tuple(shown), len(conversations) > PAGE_SIZE)


async def _with_last_words(session: AsyncSession, conversations: Sequence[Conversation]) -> list[Line]:
    """What the member last typed in each; a pressed button says little."""
    ids = [conversation.id for conversation in conversations]
    last = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_(ids), Message.sender == Sender.MEMBER, Message.payload.is_(None))
        .group_by(Message.conversation_id)
        .subquery()
    )
    rows = await session.execute(
        select(Message.conversation_id, Message.text).join(
            last, and_(Message.conversation_id == last.c.conversation_id, Message.seq == last.c.seq)
        )
    )
    texts = dict(rows.all())
    declared = await session.execute(
        select(DeclaredIdentity.conversation_id, DeclaredIdentity.company).where(
            DeclaredIdentity.conversation_id.in_(ids)
        )
    )
    companies = dict(declared.all())
    return [
        Line(conversation, texts.get(conversation.id, ""), companies.get(conversation.id, ""))
        for conversation in conversations
    ]


async def _with_excerpts(session: AsyncSession, lines: list[Line], words: list[str]) -> list[Line]:
    messages: defaultdict[str, list[Message]] = defaultdict(list)
    for message in await session.scalars(
        select(Message)
        .where(
            Message.conversation_id.in_([line.conversation.id for line in lines]),
            Message.sender.in_((Sender.MEMBER, Sender.OFFICER)),
        )
        .order_by(Message.conversation_id, Message.seq)
    ):
        messages[message.conversation_id].append(message)
    return [replace(line, excerpt=highlighted(messages[line.conversation.id], words) or ()) for line in lines]


@dataclass(frozen=True)
class Counts:
    """How many conversations each list holds.

    Attributes:
        boxes: By list; those with the assistant count for a day after their last message.
        urgent: How many wait for this officer: at their antennas, or in their hands with an unanswered word or not
            looked at yet.
    """

    boxes: dict[Box, int]
    urgent: int


async def count(session: AsyncSession, officer: Officer, now: datetime | None = None) -> Counts:
    """Count the lists that an officer works through; closed and all conversations are not counted.

    Args:
        session: A session for reading.
        officer: Who looks.
        now: The moment.
    """
    now = now or utc_now()
    waiting = Conversation.state == State.WAITING
    mine = _in_box(Box.MINE, officer)
    wanted = {
        Box.WAITING: (waiting,),
        Box.MINE: (mine,),
        Box.ANTENNA: (_in_box(Box.ANTENNA, officer),),
        Box.BOT: (Conversation.state == State.BOT, Conversation.last_message_at >= now - RECENT),
    }
    queries = [select(func.count()).select_from(Conversation).where(*which) for which in wanted.values()]
    queries.append(select(func.count()).select_from(Conversation).where(waiting, at_antennas(officer)))
    queries.append(select(func.count()).select_from(Conversation).where(mine, Conversation.waiting_since.is_not(None)))
    row = (await session.execute(select(*(query.scalar_subquery() for query in queries)))).one()
    numbers = [int(number or 0) for number in row]
    return Counts(dict(zip(wanted, numbers)), numbers[-2] + numbers[-1])
