"""What closing teaches: a sentence that the assistant should have understood, kept for the trainers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.french import typeset
from understanding.catalogue import Catalogue
from website.audit import record
from website.console.models import Proposal, ProposalStatus
from website.console.officer import NotAllowedError, Officer, may_read
from website.models import Message, Sender
from website.privacy import masked
from website.records import locked

CONTEXT_MESSAGES = 3
"""Messages before the sentence that are kept with it."""
_SPEAKERS = {
    Sender.MEMBER: "Adhérent",
    Sender.BOT: "Assistant",
    Sender.OFFICER: "Chargé de mission",
    Sender.SYSTEM: "Message du guichet",
}


class MemberObjectsError(RuntimeError):
    """The member does not want anything to be learnt from the conversation."""


class ProposalError(ValueError):
    """There is nothing to be learned from that message, or nothing of that name to be understood."""


async def learnable(
    session: AsyncSession, officer: Officer, conversation_id: str, seq: int, category: str, catalogue: Catalogue
) -> Message:
    """The member's message that something shall be learned from; the conversation is locked.

    Args:
        session: The transaction.
        officer: Who says so.
        conversation_id: The conversation.
        seq: The member's message.
        category: Slug of a category or a conversation intent.
        catalogue: Holds both.

    Raises:
        UnknownConversationError: There is no such conversation.
        NotAllowedError: The officer may not read it.
        MemberObjectsError: Nothing may be learnt from it.
        ProposalError: No typed message of the member's has that number, or nothing is called so.
    """
    conversation = await locked(session, conversation_id)
    if not may_read(officer, conversation):
        raise NotAllowedError
    if conversation.objected_at is not None:
        raise MemberObjectsError
    message = await session.get(Message, (conversation_id, seq))
    if message is None or message.sender is not Sender.MEMBER or message.payload is not None:
        raise ProposalError(seq)
    if category not in catalogue.intents:
        raise ProposalError(category)
    return message


async def propose(
    session: AsyncSession, officer: Officer, conversation_id: str, seq: int, category: str, catalogue: Catalogue
) -> Proposal:
    """Keep what a message should have been understood as; once more for the same message: the latter counts.

    Args:
        session: The transaction.
        officer: Who says so.
        conversation_id: The conversation.
        seq: The member's message.
        category: Slug of a category or a conversation intent.
        catalogue: Holds both.

    Raises:
        UnknownConversationError: There is no such conversation.
        NotAllowedError: The officer may not read it.
        MemberObjectsError: Nothing may be learnt from it.
        ProposalError: No typed message of the member's has that number, or nothing is called so.
    """
    message = await learnable(session, officer, conversation_id, seq, category, catalogue)
    found = await session.scalar(
        select(Proposal).where(Proposal.conversation_id == conversation_id, Proposal.seq == seq)
    )
    proposal = found or Proposal(conversation_id=conversation_id, seq=seq)
    proposal.sentence = masked(message.text)
    proposal.context = await _context(session, conversation_id, seq)
    proposal.category, proposal.account_id, proposal.status = category, officer.id, ProposalStatus.OPEN
    session.add(proposal)
    await session.flush()
    await record(session, officer.id, "proposal.made", conversation_id, proposal=proposal.id, category=category)
    return proposal


async def _context(session: AsyncSession, conversation_id: str, seq: int) -> str:
    before = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.seq < seq)
        .order_by(Message.seq.desc())
        .limit(CONTEXT_MESSAGES)
    )
    lines = [f"{_SPEAKERS[message.sender]} : {masked(message.text)}" for message in before]
    return typeset("\n".join(reversed(lines)))
