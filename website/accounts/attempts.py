"""Guessing slowed down: attempts to sign in are counted for the account and for the address, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.engine import lock_until_commit
from website.accounts.models import Attempts
from website.models import digest

FORGOTTEN_AFTER = timedelta(days=1)
_LOCK = 7_301_002


@dataclass(frozen=True)
class Counted:
    """What attempts are counted for.

    Attributes:
        key: Hash of it.
        free: Attempts that may follow each other at once; after them each waits twice as long as the one before.
        longest: The longest wait.
    """

    key: str
    free: int
    longest: timedelta


def for_account(email: str) -> Counted:
    """Attempts on an account, whether it exists or not."""
    return Counted(digest(f"account:{email}"), 5, timedelta(minutes=5))


def for_address(address: str) -> Counted:
    """Attempts from a network."""
    return Counted(digest(f"address:{address}"), 30, timedelta(minutes=15))


def for_code(account_id: str) -> Counted:
    """Attempts on an account's one-time codes."""
    return Counted(digest(f"code:{account_id}"), 5, timedelta(minutes=5))


def for_link(email: str, address: str) -> tuple[Counted, Counted]:
    """Mails asked for an address, and by a network: few, so that nobody is sent mail after mail."""
    longest = timedelta(hours=1)
    return Counted(digest(f"link:{email}"), 3, longest), Counted(digest(f"links:{address}"), 20, longest)


async def admit(session: AsyncSession, counted: Sequence[Counted]) -> float:
    """Count an attempt before it is made, so that many at once are no way around.

    Returns:
        0 where it may be made, else the seconds after which it may; then it was not counted.
    """
    await session.run_sync(lambda inner: lock_until_commit(inner.connection(), _LOCK))
    now = utc_now()
    await session.execute(delete(Attempts).where(Attempts.updated_at < now - FORGOTTEN_AFTER))
    rows = [await _row(session, one.key, now) for one in counted]
    wait = max((row.blocked_until - now).total_seconds() for row in rows)
    if wait > 0:
        return wait
    for one, row in zip(counted, rows, strict=True):
        row.failures += 1
        row.updated_at = now
        if row.failures > one.free:
            doublings = min(row.failures - one.free, 20)
            row.blocked_until = now + min(one.longest, timedelta(seconds=2**doublings))
    return 0.0


async def _row(session: AsyncSession, key: str, now: datetime) -> Attempts:
    row = await session.get(Attempts, key)
    if row is None:
        row = Attempts(key=key, failures=0, blocked_until=now)
        session.add(row)
    return row


async def succeeded(session: AsyncSession, account: Counted, address: Counted) -> None:
    """Forget the failures on an account, or on its codes, once its owner came; and this attempt of the address."""
    await session.execute(delete(Attempts).where(Attempts.key == account.key))
    await session.execute(
        update(Attempts)
        .where(Attempts.key == address.key, Attempts.failures > 0)
        .values(failures=Attempts.failures - 1, blocked_until=utc_now())
    )
