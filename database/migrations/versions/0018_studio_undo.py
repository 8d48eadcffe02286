"""What trainers may take back for a day, and whose sentences it holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "studio_undo",
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_studio_undo")),
    )
    op.create_index("ix_studio_undo_account_id_created_at", "studio_undo", ["account_id", "created_at"])
    op.create_table(
        "studio_undo_source",
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["token"], ["studio_undo.token"], name=op.f("fk_studio_undo_source_token_studio_undo"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", "conversation_id", name=op.f("pk_studio_undo_source")),
    )
    op.create_index("ix_studio_undo_source_conversation_id", "studio_undo_source", ["conversation_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("studio_undo_source")
    op.drop_table("studio_undo")
