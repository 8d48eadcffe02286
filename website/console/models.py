"""What officers add to conversations. All that belongs to one is deleted with it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Word, utc_now


class ProposalStatus(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Note(Base):
    """A private note of an officer's; the member never sees it."""

    __tablename__ = "note"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    account_id: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str | None] = mapped_column(String(100), default=None)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class CannedText(Base):
    """A text to insert into answers, with variables in braces; of one antenna, or of all where that is None."""

    __tablename__ = "canned_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    antenna: Mapped[str | None] = mapped_column(String(64), default=None)


class SavedView(Base):
    """A list with filters that an officer keeps under a name; it goes away with the account."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(Text)


class Proposal(Base):
    """A sentence that the assistant should have understood, as an officer sees it; personal data are masked.

    Attributes:
        conversation_id: Where it comes from; with it the proposal goes away.
        seq: The member's message.
        sentence: Its text, masked.
        context: What was said before it, masked.
        category: Slug of the category or conversation intent that it should have been.
        account_id: Who proposes.
        status: What became of it.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        ForeignKeyConstraint(
            ["conversation_id", "seq"], ["message.conversation_id", "message.seq"], ondelete="CASCADE"
        ),
        UniqueConstraint("conversation_id", "seq"),
        Index("ix_proposal_status_created_at", "status", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int]
    sentence: Mapped[str] = mapped_column(Text)
    context: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str] = mapped_column(String(32))
    status: Mapped[ProposalStatus] = mapped_column(Word(ProposalStatus), default=ProposalStatus.OPEN)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
