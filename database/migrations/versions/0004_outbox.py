"""The outbox of mails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("to", sa.String(320), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=True),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(64), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("given_up_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_mail_key")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_outbox_mail_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_outbox_mail_conversation_id", "outbox_mail", ["conversation_id"])
    op.create_index("ix_outbox_mail_due", "outbox_mail", ["sent_at", "given_up_at", "not_before"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_outbox_mail_due", "outbox_mail")
    op.drop_index("ix_outbox_mail_conversation_id", "outbox_mail")
    op.drop_table("outbox_mail")
