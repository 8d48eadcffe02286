"""Sentences for the trainers to review."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "review_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("later_until", UtcDateTime(), nullable=True),
        sa.Column("locked_by", sa.String(32), nullable=True),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(32), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("category", sa.String(64), nullable=True),
        sa.Column("example", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_group")),
    )
    op.create_index("ix_review_group_status_rank", "review_group", ["status", "rank"])
    op.create_index("ix_review_group_decided_by_decided_at", "review_group", ["decided_by", "decided_at"])
    op.create_table(
        "review_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("understood", sa.JSON(), nullable=False),
        sa.Column("proposed", sa.String(64), nullable=True),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_review_item_conversation_id_seq")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["review_group.id"], name=op.f("fk_review_item_group_id_review_group"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id", "seq"],
            ["message.conversation_id", "message.seq"],
            name=op.f("fk_review_item_conversation_id_seq_message"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_review_item_group_id", "review_item", ["group_id"])
    op.create_table(
        "review_progress",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_to", UtcDateTime(), nullable=True),
        sa.Column("worker", sa.String(32), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_progress")),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("review_progress", "review_item", "review_group"):
        op.drop_table(table)
