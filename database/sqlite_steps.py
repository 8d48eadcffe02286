"""SQLite for asyncio with one step of its thread for each statement, where aiosqlite takes four.

Making a cursor, executing, fetching and closing each wait for the connection's thread and back. A message of a member's
is some twenty statements: what they wait for between two threads takes longer than what the database does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import aiosqlite

CHUNK = 64
"""Rows that aiosqlite's own cursors fetch at a time."""


class OneStepCursor(aiosqlite.Cursor):
    """A cursor for one statement at a time, whose rows are all fetched while it is executed.

    Args:
        connection: Its connection.
    """

    _cursor: sqlite3.Cursor

    def __init__(self, connection: OneStepConnection) -> None:
        self.iter_chunk_size = CHUNK
        self._conn = connection
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> OneStepCursor:
        """Execute a statement and fetch its rows."""
        await self._step(partial(self._run, sql, () if parameters is None else parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> OneStepCursor:
        """Execute a statement, which has no rows, for each of several sets of parameters."""
        await self._step(partial(self._run_many, sql, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        """The rows, the first time that they are asked for."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open: who has read all rows holds no lock."""

    async def _step(self, what: Callable[[], None]) -> None:
        await self._conn._execute(what)  # type: ignore[no-untyped-call]

    def _run(self, sql: str, parameters: Any) -> None:
        self._cursor = self._conn._conn.cursor()
        self._cursor.execute(sql, parameters)
        self._rows = self._cursor.fetchall()

    def _run_many(self, sql: str, parameters: Any) -> None:
        self._cursor = self._conn._conn.cursor()
        self._cursor.executemany(sql, parameters)


class OneStepConnection(aiosqlite.Connection):
    """A connection that gives such cursors."""

    def cursor(self) -> OneStepCursor:  # type: ignore[override]  # aiosqlite's waits for the thread
        """A cursor, made once a statement is executed."""
        return OneStepCursor(self)

    async def rollback(self) -> None:
        """Roll back the transaction, if there is one: SQLAlchemy asks for it whenever a connection is given back."""
        if self._conn.in_transaction:
            await super().rollback()


def connect(database: str, **options: Any) -> OneStepConnection:
    """A connection, opened once it is awaited; SQLAlchemy's `async_creator_fn`.

    Args:
        database: The file.
        options: Of `sqlite3.connect`.
    """
    connection = OneStepConnection(partial(sqlite3.connect, database, **options), CHUNK)
    connection._thread.daemon = True  # as SQLAlchemy does: a process ends though a connection is open
    return connection
