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

CONNECTIONS = 8
"""Connections of a process, where nothing else is said; docs/scaling.md counts those of all processes."""
WAIT_SECONDS = 30.0
"""How long who wants a connection waits for one."""

_UNREACHABLE = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 11_000,
}
"""When PostgreSQL's client gives up a server that went without a word, in seconds, the last in milliseconds. The system
alone would keep the connection for up to two hours, and a few such connections are all that a process has."""
_NOTICE_DEAD = (
    "SELECT set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),"
    " set_config('tcp_keepalives_count', '3', false)"
)
"""The same for the server: it gives back what a machine held that went without a word, rows and claims."""

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
    engine = create_engine(url, **_connecting(url), **_pooled(url, CONNECTIONS, options))
    _prepare(engine, foreign_keys)
    return engine


def make_async_engine(address: str, *, connections: int = CONNECTIONS, **options: Any) -> AsyncEngine:
    """An asynchronous engine, with the same behaviour as the synchronous one.

    Args:
        address: `Settings.database_url`.
        connections: How many it keeps at most.
        options: Passed on to SQLAlchemy.

    Raises:
        DatabaseUrlError: The address cannot be used.
    """
    url = async_url(address)
    in_one_step = {"connect_args": {"async_creator_fn": sqlite_steps.connect}}
    driver = in_one_step if url.get_backend_name() == "sqlite" else _connecting(url)
    engine = create_async_engine(url, **driver, **_pooled(url, connections, options))
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


def _connecting(url: URL) -> dict[str, Any]:
    """How connections are made; what the address itself says counts more."""
    if url.get_backend_name() == "sqlite":
        return {}
    unsaid = {name: value for name, value in _UNREACHABLE.items() if name not in url.query}
    return {"pool_pre_ping": True, "connect_args": unsaid}


def _pooled(url: URL, connections: int, options: dict[str, Any]) -> dict[str, Any]:
    """The options with the size of the pool, where connections are kept."""
    if "poolclass" in options or (url.get_backend_name() == "sqlite" and _file(url) is None):
        return options
    return {"pool_size": max(1, connections), "max_overflow": 0, "pool_timeout": WAIT_SECONDS, **options}


def _file(url: URL) -> Path | None:
    """The file of an SQLite database; None where it stands in memory, or is named by an address of SQLite's own."""
    name = url.database
    return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None


def _prepare(engine: Engine, foreign_keys: bool) -> None:
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, foreign_keys)
        return

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.autocommit = True  # rolled back, it would be forgotten
        cursor = connection.cursor()
        cursor.execute(_NOTICE_DEAD)
        cursor.close()
        connection.autocommit = False


def _prepare_sqlite(engine: Engine, foreign_keys: bool) -> None:
    file = _file(engine.url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)

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
