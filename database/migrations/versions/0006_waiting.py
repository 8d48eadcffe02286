"""Nobody waits unseen: alerts, how members are reached, codes of mails, ratings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "waiting_alert",
        sa.Column("handoff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("antenna", sa.String(64), nullable=True),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("antenna_due", UtcDateTime(), nullable=True),
        sa.Column("head_office_due", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("handoff_id", name=op.f("pk_waiting_alert")),
        _belongs_to("waiting_alert", "handoff_id", "handoff"),
    )
    op.create_index("ix_waiting_alert_antenna_due", "waiting_alert", ["antenna_due"])
    op.create_index("ix_waiting_alert_head_office_due", "waiting_alert", ["head_office_due"])
    op.create_table(
        "member_reach",
        _conversation(),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("phone", sa.String(32), nullable=True),
        sa.Column("answer_seq", sa.Integer(), nullable=True),
        sa.Column("answer_at", UtcDateTime(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_member_reach")),
        _belongs_to("member_reach"),
    )
    op.create_index("ix_member_reach_answer_at", "member_reach", ["answer_at"])
    op.create_table(
        "conversation_address",
        _conversation(),
        sa.Column("address_sha256", sa.String(64), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "address_sha256", name=op.f("pk_conversation_address")),
        _belongs_to("conversation_address"),
    )
    op.create_table(
        "mailed_address",
        sa.Column("address_sha256", sa.String(64), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address_sha256", name=op.f("pk_mailed_address")),
    )
    op.create_table(
        "mail_code",
        sa.Column("code_sha256", sa.String(64), nullable=False),
        _conversation(),
        sa.Column("address_sha256", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_mail_code")),
        _belongs_to("mail_code"),
    )
    op.create_index("ix_mail_code_conversation_id_address_sha256", "mail_code", ["conversation_id", "address_sha256"])
    op.create_table(
        "member_token",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        _conversation(),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_member_token")),
        _belongs_to("member_token"),
    )
    op.create_index("ix_member_token_conversation_id", "member_token", ["conversation_id"])
    op.create_table(
        "member_seen",
        _conversation(),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_member_seen")),
        _belongs_to("member_seen"),
    )
    op.create_table(
        "rating",
        sa.Column("id", sa.Integer(), nullable=False),
        _conversation(),
        sa.Column("handoff_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("rated_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        _belongs_to("rating"),
        _belongs_to("rating", "handoff_id", "handoff"),
    )
    op.create_index("ix_rating_conversation_id_asked_at", "rating", ["conversation_id", "asked_at"])
    op.create_index("ix_rating_handoff_id", "rating", ["handoff_id"])


def _conversation() -> sa.Column[str]:
    return sa.Column("conversation_id", sa.String(32), nullable=False)


def _belongs_to(table: str, column: str = "conversation_id", parent: str = "conversation") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{parent}")
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    """Take back."""
    for table in (
        *("rating", "member_seen", "member_token", "mail_code", "mailed_address", "conversation_address"),
        *("member_reach", "waiting_alert"),
    ):
        op.drop_table(table)
