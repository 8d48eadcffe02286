"""Several sites: what waits for an answer, and what changed since a moment, are found without reading every row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_UNANSWERED = sa.text("last_member_seq > answered_to")


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_conversation_updated_at", "conversation", ["updated_at"])
    op.create_index(
        "ix_conversation_unanswered",
        "conversation",
        ["updated_at"],
        sqlite_where=_UNANSWERED,
        postgresql_where=_UNANSWERED,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_conversation_unanswered", "conversation")
    op.drop_index("ix_conversation_updated_at", "conversation")
