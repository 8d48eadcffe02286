"""Trainings, models of the assistant and which one is in service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MODEL_ID = sa.String(80)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=True),
        sa.Column("go_online", sa.Boolean(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("seconds_left", sa.Double(), nullable=True),
        sa.Column("worker", sa.String(100), nullable=True),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("durations", sa.JSON(), nullable=False),
        sa.Column("model_id", MODEL_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
    )
    op.create_index("ix_training_status_asked_at", "training", ["status", "asked_at"])
    op.create_table(
        "bot_model",
        sa.Column("id", MODEL_ID, nullable=False),
        sa.Column("data_hash", sa.String(64), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bot_model")),
    )
    op.create_index("ix_bot_model_made_at", "bot_model", ["made_at"])
    op.create_table(
        "bot_model_part",
        sa.Column("model_id", MODEL_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "number", name=op.f("pk_bot_model_part")),
        _of_model("bot_model_part", "CASCADE"),
    )
    op.create_table(
        "bot_model_source",
        sa.Column("model_id", MODEL_ID, nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "conversation_id", name=op.f("pk_bot_model_source")),
        _of_model("bot_model_source", "CASCADE"),
    )
    op.create_index("ix_bot_model_source_conversation_id", "bot_model_source", ["conversation_id"])
    op.create_table(
        "forgotten_source",
        sa.Column("conversation_sha256", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_sha256", name=op.f("pk_forgotten_source")),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_id", MODEL_ID, nullable=False),
        sa.Column("account_id", sa.String(32), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        _of_model("release"),
    )
    op.create_table(
        "comparison",
        sa.Column("model_id", MODEL_ID, nullable=False),
        sa.Column("against", MODEL_ID, nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("blocked", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_comparison")),
        _of_model("comparison", "CASCADE"),
    )
    op.create_table(
        "rasa_instance",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("model_id", MODEL_ID, nullable=False),
        sa.Column("next_model_id", MODEL_ID, nullable=True),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rasa_instance")),
    )


def _of_model(table: str, on_delete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_model_id_bot_model")
    return sa.ForeignKeyConstraint(["model_id"], ["bot_model.id"], name=name, ondelete=on_delete)


def downgrade() -> None:
    """Take back."""
    for table in (
        "rasa_instance",
        "comparison",
        "release",
        "forgotten_source",
        "bot_model_source",
        "bot_model_part",
        "bot_model",
        "training",
    ):
        op.drop_table(table)
