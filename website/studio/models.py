"""What the studio keeps in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Word, utc_now
from website.console.models import ProposalStatus


class QuestionProposal(Base):
    """A sentence that must never be misunderstood again, as an officer sees it: a regression question to be.

    Attributes:
        conversation_id: Where it comes from; with it the proposal goes away.
        seq: The member's message.
        sentence: Its text, masked.
        category: Slug of what it is about.
        account_id: Who proposes.
        status: What became of it.
    """

    __tablename__ = "question_proposal"
    __table_args__ = (
        ForeignKeyConstraint(
            ["conversation_id", "seq"], ["message.conversation_id", "message.seq"], ondelete="CASCADE"
        ),
        UniqueConstraint("conversation_id", "seq"),
        Index("ix_question_proposal_status_created_at", "status", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int]
    sentence: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str] = mapped_column(String(32))
    status: Mapped[ProposalStatus] = mapped_column(Word(ProposalStatus), default=ProposalStatus.OPEN)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
