"""Lists that officers keep go away with their account."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAME = "fk_saved_view_account_id_account"


def upgrade() -> None:
    """Apply."""
    op.execute("DELETE FROM saved_view WHERE account_id NOT IN (SELECT id FROM account)")
    with op.batch_alter_table("saved_view") as batch:
        batch.create_foreign_key(op.f(NAME), "account", ["account_id"], ["id"], ondelete="CASCADE")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("saved_view") as batch:
        batch.drop_constraint(op.f(NAME), type_="foreignkey")
