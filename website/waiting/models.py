"""What is kept so that nobody waits unseen. All but hashes of addresses is deleted with the conversation."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Word, utc_now


class CodePurpose(StrEnum):
    """What a code in a mail is for."""

    RESUME = "resume"
    STOP = "stop"


class WaitingAlert(Base):
    """Whom to tell, and when, that a conversation waits.

    Attributes:
        antenna: Slug of the antenna for which this was planned.
        officer_account: Id of the officer who has it and lets the member wait; None where nobody has it.
        since: When the waiting began for it; part of the mails' keys.
        antenna_due: When its officers are told, or the one who has it; None once they were.
        head_office_due: When the head office is told; None once it was.
    """

    __tablename__ = "waiting_alert"

    handoff_id: Mapped[int] = mapped_column(
        ForeignKey("handoff.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    antenna: Mapped[str | None] = mapped_column(String(64), default=None)
    officer_account: Mapped[str | None] = mapped_column(String(32), default=None)
    since: Mapped[datetime]
    antenna_due: Mapped[datetime | None] = mapped_column(index=True, default=None)
    head_office_due: Mapped[datetime | None] = mapped_column(index=True, default=None)


class MemberReach(Base):
    """How the member of a conversation can be reached elsewhere, as they left it.

    Attributes:
        email: Address, or None.
        phone: Telephone number as shown, or None.
        answer_seq: The first officer's message that the member may not have seen and no mail tells of.
        answer_at: When it was written; None where there is none.
    """

    __tablename__ = "member_reach"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), default=None)
    phone: Mapped[str | None] = mapped_column(String(32), default=None)
    answer_seq: Mapped[int | None] = mapped_column(default=None)
    answer_at: Mapped[datetime | None] = mapped_column(index=True, default=None)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now, onupdate=utc_now)


class ConversationAddress(Base):
    """An address that was left in a conversation, also where it was taken back.

    Attributes:
        confirmed_at: When somebody opened a link from a mail to it.
    """

    __tablename__ = "conversation_address"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    address_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MailedAddress(Base):
    """What counts for an address whatever the conversation, by its hash; outlives conversations.

    Attributes:
        stopped_at: When its owner asked for no more mails.
        day: The last day with a mail.
        mails: How many on that day.
    """

    __tablename__ = "mailed_address"

    address_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    stopped_at: Mapped[datetime | None] = mapped_column(default=None)
    day: Mapped[date | None] = mapped_column(default=None)
    mails: Mapped[int] = mapped_column(default=0)


class MailCode(Base):
    """A code in a mail's link, kept as its hash.

    Attributes:
        used_at: When a code that works once was used.
    """

    __tablename__ = "mail_code"
    __table_args__ = (Index("ix_mail_code_conversation_id_address_sha256", "conversation_id", "address_sha256"),)

    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    address_sha256: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[CodePurpose] = mapped_column(Word(CodePurpose))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MemberToken(Base):
    """A further token of a conversation, given for a code; the first one stays valid."""

    __tablename__ = "member_token"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class MemberSeen(Base):
    """The last officer's message that a client of the member's has."""

    __tablename__ = "member_seen"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int]


class Rating(Base):
    """What a member thinks of an exchange with a person; a row from the moment the question is put.

    Attributes:
        handoff_id: The exchange; None where it is not known.
        useful: The answer; None until it comes.
        text: A sentence that may come with it.
    """

    __tablename__ = "rating"
    __table_args__ = (Index("ix_rating_conversation_id_asked_at", "conversation_id", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    handoff_id: Mapped[int | None] = mapped_column(
        ForeignKey("handoff.id", ondelete="CASCADE"), index=True, default=None
    )
    asked_at: Mapped[datetime] = mapped_column(default=utc_now)
    useful: Mapped[bool | None] = mapped_column(default=None)
    text: Mapped[str | None] = mapped_column(Text, default=None)
    rated_at: Mapped[datetime | None] = mapped_column(default=None)
