"""Many stored conversations, quickly: a base of made-up ones, copied inside the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Insert, Table, func, insert, literal, select, text

from bench.filled import analyze, fill
from database.base import table
from database.engine import make_engine
from website.models import Conversation, Handoff, Message, SearchDocument, State

BASE = 1_000
"""Conversations that are made up; the others are copies of them."""
MESSAGES = 6
"""Messages of each, about as many as of a real one."""
SETTLED = (State.BOT, State.CLOSED)
"""Only conversations that nobody waits in are copied: of the others there are never many, however many are stored."""
PREFIX = 8
"""Digits of an id that tell copies apart; those of the base are zeros."""
AT_ONCE = 1_000
"""Conversations of the tracker store that are stored in one transaction."""


def fill_site(address: str, conversations: int) -> None:
    """Fill the site's tables up to so many conversations.

    Args:
        address: As `DATABASE_URL`.
        conversations: How many there shall be.
    """
    fill(address, min(BASE, conversations), MESSAGES)
    engine = make_engine(address)
    with engine.connect() as connection:
        present = int(connection.scalar(select(func.count()).select_from(Conversation)) or 0)
        base = list(
            connection.scalars(
                select(Conversation.id)
                .where(Conversation.id.startswith("0" * PREFIX), Conversation.state.in_(SETTLED))
                .order_by(Conversation.id)
            )
        )
    while present < conversations:
        chosen = base[: conversations - present]
        with engine.begin() as connection:
            for model in (Conversation, Message, SearchDocument, Handoff):
                connection.execute(_copying(table(model), f"{present:0{PREFIX}x}", chosen))
        present += len(chosen)
    analyze(engine)
    engine.dispose()


def _copying(rows: Table, prefix: str, chosen: Sequence[str]) -> Insert:
    """The statement that copies rows of a table under other conversations' ids."""
    key = rows.c.id if rows is table(Conversation) else rows.c.conversation_id
    renamed = literal(prefix).concat(func.substr(key, PREFIX + 1))
    kept = [column for column in rows.c if column is key or column.name != "id"]
    copies = select(*(renamed if column is key else column for column in kept)).where(key.in_(chosen))
    return insert(rows).from_select([column.name for column in kept], copies)


def fill_trackers(address: str, conversations: int) -> None:
    """Fill Rasa's tracker store up to so many conversations, copies of the longest one that it holds.

    Args:
        address: Of the store, which Rasa has used before.
        conversations: How many there shall be.
    """
    engine = make_engine(address)
    copy = text(
        "INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data) "
        "SELECT :copy, type_name, timestamp, intent_name, action_name, data FROM events "
        "WHERE sender_id = :original ORDER BY id"
    )
    with engine.connect() as connection:
        present = int(connection.scalar(text("SELECT count(DISTINCT sender_id) FROM events")) or 0)
        original = connection.scalar(
            text("SELECT sender_id FROM events GROUP BY sender_id ORDER BY count(*) DESC, sender_id LIMIT 1")
        )
    for start in range(present, conversations, AT_ONCE):
        numbers = range(start, min(conversations, start + AT_ONCE))
        with engine.begin() as connection:
            connection.execute(copy, [{"copy": f"copie-{number}", "original": original} for number in numbers])
    analyze(engine)
    engine.dispose()
