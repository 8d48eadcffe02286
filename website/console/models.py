"""What officers add to conversations. All that belongs to one is deleted with it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Word, utc_now
from website.models import Outcome


class Origin(StrEnum):
    """Who brought a person into a conversation."""

    MEMBER = "member"
    OFFICER = "officer"


class ProposalStatus(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Handoff(Base):
    """One « mise en relation »: from the moment a person is asked for until the conversation leaves their hands.

    Attributes:
        origin: Whether the member asked, or an officer stepped in.
        antenna: Slug of the antenna that had it when it was first answered; before that, that has it.
        category: Slug of the category of the last contact named before.
        handed_at: When it began.
        claimed_at: When the first officer took it.
        first_answer_at: When a person first answered.
        answer_seconds: From `handed_at` to `first_answer_at`, counting only the antenna's opening hours.
        closed_at: When it ended; None while it lasts.
        outcome: With what it ended.
        account_id: Id of the officer who had it last.
    """

    __tablename__ = "handoff"
    __table_args__ = (
        Index("ix_handoff_handed_at_antenna", "handed_at", "antenna"),
        Index("ix_handoff_conversation_id_closed_at", "conversation_id", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    origin: Mapped[Origin] = mapped_column(Word(Origin))
    antenna: Mapped[str | None] = mapped_column(String(64), default=None)
    category: Mapped[str | None] = mapped_column(String(64), default=None)
    handed_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None] = mapped_column(default=None)
    first_answer_at: Mapped[datetime | None] = mapped_column(default=None)
    answer_seconds: Mapped[int | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome), default=None)
    account_id: Mapped[str | None] = mapped_column(String(32), default=None)


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


class SearchDocument(Base):
    """The words of a conversation, folded, for the full-text search: what member and officers wrote, and notes.

    SQLite keeps the table `search_index` (FTS5) beside it by triggers, PostgreSQL an index of the words in `text`;
    both stand in the migration.
    """

    __tablename__ = "search_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), unique=True)
    text: Mapped[str] = mapped_column(Text)
