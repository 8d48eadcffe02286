"""Erasures as the database keeps them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Word, utc_now


class Kind(StrEnum):
    """Why data go away.

    Attributes:
        ASKED: The member erased the conversation.
        EXPIRED: It was kept as long as it may be.
        OBJECTED: The member keeps the conversation, but nothing may be learnt from it.
    """

    ASKED = "asked"
    EXPIRED = "expired"
    OBJECTED = "objected"


class Erasure(Base):
    """A receipt: open until nothing is left anywhere. A closed one says when and how much, never what.

    Attributes:
        number: Random; what the member is given.
        kind: Why.
        conversation_id: The conversation while something of it is left; None once the receipt is closed.
        conversation_sha256: Its hash: a backup that is restored loses what was erased since.
        noted_at: When the hash was written down beside the backups.
        forgotten_at: When Rasa had forgotten it; at once where Rasa keeps it.
        retired_at: When the models that hold a sentence of it were last retired.
        cleaned_at: When the example files held nothing of it any more.
        training_id: The training whose model takes over from one that held a sentence of it; None where none did.
        closed_at: When all was done; None while it is not.
        messages: How many messages were deleted.
        examples: How many example sentences.
        questions: How many regression questions.
        models: How many models were retired.
    """

    __tablename__ = "erasure"

    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[Kind] = mapped_column(Word(Kind), default=Kind.ASKED)
    conversation_id: Mapped[str | None] = mapped_column(String(32), index=True, default=None)
    conversation_sha256: Mapped[str] = mapped_column(String(64), index=True)
    asked_at: Mapped[datetime] = mapped_column(default=utc_now)
    noted_at: Mapped[datetime | None] = mapped_column(default=None)
    forgotten_at: Mapped[datetime | None] = mapped_column(default=None)
    retired_at: Mapped[datetime | None] = mapped_column(default=None)
    cleaned_at: Mapped[datetime | None] = mapped_column(default=None)
    training_id: Mapped[int | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(index=True, default=None)
    messages: Mapped[int] = mapped_column(default=0)
    examples: Mapped[int] = mapped_column(default=0)
    questions: Mapped[int] = mapped_column(default=0)
    models: Mapped[int] = mapped_column(default=0)


class RetentionRun(Base):
    """What was deleted on a day because it had been kept long enough.

    Attributes:
        day: In UTC.
        started_at: When somebody last took it up.
        finished_at: When it was done; None while it is not.
        counts: How many rows of each kind.
    """

    __tablename__ = "retention_run"

    day: Mapped[date] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
