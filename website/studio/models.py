"""What the studio keeps in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
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


class StudioUndo(Base):
    """Something that a trainer may take back for a while.

    Attributes:
        token: Names it.
        account_id: Who did it, and alone may take it back.
        done: What was done, in French.
        category: Slug of the subject on whose page it was done.
        change: What became of the sentences, as `corpus.kept` writes it.
        created_at: When.
    """

    __tablename__ = "studio_undo"
    __table_args__ = (Index("ix_studio_undo_account_id_created_at", "account_id", "created_at"),)

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32))
    done: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(64))
    change: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class StudioUndoSource(Base):
    """A conversation of which something that may be taken back holds a sentence: it goes when that is erased."""

    __tablename__ = "studio_undo_source"
    __table_args__ = (Index("ix_studio_undo_source_conversation_id", "conversation_id"),)

    token: Mapped[str] = mapped_column(ForeignKey("studio_undo.token", ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(32), primary_key=True)
