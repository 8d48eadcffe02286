"""What the database counts. Only conversations, handoffs and ratings are read, never messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Case, ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from website.console.filters import Course
from website.console.inbox import went
from website.models import Conversation, Handoff
from website.statistics.period import Choice, Month
from website.waiting.models import Rating


@dataclass(frozen=True)
class Cell:
    """A month, an antenna and a category (None where a conversation has none)."""

    month: Month
    antenna: str | None
    category: str | None


@dataclass(frozen=True)
class Remote:
    """How many conversations came from around an antenna on a category."""

    near: str
    category: str
    number: int


def _month(choice: Choice) -> Case[int]:
    """The number of the month in which a conversation began, counted from the first chosen; None before that."""
    months = [*choice.months, choice.last.plus(1)]
    starts = [(Conversation.created_at >= month.begins, number) for number, month in enumerate(months)]
    return case(*reversed(starts))


def _course() -> Case[str]:
    return case(*((went(course), course.value) for course in Course))


def _chosen(choice: Choice) -> list[ColumnElement[bool]]:
    """What the conversations fulfil; the same as `website.console.inbox` understands from a figure's address."""
    chosen = [
        Conversation.created_at >= choice.first.begins,
        Conversation.created_at < choice.last.plus(1).begins,
        Conversation.last_member_seq > 0,
    ]
    if choice.antenna:
        chosen.append(Conversation.home_antenna == choice.antenna)
    if choice.category:
        chosen.append(Conversation.category == choice.category)
    return chosen


def _also(choice: Choice, antenna: InstrumentedAttribute[str | None]) -> list[ColumnElement[bool]]:
    """What else than the months is chosen, for queries that begin elsewhere than with the conversations."""
    chosen: list[ColumnElement[bool]] = []
    if choice.antenna:
        chosen.append(antenna == choice.antenna)
    if choice.category:
        chosen.append(Conversation.category == choice.category)
    return chosen


async def courses(session: AsyncSession, choice: Choice) -> list[tuple[Cell, Course, int]]:
    """How many conversations went which way, by month, antenna and category."""
    month, course = _month(choice).label("month"), _course().label("course")
    rows = await session.execute(
        select(month, Conversation.home_antenna, Conversation.category, course, func.count())
        .where(*_chosen(choice))
        .group_by(month, Conversation.home_antenna, Conversation.category, course)
    )
    months = choice.months
    return [
        (Cell(months[number], antenna, category), Course(way), count) for number, antenna, category, way, count in rows
    ]


async def first_answers(session: AsyncSession, choice: Choice) -> list[tuple[Cell, int]]:
    """Seconds in opening hours until a person first answered, one for each handoff that was answered.

    A handoff counts for the antenna that answered; one of a conversation that went on elsewhere too.
    """
    # Narrowed to the months by the handoffs, and exactly afterwards; SQLite would else begin with all conversations.
    query = (
        select(_month(choice), Handoff.antenna, Conversation.category, Handoff.answer_seconds)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(
            Handoff.handed_at >= choice.first.begins,
            Handoff.answer_seconds.is_not(None),
            *_also(choice, Handoff.antenna),
        )
    )
    months = choice.months
    return [
        (Cell(months[number], antenna, category), seconds or 0)
        for number, antenna, category, seconds in (await session.execute(query)).all()
        if number is not None and number < len(months)
    ]


async def ratings(session: AsyncSession, choice: Choice) -> list[tuple[Cell, bool, int]]:
    """How many members found an exchange useful, and how many did not."""
    month = _month(choice).label("month")
    rows = await session.execute(
        select(month, Conversation.home_antenna, Conversation.category, Rating.useful, func.count())
        .join(Conversation, Conversation.id == Rating.conversation_id)
        .where(Rating.asked_at >= choice.first.begins, Rating.useful.is_not(None))
        .where(*_also(choice, Conversation.home_antenna))
        .group_by(month, Conversation.home_antenna, Conversation.category, Rating.useful)
    )
    months = choice.months
    return [
        (Cell(months[number], antenna, category), bool(useful), count)
        for number, antenna, category, useful, count in rows
        if number is not None and number < len(months)
    ]


async def by_nearest(session: AsyncSession, choice: Choice) -> Sequence[Remote]:
    """How many conversations came from around each antenna, by category."""
    everywhere = Choice(choice.first, choice.last, category=choice.category)
    query = (
        select(Conversation.near_antenna, Conversation.category, func.count())
        .where(*_chosen(everywhere), Conversation.near_antenna.is_not(None), Conversation.category.is_not(None))
        .group_by(Conversation.near_antenna, Conversation.category)
    )
    if choice.antenna:
        query = query.where(Conversation.near_antenna == choice.antenna)
    return [Remote(near or "", category or "", number) for near, category, number in await session.execute(query)]
