"""A member's objection: the conversation is answered as before, and nothing is learnt from it."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from releases.models import ForgottenSource
from website import texts
from website.audit import record
from website.console.models import Proposal
from website.models import Conversation, Sender, digest
from website.privacy import receipts
from website.privacy.models import Kind
from website.records import Draft, append
from website.studio import undo
from website.studio.models import QuestionProposal
from website.studio.review_models import ReviewItem


async def set_objection(
    session: AsyncSession, conversation: Conversation, objects: bool, reply_to: int | None = None
) -> bool:
    """Keep whether the member objects, and say so in the conversation.

    What was learnt already goes: proposals at once, example sentences and models as after an erasure.

    Args:
        session: The transaction that locked the conversation.
        conversation: It.
        objects: Whether they do.
        reply_to: The member's message that says so, where one does.

    Returns:
        Whether anything changed.
    """
    if objects == (conversation.objected_at is not None):
        return False
    if objects:
        conversation.objected_at = utc_now()
        for kind in (Proposal, QuestionProposal, ReviewItem):
            await session.execute(delete(kind).where(kind.conversation_id == conversation.id))
        await undo.forget(session, conversation.id)
        await receipts.open_receipt(session, conversation.id, Kind.OBJECTED)
        draft = Draft(Sender.SYSTEM, texts.OBJECTED, (texts.AGREE_BUTTON,), reply_to=reply_to)
    else:
        conversation.objected_at = None
        known = digest(conversation.id)
        await session.execute(delete(ForgottenSource).where(ForgottenSource.conversation_sha256 == known))
        draft = Draft(Sender.SYSTEM, texts.AGREED, reply_to=reply_to)
    await append(session, conversation, draft)
    await record(session, None, "conversation.objected" if objects else "conversation.agreed", conversation.id)
    return True
