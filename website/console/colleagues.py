"""The people of the console, from their accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.french import spoken_date
from website.accounts.access import Role
from website.accounts.models import Account
from website.accounts.records import absence, by_email
from website.accounts.sessions import SignedIn
from website.console.officer import Officer
from website.models import Conversation


class UnknownOfficerError(LookupError):
    """Nobody of that id can take conversations."""


@dataclass(frozen=True)
class Colleague:
    """Somebody to whom a conversation can be given.

    Attributes:
        officer: Who.
        away_until: The last day of an absence that lasts today; None where present.
    """

    officer: Officer
    away_until: date | None

    @property
    def absence(self) -> str:
        """« absent jusqu’au 4 janvier », or nothing."""
        return f"absent jusqu’au {spoken_date(self.away_until)}" if self.away_until else ""


def as_officer(account: SignedIn | Account) -> Officer:
    """An account as the console knows it."""
    antennas = account.antennas
    slugs = tuple(row if isinstance(row, str) else row.antenna for row in antennas)
    return Officer(account.id, account.name, slugs, account.role is Role.ADMIN)


def _can_answer(account: Account | None) -> bool:
    """Whether somebody works with conversations, and does so today."""
    return (
        account is not None and account.role is not Role.TRAINER and not account.disabled and absence(account) is None
    )


async def all_colleagues(session: AsyncSession) -> list[Colleague]:
    """Everybody who can take conversations, by name."""
    accounts = await session.scalars(
        select(Account).where(Account.role != Role.TRAINER, Account.disabled.is_(False)).order_by(Account.name)
    )
    return [Colleague(as_officer(account), absence(account)) for account in accounts]


async def find_colleague(session: AsyncSession, name: str) -> Officer:
    """Somebody who can be given a conversation today.

    Args:
        session: The transaction.
        name: The account's id or mail address.

    Raises:
        UnknownOfficerError: There is nobody, or they are away.
    """
    account = await session.get(Account, name) or await by_email(session, name)
    if account is None or not _can_answer(account):
        raise UnknownOfficerError(name)
    return as_officer(account)


async def holder_is_absent(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether who holds a conversation cannot answer: away today, no officer any more, not let in, account gone."""
    account = await session.get(Account, conversation.officer_account) if conversation.officer_account else None
    return not _can_answer(account)


async def names(session: AsyncSession) -> dict[str, str]:
    """The name of every account, by id; also of those who left."""
    rows = await session.execute(select(Account.id, Account.name))
    return dict(rows.all())
