"""Which officers are told of a conversation that waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from website.accounts.access import Role
from website.accounts.models import Account, AccountAntenna


def _present(day: date) -> tuple[ColumnElement[bool], ...]:
    """Who works with conversations, and does so on a day."""
    return (
        Account.role.in_((Role.OFFICER, Role.ADMIN)),
        Account.disabled.is_(False),
        or_(Account.away_until.is_(None), Account.away_until < day),
    )


async def officer(session: AsyncSession, account_id: str | None, day: date) -> Sequence[Account]:
    """The officer of an account; nobody where it is no officer's any more, or the person is away on a day."""
    if account_id is None:
        return ()
    return (await session.scalars(select(Account).where(Account.id == account_id, *_present(day)))).all()


async def at_antenna(session: AsyncSession, antenna: str | None, day: date) -> Sequence[Account]:
    """The officers of an antenna who are not away on a day."""
    if antenna is None:
        return ()
    found = await session.scalars(
        select(Account)
        .join(AccountAntenna, AccountAntenna.account_id == Account.id)
        .where(AccountAntenna.antenna == antenna, *_present(day))
        .order_by(Account.email)
    )
    return found.all()


async def administrators(session: AsyncSession, day: date) -> Sequence[Account]:
    """The administrators who are not away on a day: the last to be told, where nobody else is."""
    found = await session.scalars(
        select(Account).where(Account.role == Role.ADMIN, *_present(day)).order_by(Account.email)
    )
    return found.all()
