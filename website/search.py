"""Full-text search over conversations, ignoring accents and case, by the index that each database keeps."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, Select, column, func, insert, literal_column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from understanding.text import comparison_key
from website.models import Conversation, Message, SearchDocument

MAX_WORDS = 8
EXCERPT = 160
"""Characters of an excerpt."""

_INDEX = table("search_index", column("search_index"))


def search_words(text: str) -> list[str]:
    """The words to look for, folded as the index's are; each may be the beginning of a longer one."""
    return list(dict.fromkeys(comparison_key(text).split()))[:MAX_WORDS]


def _found_on_sqlite(words: list[str]) -> Select[str]:
    wanted = " ".join(f'"{word}"*' for word in words)
    rows: Select[int] = select(literal_column("rowid")).select_from(_INDEX).where(_whole_index.op("MATCH")(wanted))
    return select(SearchDocument.conversation_id).where(SearchDocument.id.in_(rows))


_whole_index: ColumnElement[str] = literal_column("search_index")
_simple: ColumnElement[str] = literal_column("'simple'")


def _found_on_postgresql(words: list[str]) -> Select[str]:
    wanted = func.to_tsquery(_simple, " & ".join(f"{word}:*" for word in words))
    return select(SearchDocument.conversation_id).where(
        func.to_tsvector(_simple, SearchDocument.text).bool_op("@@")(wanted)
    )


async def forget_erased(session: AsyncSession) -> None:
    """Take the words of conversations that were erased out of SQLite's index, where they stay until its parts merge."""
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(insert(_INDEX).values(search_index="optimize"))


def mentions(session: AsyncSession, words: list[str]) -> ColumnElement[bool]:
    """That a conversation holds all the words, in whichever of its messages.

    Args:
        session: Says which database it is.
        words: From `search_words`, at least one.
    """
    dialect = session.get_bind().dialect.name
    found = _found_on_sqlite(words) if dialect == "sqlite" else _found_on_postgresql(words)
    return Conversation.id.in_(found)


def highlighted(messages: list[Message], words: list[str]) -> list[tuple[str, bool]] | None:
    """The part of the latest message that holds the most of the words, cut in pieces.

    Args:
        messages: Of one conversation, in order.
        words: From `search_words`.

    Returns:
        Pieces of text, each with whether it is one of the words; None where no message holds any (a note does).
    """
    best: tuple[int, str] | None = None
    for message in messages:
        hits = {word for piece in _pieces(message.text) for word in words if comparison_key(piece).startswith(word)}
        if hits and (best is None or len(hits) >= best[0]):
            best = (len(hits), message.text)
    return None if best is None else _marked(best[1], words)


def _pieces(text: str) -> list[str]:
    return re.split(r"([^\W_]+)", " ".join(text.split()))


def _marked(text: str, words: list[str]) -> list[tuple[str, bool]]:
    marked = [(piece, bool(piece.strip()) and _is_hit(piece, words)) for piece in _pieces(text) if piece]
    first = next((index for index, (_, hit) in enumerate(marked) if hit), 0)
    start = max(0, first - 8)
    kept: list[tuple[str, bool]] = [("… ", False)] if start else []
    length = 0
    for piece, hit in marked[start:]:
        if length > EXCERPT:
            kept.append((" …", False))
            break
        length += len(piece)
        kept.append((piece, hit))
    return kept


def _is_hit(piece: str, words: list[str]) -> bool:
    key = comparison_key(piece)
    return any(key.startswith(word) for word in words)
