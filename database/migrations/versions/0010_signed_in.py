"""When somebody last signed in: who comes by single sign-on has no password by which to tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("account", sa.Column("signed_in_at", UtcDateTime(), nullable=True))
    op.execute(
        "UPDATE account SET signed_in_at = (SELECT max(at) FROM audit_entry "
        "WHERE audit_entry.account_id = account.id AND audit_entry.action = 'session.begun')"
    )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("account") as batch:
        batch.drop_column("signed_in_at")
