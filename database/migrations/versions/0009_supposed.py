"""A conversation knows what it seems to be about before anybody was named."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("conversation", sa.Column("supposed_category", sa.String(64), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("conversation") as table:
        table.drop_column("supposed_category")
