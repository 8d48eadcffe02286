"""Console: who holds a conversation and since when, handoffs, notes, canned texts, views, proposals, search."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from database.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_conversation_state_waiting_since": ["state", "waiting_since"],
    "ix_conversation_state_last_message_at": ["state", "last_message_at"],
    "ix_conversation_state_closed_at": ["state", "closed_at"],
    "ix_conversation_officer_account_state": ["officer_account", "state"],
}
COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "officer_account": sa.String(32),
    "handed_at": UtcDateTime(),
    "waiting_since": UtcDateTime(),
    "claimed_at": UtcDateTime(),
    "first_answer_at": UtcDateTime(),
    "closed_at": UtcDateTime(),
    "closed_by": sa.String(32),
    "outcome": sa.String(16),
    "category": sa.String(64),
    "place_code": sa.String(5),
    "place_name": sa.String(),
    "last_message_at": UtcDateTime(),
    "last_member_at": UtcDateTime(),
}
SQLITE_SEARCH = (
    """CREATE VIRTUAL TABLE search_index USING fts5(
        text, content='search_document', content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='2 3')""",
    """CREATE TRIGGER search_document_insert AFTER INSERT ON search_document BEGIN
        INSERT INTO search_index(rowid, text) VALUES (new.id, new.text); END""",
    """CREATE TRIGGER search_document_delete AFTER DELETE ON search_document BEGIN
        INSERT INTO search_index(search_index, rowid, text) VALUES ('delete', old.id, old.text); END""",
    """CREATE TRIGGER search_document_update AFTER UPDATE ON search_document BEGIN
        INSERT INTO search_index(search_index, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO search_index(rowid, text) VALUES (new.id, new.text); END""",
)
POSTGRESQL_SEARCH = "CREATE INDEX search_index ON search_document USING gin (to_tsvector('simple', text))"


def upgrade() -> None:
    """Apply."""
    for name, kind in COLUMNS.items():
        op.add_column("conversation", sa.Column(name, kind, nullable=True))
    op.add_column("message", sa.Column("account", sa.String(32), nullable=True))
    _create_tables()
    _create_search()
    _carry_over()
    with op.batch_alter_table("conversation") as batch:
        batch.alter_column("last_message_at", existing_type=UtcDateTime(), nullable=False)
    for name, columns in INDEXES.items():
        op.create_index(name, "conversation", columns)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _of_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["conversation_id"],
        ["conversation.id"],
        name=op.f(f"fk_{table}_conversation_id_conversation"),
        ondelete="CASCADE",
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _conversation_id() -> sa.Column[str]:
    return sa.Column("conversation_id", sa.String(32), nullable=False)


def _create_tables() -> None:
    op.create_table(
        "handoff",
        _id(),
        _conversation_id(),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("antenna", sa.String(64), nullable=True),
        sa.Column("category", sa.String(64), nullable=True),
        sa.Column("handed_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("first_answer_at", UtcDateTime(), nullable=True),
        sa.Column("answer_seconds", sa.Integer(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("account_id", sa.String(32), nullable=True),
        _key("handoff"),
        _of_conversation("handoff"),
    )
    op.create_index("ix_handoff_handed_at_antenna", "handoff", ["handed_at", "antenna"])
    op.create_index("ix_handoff_conversation_id_closed_at", "handoff", ["conversation_id", "closed_at"])
    op.create_table(
        "note",
        _id(),
        _conversation_id(),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("client_id", sa.String(100), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _key("note"),
        _of_conversation("note"),
        sa.UniqueConstraint("conversation_id", "client_id", name=op.f("uq_note_conversation_id_client_id")),
    )
    op.create_table(
        "canned_text",
        _id(),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("antenna", sa.String(64), nullable=True),
        _key("canned_text"),
    )
    op.create_table(
        "saved_view",
        _id(),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        _key("saved_view"),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_saved_view_account_id_name")),
    )
    op.create_table(
        "proposal",
        _id(),
        _conversation_id(),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _key("proposal"),
        sa.ForeignKeyConstraint(
            ["conversation_id", "seq"],
            ["message.conversation_id", "message.seq"],
            name=op.f("fk_proposal_conversation_id_seq_message"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_proposal_conversation_id_seq")),
    )
    op.create_index("ix_proposal_status_created_at", "proposal", ["status", "created_at"])


def _create_search() -> None:
    op.create_table(
        "search_document",
        _id(),
        _conversation_id(),
        sa.Column("text", sa.Text(), nullable=False),
        _key("search_document"),
        _of_conversation("search_document"),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_search_document_conversation_id")),
    )
    statements = SQLITE_SEARCH if op.get_bind().dialect.name == "sqlite" else (POSTGRESQL_SEARCH,)
    for statement in statements:
        op.execute(statement)


def _carry_over() -> None:
    """Give the conversations that exist what new ones get as they go."""
    connection = op.get_bind()
    op.execute("UPDATE conversation SET last_message_at = updated_at")
    op.execute("UPDATE conversation SET closed_at = updated_at WHERE state = 'closed'")
    op.execute("UPDATE conversation SET handed_at = updated_at, waiting_since = updated_at WHERE state = 'waiting'")
    op.execute(
        "INSERT INTO handoff (conversation_id, origin, antenna, handed_at) "
        "SELECT id, 'member', antenna, updated_at FROM conversation WHERE state = 'waiting'"
    )
    texts: dict[str, list[str]] = defaultdict(list)
    rows = "SELECT conversation_id, text FROM message WHERE sender = 'member' ORDER BY conversation_id, seq"
    for conversation_id, text in connection.exec_driver_sql(rows):
        texts[conversation_id].append(text)
    document = sa.table("search_document", sa.column("conversation_id"), sa.column("text"))
    for conversation_id, spoken in texts.items():
        connection.execute(sa.insert(document).values(conversation_id=conversation_id, text=_folded(spoken)))


def _folded(texts: Iterable[str]) -> str:
    letters = unicodedata.normalize("NFKD", " ".join(texts).lower().replace("œ", "oe").replace("æ", "ae"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub("[^0-9a-z]+", " ", plain).strip()


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    for table in ("search_document", "proposal", "saved_view", "canned_text", "note", "handoff"):
        op.drop_table(table)
    for name in INDEXES:
        op.drop_index(name, "conversation")
    with op.batch_alter_table("message") as batch:
        batch.drop_column("account")
    with op.batch_alter_table("conversation") as batch:
        for name in COLUMNS:
            batch.drop_column(name)
