"""Engines, synchronous and asynchronous, from one plain database address.

On SQLite every transaction takes the write lock when it begins, so that reading and then writing can never fail
half-way because somebody else wrote in between. `reading(engine)` gives the same engine for transactions that only
read: they see one snapshot and wait for nobody.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from database import sqlite_steps

BUSY_TIMEOUT_SECONDS = 10
"""How long a writer waits for another one on SQLite."""

_READING = "only_reading"
_WAL_ATTEMPTS = 50
_WAL_PAUSE_SECONDS = 0.05

AnyEngine = TypeVar("AnyEngine", Engine, AsyncEngine)


class DatabaseUrlError(ValueError):
    """The database's address cannot be used; the message never repeats it, since it may hold a password."""


def _url(address: str, *, asynchronous: bool) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise DatabaseUrlError("DATABASE_URL is not an address that SQLAlchemy understands") from error
    backend = url.drivername.split("+")[0]
    if backend == "sqlite":
        return url.set(drivername="sqlite+aiosqlite" if asynchronous else "sqlite")
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise DatabaseUrlError(f"DATABASE_URL names {backend}; only sqlite and postgresql are supported")


def sync_url(address: str) -> URL:
    """The address with the driver of the synchronous engine: `sqlite:///…` or `postgresql+psycopg://…`.

    Raises:
        DatabaseUrlError: The address is malformed, or of another kind of database.
    """
    return _url(address, asynchronous=False)


def async_url(address: str) -> URL:
    """The address with the driver of the asynchronous engine: `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`.

    Raises:
        DatabaseUrlError: The address is malformed, or of another kind of database.
    """
    return _url(address, asynchronous=True)


def make_engine(address: str, *, foreign_keys: bool = True, **options: Any) -> Engine:
    """A synchronous engine.

    Args:
        address: `Settings.database_url`.
        foreign_keys: Whether SQLite enforces foreign keys; migrations that rebuild tables switch it off.
        options: Passed on to SQLAlchemy.

    Raises:
        DatabaseUrlError: The address cannot be used.
    """
    url = sync_url(address)
    engine = create_engine(url, **_defaults(url), **options)
    _prepare(engine, foreign_keys)
    return engine


def make_async_engine(address: str, **options: Any) -> AsyncEngine:
    """An asynchronous engine, with the same behaviour as the synchronous one.

    Args:
        address: `Settings.database_url`.
        options: Passed on to SQLAlchemy.

    Raises:
        DatabaseUrlError: The address cannot be used.
    """
    url = async_url(address)
    driver = {"connect_args": {"async_creator_fn": sqlite_steps.connect}} if url.get_backend_name() == "sqlite" else {}
    engine = create_async_engine(url, **_defaults(url), **driver, **options)
    _prepare(engine.sync_engine, foreign_keys=True)
    return engine


def reading(engine: AnyEngine) -> AnyEngine:
    """The same engine and pool for transactions that only read: on SQLite they take no write lock."""
    return engine.execution_options(**{_READING: True})


def lock_until_commit(connection: Connection, key: int) -> None:
    """Let no other process past this point with the same key until the current transaction ends.

    SQLite needs nothing: its transactions hold the write lock from the beginning.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _defaults(url: URL) -> dict[str, Any]:
    return {} if url.get_backend_name() == "sqlite" else {"pool_pre_ping": True}


def _prepare(engine: Engine, foreign_keys: bool) -> None:
    if engine.dialect.name != "sqlite":
        return
    file = engine.url.database
    if file and file != ":memory:" and not file.startswith("file:"):
        Path(file).parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        # The driver would begin transactions by itself, late and deferred: `begun` below does it instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten in the file too
        _use_write_ahead_log(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        only_reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if only_reading else "BEGIN IMMEDIATE")


def _use_write_ahead_log(cursor: Any) -> None:
    """Switch the file to write-ahead logging; SQLite does not wait for others here, so several attempts are made."""
    for attempt in range(_WAL_ATTEMPTS):
        try:
            cursor.execute("PRAGMA journal_mode")
            if cursor.fetchone()[0] in ("wal", "memory"):
                return
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.fetchone()
            return
        except sqlite3.OperationalError:
            if attempt == _WAL_ATTEMPTS - 1:
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
