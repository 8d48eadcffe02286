"""Regression questions that officers propose from a conversation, and what trainers make of them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from understanding.catalogue import Catalogue
from website.audit import record
from website.console.models import ProposalStatus
from website.console.officer import Officer
from website.console.proposals import learnable
from website.privacy import masked
from website.studio.models import QuestionProposal


async def propose_question(
    session: AsyncSession, officer: Officer, conversation_id: str, seq: int, category: str, catalogue: Catalogue
) -> QuestionProposal:
    """Keep a message that must never be misunderstood again; once more for the same message: the latter counts.

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
        select(QuestionProposal).where(QuestionProposal.conversation_id == conversation_id, QuestionProposal.seq == seq)
    )
    proposal = found or QuestionProposal(conversation_id=conversation_id, seq=seq)
    proposal.sentence, proposal.category = masked(message.text), category
    proposal.account_id, proposal.status = officer.id, ProposalStatus.OPEN
    session.add(proposal)
    await session.flush()
    await record(session, officer.id, "question.proposed", conversation_id, seq=seq, category=category)
    return proposal


async def open_proposals(session: AsyncSession) -> list[QuestionProposal]:
    """Those that wait for a trainer, the oldest first."""
    query = select(QuestionProposal).where(QuestionProposal.status == ProposalStatus.OPEN)
    return list(await session.scalars(query.order_by(QuestionProposal.created_at, QuestionProposal.id)))
