"""Erasures become receipts; members may object to learning; the log may forget what is old."""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_MOMENTS = ("noted_at", "forgotten_at", "retired_at", "cleaned_at", "closed_at")
_COUNTS = ("messages", "examples", "questions", "models")
_REFUSE = "SELECT RAISE(ABORT, 'audit_entry is append-only')"


def upgrade() -> None:
    """Apply."""
    asked = [tuple(row) for row in op.get_bind().execute(_old().select())]
    op.drop_table("erasure")
    receipt = op.create_table(
        "erasure",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=True),
        sa.Column("conversation_sha256", sa.String(64), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        *(sa.Column(name, UtcDateTime(), nullable=True) for name in _MOMENTS),
        sa.Column("training_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_erasure")),
    )
    for name in ("conversation_id", "conversation_sha256", "closed_at"):
        op.create_index(op.f(f"ix_erasure_{name}"), "erasure", [name])
    rows = [
        {
            "number": "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)),
            "kind": "asked",
            "conversation_id": conversation_id,
            "conversation_sha256": hashlib.sha256(conversation_id.encode()).hexdigest(),
            "asked_at": at,
            **dict.fromkeys(_COUNTS, 0),
        }
        for conversation_id, at in asked
    ]
    if rows:
        op.bulk_insert(receipt, rows)
    op.add_column("conversation", sa.Column("objected_at", UtcDateTime(), nullable=True))
    _let_old_entries_go()


def _old() -> sa.Table:
    return sa.Table(
        "erasure", sa.MetaData(), sa.Column("conversation_id", sa.String), sa.Column("asked_at", UtcDateTime)
    )


def _let_old_entries_go() -> None:
    """The database goes on refusing to change an entry of the log, and to delete one of the last 365 days."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entry_kept ON audit_entry")
        op.execute(
            "CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR TRUNCATE ON audit_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_kept()"
        )
        op.execute(
            "CREATE TRIGGER audit_entry_kept_delete BEFORE DELETE ON audit_entry FOR EACH ROW "
            "WHEN (OLD.at >= now() - interval '365 days') EXECUTE FUNCTION audit_entry_is_kept()"
        )
        return
    op.execute("DROP TRIGGER audit_entry_kept_delete")
    op.execute(
        "CREATE TRIGGER audit_entry_kept_delete BEFORE DELETE ON audit_entry "
        f"WHEN OLD.at >= datetime('now', '-365 days') BEGIN {_REFUSE}; END"
    )


def _keep_all_entries() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entry_kept_delete ON audit_entry")
        op.execute("DROP TRIGGER audit_entry_kept ON audit_entry")
        op.execute(
            "CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_kept()"
        )
        return
    op.execute("DROP TRIGGER audit_entry_kept_delete")
    op.execute(f"CREATE TRIGGER audit_entry_kept_delete BEFORE DELETE ON audit_entry BEGIN {_REFUSE}; END")


def downgrade() -> None:
    """Take back."""
    _keep_all_entries()
    with op.batch_alter_table("conversation") as table:
        table.drop_column("objected_at")
    op.drop_table("erasure")
    op.create_table(
        "erasure",
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_erasure")),
    )
