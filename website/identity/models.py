"""What the host website declared of a conversation's member. It is deleted with the conversation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, utc_now

LONGEST = 200
"""Characters of a declared text."""


class DeclaredIdentity(Base):
    """Who the host website says that the member is. The member did not say it, and we did not check it ourselves.

    Attributes:
        subject: The member's id at the host website.
        company: Name of the company.
        name: Name of the member, or None.
        commune_code: INSEE code of the company's commune; None where the site named none that exists.
        commune_name: Its name.
    """

    __tablename__ = "declared_identity"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(LONGEST))
    company: Mapped[str] = mapped_column(String(LONGEST))
    name: Mapped[str | None] = mapped_column(String(LONGEST), default=None)
    commune_code: Mapped[str | None] = mapped_column(String(5), default=None)
    commune_name: Mapped[str | None] = mapped_column(String, default=None)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
