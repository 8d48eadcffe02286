"""Engines: addresses, and what transactions guarantee on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError, StatementError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import Mapped, Session, mapped_column

from database.base import NAMING_CONVENTION, Base, UtcDateTime
from database.engine import DatabaseUrlError, async_url, make_async_engine, make_engine, reading, sync_url


@pytest.mark.parametrize(
    ("address", "sync", "asynchronous"),
    [
        ("sqlite:///a/b.db", "sqlite:///a/b.db", "sqlite+aiosqlite:///a/b.db"),
        ("postgresql://u:p@h:1/d", "postgresql+psycopg://u:p@h:1/d", "postgresql+psycopg://u:p@h:1/d"),
        ("postgres://h/d?sslmode=require", "postgresql+psycopg://h/d?sslmode=require", None),
        ("postgresql+psycopg2://h/d", "postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_plain_addresses_get_their_drivers(address: str, sync: str, asynchronous: str | None) -> None:
    assert sync_url(address).render_as_string(hide_password=False) == sync
    assert async_url(address).render_as_string(hide_password=False) == (asynchronous or sync)


@pytest.mark.parametrize("address", ["", "not an address", "mysql://root:secret@h/d", "secret"])
def test_other_addresses_are_refused_without_repeating_them(address: str) -> None:
    with pytest.raises(DatabaseUrlError) as caught:
        sync_url(address)
    assert "secret" not in str(caught.value)


def test_sqlite_makes_the_folder_and_uses_a_write_ahead_log(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new' / 'deep' / 'x.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def _counter(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (n INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO counter VALUES (0)"))


def test_reading_then_writing_from_many_threads_loses_nothing_on_sqlite(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    _counter(engine)

    def add_25() -> None:
        for _ in range(25):
            with engine.begin() as connection:
                n = connection.execute(text("SELECT n FROM counter")).scalar_one()
                connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    threads = [threading.Thread(target=add_25) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine).connect() as connection:
        assert connection.execute(text("SELECT n FROM counter")).scalar_one() == 100


def test_a_reader_sees_one_snapshot_and_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    _counter(engine)
    with engine.begin() as writer, reading(engine).connect() as reader:
        writer.execute(text("UPDATE counter SET n = 7"))
        assert reader.execute(text("SELECT n FROM counter")).scalar_one() == 0


async def test_the_asynchronous_engine_commits_and_rolls_back(database_url: str) -> None:
    engine = make_async_engine(database_url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE counter (n INTEGER NOT NULL)"))
            await connection.execute(text("INSERT INTO counter VALUES (1)"))
        with pytest.raises(RuntimeError):
            async with engine.begin() as connection:
                await connection.execute(text("UPDATE counter SET n = 2"))
                raise RuntimeError
        async with reading(engine).connect() as connection:
            assert (await connection.execute(text("SELECT n FROM counter"))).scalar_one() == 1
    finally:
        await engine.dispose()


@pytest.mark.services
async def test_both_ends_notice_that_the_other_went_without_a_word(postgres_url: str) -> None:
    sync, asynchronous = make_engine(postgres_url), make_async_engine(f"{postgres_url}?connect_timeout=7")
    shown = text("SELECT current_setting('tcp_keepalives_idle')::int")
    for _ in range(2):  # the second time after a transaction that was rolled back
        with sync.connect() as connection:
            assert connection.execute(shown).scalar_one() == 5
            client: Any = connection.connection.driver_connection
            assert client.info.get_parameters()["tcp_user_timeout"] == "11000"
        async with asynchronous.connect() as other:
            assert (await other.execute(shown)).scalar_one() == 5
            client = (await other.get_raw_connection()).driver_connection
            assert client.info.get_parameters()["keepalives_idle"] == "5"
            assert client.info.get_parameters()["connect_timeout"] == "7", "as the address says"
    sync.dispose()
    await asynchronous.dispose()


async def _ask(engine: AsyncEngine) -> None:
    async with reading(engine).connect() as connection:
        await connection.execute(text("SELECT 1"))


async def test_no_connection_is_made_for_one_use(database_url: str) -> None:
    engine = make_async_engine(database_url, connections=2, pool_timeout=600)
    made: list[object] = []
    event.listen(engine.sync_engine, "connect", lambda connection, _: made.append(connection))
    try:
        await asyncio.gather(*(_ask(engine) for _ in range(12)))
        assert 1 <= len(made) <= 2
    finally:
        await engine.dispose()


async def test_who_wants_a_connection_more_is_told_after_a_while(database_url: str) -> None:
    engine = make_async_engine(database_url, connections=2, pool_timeout=0.1)
    try:
        async with engine.connect(), engine.connect():
            with pytest.raises(TimeoutError):
                await _ask(engine)
        await _ask(engine)
    finally:
        await engine.dispose()


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:"])
async def test_a_database_in_memory_has_no_pool_to_size(address: str) -> None:
    make_engine(address).dispose()
    await make_async_engine(address).dispose()


class Moment(Base):
    """A table of its own, to see how moments are kept."""

    metadata = Base.metadata.__class__(naming_convention=NAMING_CONVENTION)
    __tablename__ = "moment"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def test_moments_come_back_as_the_same_instant_in_utc(database_url: str) -> None:
    engine = make_engine(database_url)
    Moment.metadata.create_all(engine)
    at = datetime(2026, 3, 29, 2, 30, 5, 123456, tzinfo=timezone(timedelta(hours=5)))
    with Session(engine) as session, session.begin():
        session.add(Moment(id=1, at=at))
    with Session(engine) as session:
        found = session.get_one(Moment, 1).at
    assert found == at
    assert found.tzinfo is UTC
    with Session(engine) as session, pytest.raises(StatementError, match="without time zone"), session.begin():
        session.add(Moment(id=2, at=datetime(2026, 1, 1)))
    engine.dispose()


def test_sqlite_enforces_foreign_keys(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE b (a INTEGER REFERENCES a (id))"))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO b VALUES (1)"))
