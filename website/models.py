"""Conversations as the database keeps them. Deleting a conversation deletes all that belongs to it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Word, utc_now

Json = JSON(none_as_null=True)


class State(StrEnum):
    """Who answers in a conversation."""

    BOT = "bot"
    WAITING = "waiting"
    OFFICER = "officer"
    CLOSED = "closed"


class Sender(StrEnum):
    """Who wrote a message."""

    MEMBER = "member"
    BOT = "bot"
    OFFICER = "officer"
    SYSTEM = "system"


class Outcome(StrEnum):
    """With what a person's work on a conversation ended: the first six an officer chooses, the others happen."""

    RESOLVED = "resolved"
    REDIRECTED = "redirected"
    UNREACHABLE = "unreachable"
    DUPLICATE = "duplicate"
    OFF_TOPIC = "off_topic"
    SPAM = "spam"
    RELEASED = "released"
    RESUMED = "resumed"
    ENDED = "ended"


class Origin(StrEnum):
    """Who brought a person into a conversation."""

    MEMBER = "member"
    OFFICER = "officer"


def digest(secret: str) -> str:
    """SHA-256 in hexadecimal: how tokens are kept and payloads are looked up."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


_UNANSWERED = text("last_member_seq > answered_to")


class Conversation(Base):
    """A conversation of one member.

    Attributes:
        id: Public, random.
        token_sha256: Hash of the member's token; the token itself is kept nowhere.
        state: Who answers.
        antenna: Slug of the antenna that it was handed to; no foreign key, since a directory may change.
        officer: Name of the officer who answers, in state `officer`; who did until it was closed, in state `closed`.
        last_seq: The last number that a message took.
        last_member_seq: The last number of a message of the member's.
        answered_to: The last member's message that is fully answered.
        outage_told: Whether the member was told that the assistant cannot be reached, and it still cannot.
        officer_account: Id of the officer who answers, in state `officer`; no foreign key, as with the antenna.
        handed_at: When it was last put into a person's hands; None where the assistant had it all along.
        waiting_since: Since when the member has waited for a person's word; None where nobody waits.
        claimed_at: When the officer who answers took it.
        first_answer_at: When a person first answered since `handed_at`.
        closed_at: When it was closed; None where it is open.
        closed_by: Id of the officer who closed it; None where the member did.
        outcome: With what a person's work on it last ended.
        category: Slug of the category of the last contact named.
        supposed_category: Slug of the likeliest category of the last question, whether or not somebody was named.
        near_antenna: Slug of the antenna nearest to the member, as the last contact named says.
        home_antenna: Slug of the antenna that it was last handed to; before that, where the last contact named works.
        place_code: INSEE code of the commune that the member, or a contact, named last without doubt.
        place_name: Its name.
        last_message_at: When the last message came, whoever wrote it.
        last_member_at: When the member last wrote.
        objected_at: Since when nothing of it may be used to improve the assistant; None where that is allowed.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_created_at", "created_at"),
        Index("ix_conversation_updated_at", "updated_at"),
        Index("ix_conversation_unanswered", "updated_at", sqlite_where=_UNANSWERED, postgresql_where=_UNANSWERED),
        Index("ix_conversation_state_antenna", "state", "antenna"),
        Index("ix_conversation_state_waiting_since", "state", "waiting_since"),
        Index("ix_conversation_state_last_message_at", "state", "last_message_at"),
        Index("ix_conversation_state_closed_at", "state", "closed_at"),
        Index("ix_conversation_officer_account_state", "officer_account", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[State] = mapped_column(Word(State), default=State.BOT)
    antenna: Mapped[str | None] = mapped_column(String(64), default=None)
    officer: Mapped[str | None] = mapped_column(String, default=None)
    last_seq: Mapped[int] = mapped_column(default=0)
    last_member_seq: Mapped[int] = mapped_column(default=0)
    answered_to: Mapped[int] = mapped_column(default=0)
    outage_told: Mapped[bool] = mapped_column(default=False)
    officer_account: Mapped[str | None] = mapped_column(String(32), default=None)
    handed_at: Mapped[datetime | None] = mapped_column(default=None)
    waiting_since: Mapped[datetime | None] = mapped_column(default=None)
    claimed_at: Mapped[datetime | None] = mapped_column(default=None)
    first_answer_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_by: Mapped[str | None] = mapped_column(String(32), default=None)
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome), default=None)
    category: Mapped[str | None] = mapped_column(String(64), default=None)
    supposed_category: Mapped[str | None] = mapped_column(String(64), default=None)
    near_antenna: Mapped[str | None] = mapped_column(String(64), default=None)
    home_antenna: Mapped[str | None] = mapped_column(String(64), default=None)
    place_code: Mapped[str | None] = mapped_column(String(5), default=None)
    place_name: Mapped[str | None] = mapped_column(String, default=None)
    last_message_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_member_at: Mapped[datetime | None] = mapped_column(default=None)
    objected_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)


class Message(Base):
    """One message, numbered within its conversation.

    Attributes:
        seq: From 1 on, without gaps.
        reply_to: The member's message that this one answers.
        client_id: The sending client's own id, so that a repeated call stores nothing twice.
        payload: What a pressed button carries; its title is the text.
        understanding: What Rasa understood of a member's message.
        attempts: How often a member's message was handed to Rasa without an answer.
        account: Id of the officer who wrote it; None for all others.
    """

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sender: Mapped[Sender] = mapped_column(Word(Sender))
    text: Mapped[str] = mapped_column(Text)
    reply_to: Mapped[int | None] = mapped_column(default=None)
    client_id: Mapped[str | None] = mapped_column(String(100), default=None)
    payload: Mapped[str | None] = mapped_column(Text, default=None)
    buttons: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    contact: Mapped[dict[str, Any] | None] = mapped_column(Json, default=None)
    understanding: Mapped[dict[str, Any] | None] = mapped_column(Json, default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    account: Mapped[str | None] = mapped_column(String(32), default=None)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Offer(Base):
    """A payload that a button of a conversation offered; it stays valid as long as the conversation."""

    __tablename__ = "offer"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    payload_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(Text)


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


class SearchDocument(Base):
    """The words of a conversation, folded, for the full-text search: what member and officers wrote, and notes.

    SQLite keeps the table `search_index` (FTS5) beside it by triggers, PostgreSQL an index of the words in `text`;
    both stand in the migration.
    """

    __tablename__ = "search_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), unique=True)
    text: Mapped[str] = mapped_column(Text)
