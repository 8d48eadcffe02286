"""The outbox as the database keeps it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, utc_now


class OutboxMail(Base):
    """A mail that is to be sent, was sent, or was given up.

    Attributes:
        to: The one address that it goes to.
        text: Its plain text; empty once it was sent or given up.
        kind: One word: what the mail is for.
        key: Names the mail, so that the same one is never queued twice.
        conversation_id: The conversation that it is about; the mail is erased with it.
        not_before: When it may be taken up; while somebody sends it, when somebody else may.
        attempts: How often it was taken up.
        last_error: One word: why the last attempt failed.
        given_up_at: When it turned out that it will never be delivered.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (Index("ix_outbox_mail_due", "sent_at", "given_up_at", "not_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    conversation_id: Mapped[str | None] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True, default=None
    )
    not_before: Mapped[datetime] = mapped_column(default=utc_now)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(64), default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    given_up_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
