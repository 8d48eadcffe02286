"""Sentences to review, as the database keeps them: masked, grouped, with what a trainer decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Word, utc_now


class Reason(StrEnum):
    """Why a sentence is worth a look; the first tells most."""

    CORRECTED = "corrected"
    REFUSED = "refused"
    UNSURE = "unsure"
    OUT_OF_SCOPE = "out_of_scope"


RANKS = {Reason.CORRECTED: 3, Reason.REFUSED: 2, Reason.UNSURE: 1, Reason.OUT_OF_SCOPE: 1}
"""The higher, the earlier it is shown."""


class Status(StrEnum):
    """What became of a group."""

    OPEN = "open"
    LATER = "later"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    DISCARDED = "discarded"


class ReviewGroup(Base):
    """Near-identical sentences, decided together.

    Attributes:
        status: What became of it.
        rank: The highest of its sentences' `RANKS`.
        size: How many sentences it holds.
        first_at: When the oldest was written.
        later_until: Until when it rests, in status `later`.
        locked_by: Id of the account that looks at it.
        locked_until: Until when nobody else gets it.
        decided_by: Id of the account that decided, or put it off.
        decided_at: When.
        category: Slug that was decided.
        example: Id of the example that the decision wrote; None where it wrote none.
    """

    __tablename__ = "review_group"
    __table_args__ = (
        Index("ix_review_group_status_rank", "status", "rank"),
        Index("ix_review_group_decided_by_decided_at", "decided_by", "decided_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[Status] = mapped_column(Word(Status), default=Status.OPEN)
    rank: Mapped[int]
    size: Mapped[int]
    first_at: Mapped[datetime]
    later_until: Mapped[datetime | None] = mapped_column(default=None)
    locked_by: Mapped[str | None] = mapped_column(String(32), default=None)
    locked_until: Mapped[datetime | None] = mapped_column(default=None)
    decided_by: Mapped[str | None] = mapped_column(String(32), default=None)
    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    category: Mapped[str | None] = mapped_column(String(64), default=None)
    example: Mapped[str | None] = mapped_column(String(64), default=None)


class ReviewItem(Base):
    """One sentence of a member's; it goes away with its message.

    Attributes:
        group_id: The group that it belongs to.
        conversation_id: Where it comes from.
        seq: The member's message.
        sentence: Its text, masked.
        reasons: Values of `Reason`, the most telling first.
        understood: The three likeliest subjects and the decision, as Rasa gave them.
        proposed: Slug that an officer proposes.
        written_at: When the member wrote it.
    """

    __tablename__ = "review_item"
    __table_args__ = (
        ForeignKeyConstraint(
            ["conversation_id", "seq"], ["message.conversation_id", "message.seq"], ondelete="CASCADE"
        ),
        UniqueConstraint("conversation_id", "seq"),
        Index("ix_review_item_group_id", "group_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("review_group.id", ondelete="CASCADE"))
    conversation_id: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int]
    sentence: Mapped[str] = mapped_column(Text)
    reasons: Mapped[list[str]] = mapped_column(JSON)
    understood: Mapped[dict[str, Any]] = mapped_column(JSON)
    proposed: Mapped[str | None] = mapped_column(String(64), default=None)
    written_at: Mapped[datetime]

    @property
    def rank(self) -> int:
        """The highest of its reasons'."""
        return max(RANKS[Reason(reason)] for reason in self.reasons)


class ReviewProgress(Base):
    """How far the conversations were looked through, and by which site; one row.

    Attributes:
        seen_to: All that was said before that was looked at.
        worker: Who looks; the others let it.
        leased_until: Until when.
    """

    __tablename__ = "review_progress"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    seen_to: Mapped[datetime | None] = mapped_column(default=None)
    worker: Mapped[str | None] = mapped_column(String(32), default=None)
    leased_until: Mapped[datetime] = mapped_column(default=utc_now)
