"""Accounts in the database: found, made, changed inside a transaction."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from directory.hours import today
from website.accounts.access import Role
from website.accounts.models import Account, AccountAntenna

MAX_EMAIL = 254
MAX_NAME = 80
_EMAIL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+@[\w-]+(\.[\w-]+)+")


class EmailTakenError(ValueError):
    """There is an account with this address already."""


class UnknownAccountError(LookupError):
    """There is no such account."""


def canonical_email(text: str) -> str:
    """An address as it is kept: without spaces around it, case-folded."""
    return text.strip().casefold()


def looks_like_email(text: str) -> bool:
    """Whether a text can be an address to which mail is sent."""
    return len(text) <= MAX_EMAIL and ".." not in text and _EMAIL.fullmatch(text) is not None


def bad_name(name: str) -> str:
    """Why a name is refused, in French; empty where it is not."""
    if not name.strip():
        return "Indiquez le nom : les adhérents le voient quand une personne leur répond."
    if len(name) > MAX_NAME or not name.isprintable():
        return f"Le nom doit tenir sur une ligne de {MAX_NAME} caractères au plus."
    return ""


def absence(account: Account) -> date | None:
    """The last day of an absence that is not over; None where there is none."""
    return account.away_until if account.away_until is not None and account.away_until >= today() else None


async def by_email(session: AsyncSession, email: str) -> Account | None:
    """The account of an address."""
    return await session.scalar(select(Account).where(Account.email == canonical_email(email)))


async def by_id(session: AsyncSession, account_id: str) -> Account:
    """An account.

    Raises:
        UnknownAccountError: There is none.
    """
    account = await session.get(Account, account_id)
    if account is None:
        raise UnknownAccountError(account_id)
    return account


async def create(session: AsyncSession, email: str, name: str, role: Role, antennas: Iterable[str]) -> Account:
    """Make an account that nobody can sign in with yet.

    Raises:
        EmailTakenError: The address has one.
    """
    if await by_email(session, email) is not None:
        raise EmailTakenError(email)
    account = Account(
        id=secrets.token_hex(16),
        email=canonical_email(email),
        name=name,
        role=role,
        antennas=[AccountAntenna(antenna=antenna) for antenna in sorted(set(antennas))],
    )
    session.add(account)
    await session.flush()
    return account


async def set_hash(session: AsyncSession, account_id: str, kept: str) -> None:
    """Keep another hash of an account's password."""
    await session.execute(update(Account).where(Account.id == account_id).values(password_hash=kept))


async def note_sign_in(session: AsyncSession, account_id: str) -> None:
    """Note that somebody signed in just now."""
    await session.execute(update(Account).where(Account.id == account_id).values(signed_in_at=utc_now()))
