"""Sessions on the database: one kind for reading, one for writing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker

from database.engine import BUSY_TIMEOUT_SECONDS, CONNECTIONS, make_async_engine, reading

EMPTYING_MILLISECONDS = 200
"""How long writers wait for those who read, so that the write-ahead log can be emptied."""


class Storage:
    """A process's way to the database.

    SQLite lets one transaction write at a time; here writers of this process stand in line in the order in which they
    came, instead of all trying again and again.

    Each session holds a connection until it ends. Who has one opens no second one: with all connections in use by such,
    each would wait for another's.

    Args:
        engine: Asynchronous engine, from `database.engine.make_async_engine`.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writers = async_sessionmaker(engine, expire_on_commit=False)
        readers = reading(engine)
        if engine.dialect.name == "postgresql":
            readers = readers.execution_options(isolation_level="REPEATABLE READ")
        self._reading = readers
        self._readers = async_sessionmaker(readers, expire_on_commit=False)
        self._line: AbstractAsyncContextManager[None] = (
            asyncio.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        )

    @classmethod
    def open(cls, address: str, connections: int = CONNECTIONS) -> Storage:
        """Open a database.

        Args:
            address: `Settings.database_url`.
            connections: How many are kept at most.
        """
        logging.getLogger("aiosqlite").setLevel(logging.INFO)  # below, it writes what members write
        return cls(make_async_engine(address, connections=connections, hide_parameters=True))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one snapshot; nothing is committed."""
        async with self._readers() as session:
            yield session

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """As `read`, for what every message needs and no entities are made of: setting a session up takes a while."""
        async with self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end, rolled back on an error."""
        async with self._line, self._writers.begin() as session:
            yield session

    async def empty_log(self) -> bool:
        """Write what SQLite's write-ahead log holds into the database and empty it: older states of pages stand there.

        Returns:
            Whether it was possible now; who reads for long stands in the way.
        """
        if self._engine.dialect.name != "sqlite":
            return True
        async with self._line, self._engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            await driver.execute(f"PRAGMA busy_timeout = {EMPTYING_MILLISECONDS}")
            try:
                async with driver.execute("PRAGMA wal_checkpoint(TRUNCATE)") as cursor:
                    return bool((await cursor.fetchone())[0] == 0)
            finally:
                await driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
