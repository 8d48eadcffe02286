"""What a member leaves to be reached: kept, read back, taken back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from website.models import Conversation, State
from website.waiting.addresses import hashed
from website.waiting.models import ConversationAddress, MailedAddress, MemberReach

MAX_ADDRESSES = 3
"""Different addresses that may be left in one conversation."""


class NobodyAwaitedError(RuntimeError):
    """No person was asked for, so that nobody would use what is left."""


class TooManyAddressesError(RuntimeError):
    """One address more than a conversation may name."""


class StoppedAddressError(RuntimeError):
    """The owner of the address wants no mail of ours."""


@dataclass(frozen=True)
class Reach:
    """How a member can be reached.

    Attributes:
        email: Address, or None.
        phone: Telephone number, or None.
        confirmed: Whether a link from a mail to the address was opened.
    """

    email: str | None = None
    phone: str | None = None
    confirmed: bool = False


async def read(session: AsyncSession, conversation_id: str) -> Reach:
    """What was left in a conversation; empty where nothing was."""
    row = await session.get(MemberReach, conversation_id)
    if row is None:
        return Reach()
    return Reach(
        row.email, row.phone, row.email is not None and await is_confirmed(session, conversation_id, row.email)
    )


async def is_confirmed(session: AsyncSession, conversation_id: str, email: str) -> bool:
    """Whether somebody opened a link from a mail to this address, in this conversation."""
    address = await session.get(ConversationAddress, (conversation_id, hashed(email)))
    return address is not None and address.confirmed_at is not None


async def leave(session: AsyncSession, conversation: Conversation, email: str | None, phone: str | None) -> None:
    """Keep how a member can be reached, in place of what was left before.

    Args:
        session: The transaction that locked the conversation.
        conversation: It.
        email: As `read_email` gives it, or None.
        phone: As `read_phone` gives it, or None.

    Raises:
        NobodyAwaitedError: No person was asked for.
        TooManyAddressesError: The conversation named enough different addresses.
        StoppedAddressError: The address must not be written to.
    """
    if conversation.state not in (State.WAITING, State.OFFICER):
        raise NobodyAwaitedError(conversation.id)
    if email is not None:
        await _admit(session, conversation.id, hashed(email))
    row = await session.get(MemberReach, conversation.id)
    if row is None:
        row = MemberReach(conversation_id=conversation.id)
        session.add(row)
    row.email, row.phone = email, phone


async def _admit(session: AsyncSession, conversation_id: str, address: str) -> None:
    if await is_stopped(session, address):
        raise StoppedAddressError(conversation_id)
    if await session.get(ConversationAddress, (conversation_id, address)) is not None:
        return
    number = await session.scalar(
        select(func.count())
        .select_from(ConversationAddress)
        .where(ConversationAddress.conversation_id == conversation_id)
    )
    if (number or 0) >= MAX_ADDRESSES:
        raise TooManyAddressesError(conversation_id)
    session.add(ConversationAddress(conversation_id=conversation_id, address_sha256=address))


async def is_stopped(session: AsyncSession, address: str) -> bool:
    """Whether the owner of an address (given by its hash) wants no mail of ours."""
    row = await session.get(MailedAddress, address)
    return row is not None and row.stopped_at is not None


async def take_back(session: AsyncSession, conversation_id: str) -> None:
    """Forget how a member can be reached."""
    await session.execute(delete(MemberReach).where(MemberReach.conversation_id == conversation_id))
