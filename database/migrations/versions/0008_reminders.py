"""Who has a conversation and lets its member wait is reminded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("waiting_alert", sa.Column("officer_account", sa.String(32), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("waiting_alert") as table:
        table.drop_column("officer_account")
