"""What administrators do with accounts, each inside one transaction. One administrator who can sign in always stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.engine import lock_until_commit
from directory.data import DirectoryData
from settings import Settings
from website import audit
from website.accounts import links, sessions, totp
from website.accounts.access import Role
from website.accounts.mails import tell_of_change
from website.accounts.models import Account, AccountAntenna
from website.accounts.records import (
    EmailTakenError,
    bad_name,
    by_email,
    by_id,
    canonical_email,
    create,
    looks_like_email,
)

_LOCK = 7_301_003
_PLAIN = ("name", "role", "contact", "away_until", "disabled")


class LastAdministratorError(ValueError):
    """Nobody who can sign in would be administrator any more."""


class StillEnabledError(ValueError):
    """Only an account that was disabled can be removed."""


@dataclass(frozen=True)
class Wanted:
    """What an account is to be.

    Attributes:
        contact: Id of the person in the directory, or None.
    """

    email: str
    name: str
    role: Role
    antennas: tuple[str, ...]
    contact: str | None = None
    away_until: date | None = None
    disabled: bool = False


def faults(wanted: Wanted, directory: DirectoryData | None) -> dict[str, str]:
    """What is wrong with it, in French, by field; empty where nothing is."""
    found: dict[str, str] = {}
    if not looks_like_email(canonical_email(wanted.email)):
        found["email"] = "Ce n’est pas une adresse électronique."
    error = bad_name(wanted.name)
    if error:
        found["name"] = error
    antennas = {one.slug for one in directory.antennas} if directory else set()
    contacts = {one.id for one in directory.contacts} if directory else set()
    if set(wanted.antennas) - antennas:
        found["antennas"] = "Une de ces antennes n’est plus dans l’annuaire : décochez-la."
    elif wanted.role is Role.OFFICER and not wanted.antennas:
        found["antennas"] = "Cochez au moins une antenne : un chargé de mission répond à ses adhérents."
    if wanted.contact is not None and wanted.contact not in contacts:
        found["contact"] = "Cette personne n’est plus dans l’annuaire."
    return found


async def all_accounts(session: AsyncSession) -> Sequence[Account]:
    """Everybody, by name; those who are disabled last."""
    return (await session.scalars(select(Account).order_by(Account.disabled, func.lower(Account.name)))).all()


async def invite(session: AsyncSession, by: str, wanted: Wanted) -> Account:
    """Make an account; the caller sends the link.

    Args:
        session: The transaction.
        by: Id of the administrator.
        wanted: What it is to be.

    Raises:
        EmailTakenError: The address has an account.
    """
    account = await create(session, wanted.email, wanted.name, wanted.role, wanted.antennas)
    account.contact = wanted.contact
    await audit.record(session, by, "account.invited", subject=account.id, role=wanted.role.value)
    return account


async def change(session: AsyncSession, by: str, account_id: str, wanted: Wanted) -> Account:
    """Change an account. One that is disabled is signed out at once, and its links no longer work.

    Args:
        session: The transaction.
        by: Id of the administrator.
        account_id: Whose.
        wanted: What it is to be.

    Raises:
        UnknownAccountError: There is none.
        EmailTakenError: The new address has an account.
        LastAdministratorError: It is the last administrator's, who would be one no longer.
    """
    await session.run_sync(lambda inner: lock_until_commit(inner.connection(), _LOCK))
    account = await by_id(session, account_id)
    if account.role is Role.ADMIN and (wanted.role is not Role.ADMIN or wanted.disabled):
        await _check_another_administrator(session, account)
    email = canonical_email(wanted.email)
    if email != account.email and await by_email(session, email) is not None:
        raise EmailTakenError(email)
    fields = [name for name in _PLAIN if getattr(wanted, name) != getattr(account, name)]
    if email != account.email:
        fields.append("email")
        await links.revoke(session, account.id)
    if set(wanted.antennas) != {one.antenna for one in account.antennas}:
        fields.append("antennas")
        account.antennas = [AccountAntenna(antenna=slug) for slug in sorted(set(wanted.antennas))]
    if wanted.disabled and not account.disabled:
        await sessions.end_all(session, account.id)
        await links.revoke(session, account.id)
    account.email, account.name, account.role = email, wanted.name, wanted.role
    account.contact, account.away_until, account.disabled = wanted.contact, wanted.away_until, wanted.disabled
    if fields:
        await audit.record(session, by, "account.changed", subject=account.id, fields=fields)
    await session.flush()
    return account


async def remove(session: AsyncSession, by: str, account_id: str) -> None:
    """Remove an account that was disabled before.

    Raises:
        UnknownAccountError: There is none.
        StillEnabledError: It was not disabled before.
    """
    account = await by_id(session, account_id)
    if not account.disabled:
        raise StillEnabledError(account_id)
    await session.delete(account)
    await audit.record(session, by, "account.removed", subject=account_id)


async def sign_out(session: AsyncSession, by: str, account_id: str) -> None:
    """End all sessions of somebody.

    Raises:
        UnknownAccountError: There is no such account.
    """
    account = await by_id(session, account_id)
    await sessions.end_all(session, account.id)
    await audit.record(session, by, "session.ended_by_administrator", subject=account.id)


async def forget_codes(session: AsyncSession, by: str, account_id: str, *, settings: Settings) -> Account:
    """Turn the one-time codes of somebody off who lost both telephone and recovery codes.

    Args:
        session: The transaction.
        by: Id of the administrator.
        account_id: Whose codes.
        settings: For the mail that tells of it.

    Raises:
        UnknownAccountError: There is no such account.
    """
    account = await by_id(session, account_id)
    await totp.turn_off(session, account)
    await audit.record(session, by, "code.off", subject=account.id)
    what = "Un administrateur a désactivé la double authentification de votre compte."
    await tell_of_change(session, settings, account, what)
    return account


async def _check_another_administrator(session: AsyncSession, account: Account) -> None:
    others = await session.scalar(
        select(func.count())
        .select_from(Account)
        .where(
            Account.role == Role.ADMIN,
            Account.disabled.is_(False),
            or_(Account.password_hash.is_not(None), Account.signed_in_at.is_not(None)),
            Account.id != account.id,
        )
    )
    if not others:
        raise LastAdministratorError(account.id)
