"""A training that failed and is needed is tried again, at a moment that the studio shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("training", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("training", sa.Column("due_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("training") as table:
        table.drop_column("due_at")
        table.drop_column("failures")
