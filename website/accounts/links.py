"""Secrets that can be used once: invitations, other passwords, the second step of signing in."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from website.accounts.models import AccountLink, Purpose
from website.models import digest

PATH = "/lien/{token}"
PASSWORD_PURPOSES = (Purpose.INVITATION, Purpose.RESET)


class LinkUsedError(LookupError):
    """The secret is unknown, used, or has expired."""


async def make(session: AsyncSession, account_id: str, purpose: Purpose, lifetime: timedelta) -> str:
    """Make a secret. Earlier ones of the account for the same purpose no longer work.

    Returns:
        The secret; only its hash is kept.
    """
    now = utc_now()
    await session.execute(delete(AccountLink).where(AccountLink.expires_at <= now))
    await session.execute(
        delete(AccountLink).where(AccountLink.account_id == account_id, AccountLink.purpose == purpose)
    )
    token = secrets.token_urlsafe(32)
    session.add(
        AccountLink(
            token_sha256=digest(token),
            account_id=account_id,
            purpose=purpose,
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    return token


async def look(session: AsyncSession, token: str, *purposes: Purpose) -> AccountLink:
    """Find a secret without using it.

    Raises:
        LinkUsedError: It does not work.
    """
    link = await session.scalar(
        select(AccountLink).where(
            AccountLink.token_sha256 == digest(token),
            AccountLink.purpose.in_(purposes),
            AccountLink.expires_at > utc_now(),
        )
    )
    if link is None:
        raise LinkUsedError
    return link


async def use(session: AsyncSession, token: str, *purposes: Purpose) -> str:
    """Use a secret up. Of several calls at once one succeeds.

    Returns:
        The account's id.

    Raises:
        LinkUsedError: It does not work, or no longer.
    """
    account_id: str | None = await session.scalar(
        delete(AccountLink)
        .where(
            AccountLink.token_sha256 == digest(token),
            AccountLink.purpose.in_(purposes),
            AccountLink.expires_at > utc_now(),
        )
        .returning(AccountLink.account_id)
    )
    if account_id is None:
        raise LinkUsedError
    return account_id


async def revoke(session: AsyncSession, account_id: str) -> None:
    """Let no secret of an account work any more."""
    await session.execute(delete(AccountLink).where(AccountLink.account_id == account_id))
