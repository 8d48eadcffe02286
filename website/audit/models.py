"""The rows of the audit log. The database itself refuses to change one, and to delete one of the last 365 days."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, utc_now


class AuditEntry(Base):
    """Something that somebody did.

    Attributes:
        account_id: Who; None where nobody was signed in. No foreign key: the entry outlives the account.
        action: A word such as `account.invited`.
        conversation_id: To which conversation; no foreign key: the entry outlives it.
        subject: To what else: an account, an antenna, a file's name.
        details: Ids and short words, never a text that somebody wrote.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_account_id_id", "account_id", "id"),
        Index("ix_audit_entry_conversation_id_id", "conversation_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    account_id: Mapped[str | None] = mapped_column(String(32), default=None)
    action: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[str | None] = mapped_column(String(32), default=None)
    subject: Mapped[str | None] = mapped_column(String(100), default=None)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
