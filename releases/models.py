"""Trainings, models and what is in service, as the database keeps them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Word, utc_now


class TrainingStatus(StrEnum):
    """How far a training is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TrainingCause(StrEnum):
    """Why a training was asked for."""

    ASKED = "asked"
    ERASURE = "erasure"
    START = "start"


class Training(Base):
    """One training, from the wish to its end.

    Attributes:
        cause: Why.
        account_id: Who asked for it; None where the system did.
        go_online: Whether its model takes over by itself (after an erasure).
        stage: What it does at the moment, as a key of `releases.stages`.
        progress: Share of the whole that is done, from 0 to 1.
        seconds_left: An estimate; None where there is none.
        overdue: Whether it takes longer than earlier ones, so that the estimate says nothing any more.
        worker: Which supervisor runs it.
        heartbeat_at: When that supervisor last said so.
        cancel_asked: Whether it shall end without a model.
        message: Why it failed, one French sentence for trainers.
        log: Its last lines.
        durations: Seconds that each stage took, by its key; from them the next training's time is foretold.
        model_id: What came out of it.
        failures: How many trainings failed in a row before, each of which this one replaces.
        due_at: Before when it is not taken up; None where at once.
    """

    __tablename__ = "training"
    __table_args__ = (Index("ix_training_status_asked_at", "status", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[TrainingStatus] = mapped_column(Word(TrainingStatus), default=TrainingStatus.QUEUED)
    cause: Mapped[TrainingCause] = mapped_column(Word(TrainingCause), default=TrainingCause.ASKED)
    account_id: Mapped[str | None] = mapped_column(String(32), default=None)
    go_online: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime] = mapped_column(default=utc_now)
    started_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    stage: Mapped[str] = mapped_column(String(40), default="")
    progress: Mapped[float] = mapped_column(default=0.0)
    seconds_left: Mapped[float | None] = mapped_column(default=None)
    overdue: Mapped[bool] = mapped_column(default=False, server_default=false())
    worker: Mapped[str | None] = mapped_column(String(100), default=None)
    heartbeat_at: Mapped[datetime | None] = mapped_column(default=None)
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(Text, default="")
    log: Mapped[str] = mapped_column(Text, default="")
    durations: Mapped[dict[str, float]] = mapped_column(JSON, default=dict)
    model_id: Mapped[str | None] = mapped_column(String(80), default=None)
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(default=None)


class BotModel(Base):
    """A trained model.

    Attributes:
        id: Name of its archive without ending, such as « modele-20261127-105822-3f2a9c1d7b44 ».
        data_hash: SHA-256 over the data that it was made from.
        code_hash: SHA-256 over the code that it was made with; another code cannot serve it.
        sha256: Of the archive.
        signature: HMAC-SHA-256 over id and hashes (`releases.signing`).
        size: Of the archive, in bytes.
        made_at: When it was trained.
        account_id: Who asked for it; None where the system did.
        figures: How well it understands held-out examples, as `releases.figures` writes it.
        retired_at: Since when it may not go online again (it holds a sentence that was erased); None while it may.
    """

    __tablename__ = "bot_model"
    __table_args__ = (Index("ix_bot_model_made_at", "made_at"),)

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    data_hash: Mapped[str] = mapped_column(String(64))
    code_hash: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(default=utc_now)
    account_id: Mapped[str | None] = mapped_column(String(32), default=None)
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    retired_at: Mapped[datetime | None] = mapped_column(default=None)


class BotModelPart(Base):
    """A piece of a model's archive, for instances that did not train it."""

    __tablename__ = "bot_model_part"

    model_id: Mapped[str] = mapped_column(ForeignKey("bot_model.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class BotModelSource(Base):
    """A conversation of which a model has learnt a sentence."""

    __tablename__ = "bot_model_source"
    __table_args__ = (Index("ix_bot_model_source_conversation_id", "conversation_id"),)

    model_id: Mapped[str] = mapped_column(ForeignKey("bot_model.id", ondelete="CASCADE"), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class ForgottenSource(Base):
    """A conversation of which no model may hold a sentence any more.

    A training that began before the erasure ends after it: its model is refused by this.

    Attributes:
        conversation_sha256: Hash of the conversation's id, as hexadecimal digits.
    """

    __tablename__ = "forgotten_source"

    conversation_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=utc_now)


class Release(Base):
    """A decision that a model be in service; the latest one counts.

    Attributes:
        model_id: The model.
        account_id: Who decided; None where the system did.
        reason: Why it goes online although a regression question fails; empty where none does.
    """

    __tablename__ = "release"

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[str] = mapped_column(ForeignKey("bot_model.id"))
    account_id: Mapped[str | None] = mapped_column(String(32), default=None)
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(default=utc_now)


class Comparison(Base):
    """The release note: a new model beside the one that was in service.

    Attributes:
        model_id: The new model.
        against: The other; None where there was none.
        content: What `releases.notes` found.
        blocked: How many regression questions failed when they were put to it; `releases.notes.holding_back` says which
            of them still stand.
    """

    __tablename__ = "comparison"

    model_id: Mapped[str] = mapped_column(ForeignKey("bot_model.id", ondelete="CASCADE"), primary_key=True)
    against: Mapped[str | None] = mapped_column(String(80), default=None)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    blocked: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(default=utc_now)


class RasaInstance(Base):
    """What the Rasa of one machine serves.

    Attributes:
        name: Host and port, as the supervisor knows them.
        model_id: The model that answers there.
        next_model_id: The model that is being started there; None while nothing changes.
        heartbeat_at: When its supervisor last said so.
        trouble: Why the next model did not start, one French sentence; empty where all is well.
    """

    __tablename__ = "rasa_instance"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    model_id: Mapped[str] = mapped_column(String(80))
    next_model_id: Mapped[str | None] = mapped_column(String(80), default=None)
    heartbeat_at: Mapped[datetime] = mapped_column(default=utc_now)
    trouble: Mapped[str] = mapped_column(Text, default="")


class SharedList(Base):
    """A list of the data files, for machines that do not own them (`releases.lists`).

    Attributes:
        name: Of the file, in the data folder.
        content: What it says.
        changed_at: When it last said something else.
    """

    __tablename__ = "shared_list"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)
