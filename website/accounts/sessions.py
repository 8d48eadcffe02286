"""Sessions: who is signed in, by the secret in a cookie; kept in the database, so that several sites share them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.storage import Storage
from settings import Settings
from website.accounts.access import Role
from website.accounts.models import Account, AccountSession
from website.models import digest

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """Who calls.

    Attributes:
        id: Of the account.
        antennas: Slugs, in alphabetical order.
        csrf: What unsafe calls of this session carry.
        session: Hash that names the session.
    """

    id: str
    name: str
    email: str
    role: Role
    antennas: tuple[str, ...]
    csrf: str
    session: str


@dataclass(frozen=True)
class Lifetime:
    """How long sessions last.

    Attributes:
        idle: Without any call.
        longest: However often it is used.
    """

    idle: timedelta
    longest: timedelta

    @classmethod
    def of(cls, settings: Settings) -> Lifetime:
        """As the settings say."""
        return cls(timedelta(hours=settings.session_idle_hours), timedelta(hours=settings.session_hours))

    def ended(self, now: datetime) -> tuple[datetime, datetime]:
        """Sessions not seen since the first moment, or that expire before the second, have ended."""
        return now - self.idle, now


async def begin(session: AsyncSession, account_id: str, device: str, lifetime: Lifetime) -> str:
    """Sign somebody in. What has ended is cleared away.

    Returns:
        The secret for the cookie; only its hash is kept.
    """
    now = utc_now()
    await clear_away(session, lifetime)
    token = secrets.token_urlsafe(32)
    session.add(
        AccountSession(
            token_sha256=digest(token),
            account_id=account_id,
            csrf=secrets.token_urlsafe(32),
            device=device,
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime.longest,
        )
    )
    return token


async def find(storage: Storage, token: str, lifetime: Lifetime) -> SignedIn | None:
    """Whose session a secret is; None where it has ended or the account may no longer sign in."""
    name = digest(token)
    found = await _read(storage, name, lifetime)
    if found is None:
        return None
    account, seen_at = found
    if utc_now() - seen_at > _SEEN_EVERY:
        async with storage.write() as session:
            await session.execute(
                update(AccountSession).where(AccountSession.token_sha256 == name).values(seen_at=utc_now())
            )
    return account


async def look(storage: Storage, name: str, lifetime: Lifetime) -> SignedIn | None:
    """The session of a hash as it is now, or None as for `find`; that somebody looks is no use of it."""
    found = await _read(storage, name, lifetime)
    return found[0] if found else None


async def _read(storage: Storage, name: str, lifetime: Lifetime) -> tuple[SignedIn, datetime] | None:
    now = utc_now()
    async with storage.read() as session:
        row = (
            await session.execute(
                select(AccountSession, Account)
                .join(Account, Account.id == AccountSession.account_id)
                .where(AccountSession.token_sha256 == name, Account.disabled.is_(False))
            )
        ).one_or_none()
    if row is None:
        return None
    found, account = row
    idle, end = lifetime.ended(now)
    if found.seen_at < idle or found.expires_at <= end:
        return None
    antennas = tuple(row.antenna for row in account.antennas)
    somebody = SignedIn(account.id, account.name, account.email, account.role, antennas, found.csrf, name)
    return somebody, found.seen_at


async def end(session: AsyncSession, name: str) -> None:
    """End a session by its hash."""
    await session.execute(delete(AccountSession).where(AccountSession.token_sha256 == name))


async def end_all(session: AsyncSession, account_id: str, *, but: str | None = None) -> None:
    """End all sessions of an account.

    Args:
        session: The transaction.
        account_id: Whose.
        but: Hash of the one that goes on.
    """
    ended = delete(AccountSession).where(AccountSession.account_id == account_id)
    await session.execute(ended if but is None else ended.where(AccountSession.token_sha256 != but))


async def clear_away(session: AsyncSession, lifetime: Lifetime) -> None:
    """Delete what has ended."""
    idle, now = lifetime.ended(utc_now())
    await session.execute(
        delete(AccountSession).where(or_(AccountSession.seen_at < idle, AccountSession.expires_at <= now))
    )
