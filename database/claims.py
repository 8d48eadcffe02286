"""Names that one process holds at a time, for as long as it lives."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import NullPool

from database.engine import make_async_engine, sync_url


class Claims(Protocol):
    """What is held of names that several processes want."""

    async def take(self, name: str) -> bool:
        """Hold a name, unless another process does.

        Raises:
            SQLAlchemyError: The database is away.
        """

    async def release(self, name: str) -> None:
        """Hold it no more."""

    async def close(self) -> None:
        """Hold nothing any more."""


class OwnClaims:
    """Claims where there is one process."""

    async def take(self, name: str) -> bool:
        """Nobody else wants it."""
        return True

    async def release(self, name: str) -> None:
        """Nobody waits for it."""

    async def close(self) -> None:
        """Nothing was held."""


class PostgresClaims:
    """Claims of processes over one PostgreSQL, all by one connection: its end, however it comes, gives them back.

    Args:
        address: `Settings.database_url`.
    """

    def __init__(self, address: str) -> None:
        self._engine: AsyncEngine = make_async_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        self._connection: AsyncConnection | None = None
        self._alone = asyncio.Lock()

    async def take(self, name: str) -> bool:
        """Hold a name, unless another process does; who holds it twice has to release it twice."""
        return await _to_the_end(self._ask("SELECT pg_try_advisory_lock(:key)", name))

    async def release(self, name: str) -> None:
        """Hold it no more; where the connection is gone nothing is held anyway."""
        if self._connection is None:
            return
        try:
            await _to_the_end(self._ask("SELECT pg_advisory_unlock(:key)", name))
        except (SQLAlchemyError, OSError):
            return

    async def close(self) -> None:
        """Hold nothing any more."""
        async with self._alone:
            await self._drop()
        await self._engine.dispose()

    async def _ask(self, statement: str, name: str) -> bool:
        async with self._alone:
            try:
                if self._connection is None:
                    self._connection = await self._engine.connect()
                return bool(await self._connection.scalar(text(statement), {"key": _key(name)}))
            except BaseException:
                await self._drop()
                raise

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()


def claims(address: str) -> Claims:
    """The claims of the processes over a database: on SQLite there is one that answers."""
    return OwnClaims() if sync_url(address).get_backend_name() == "sqlite" else PostgresClaims(address)


async def _to_the_end(asked: Coroutine[Any, Any, bool]) -> bool:
    """A connection is not left in the middle of a statement, even where who asked is cancelled."""
    return await asyncio.shield(asyncio.create_task(asked))


def _key(name: str) -> int:
    # Rasa's tracker store locks by a hash of the bare id in the same database: the word before keeps both apart.
    digest = hashlib.sha256(f"claim:{name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
