"""For the figures: the antenna that a conversation belongs to, the one nearest to the member, when it began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = ("near_antenna", "home_antenna")
INDEX = "ix_conversation_created_at"


def upgrade() -> None:
    """Apply."""
    for name in COLUMNS:
        op.add_column("conversation", sa.Column(name, sa.String(64), nullable=True))
    op.create_index(INDEX, "conversation", ["created_at"])
    conversation = sa.table("conversation", sa.column("antenna"), sa.column("home_antenna"))
    op.execute(conversation.update().values(home_antenna=conversation.c.antenna))


def downgrade() -> None:
    """Take back."""
    op.drop_index(INDEX, "conversation")
    with op.batch_alter_table("conversation") as batch:
        for name in COLUMNS:
            batch.drop_column(name)
