"""Machines that do not own the data files read the lists of categories from the database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "shared_list",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_shared_list")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("shared_list")
