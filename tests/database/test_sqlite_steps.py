"""SQLite for asyncio: a statement is one step of its thread, and nothing that was read stands in a writer's way."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import make_async_engine
from database.sqlite_steps import OneStepConnection


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncEngine:
    """An engine on a table with two rows."""
    made = make_async_engine(f"sqlite:///{tmp_path / 'steps.db'}")
    async with made.begin() as connection:
        await connection.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
        await connection.execute(text("INSERT INTO thing (name) VALUES (:name)"), [{"name": "un"}, {"name": "deux"}])
    return made


async def test_a_statement_is_one_step(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    original: Any = OneStepConnection._execute

    async def counted(self: OneStepConnection, function: Any) -> Any:
        steps.append(getattr(function, "func", function).__name__)
        return await original(self, function)

    monkeypatch.setattr(OneStepConnection, "_execute", counted)
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT name FROM thing ORDER BY id"))).all()
    assert [row[0] for row in rows] == ["un", "deux"]
    assert steps == ["_run", "_run", "rollback"]  # BEGIN, SELECT, the end of the transaction; nothing for the pool
    await engine.dispose()


async def test_what_is_stored_is_given_back(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        done = await connection.execute(text("UPDATE thing SET name = name || '!'"))
        assert done.rowcount == 2
        found = await connection.execute(text("INSERT INTO thing (name) VALUES ('trois') RETURNING id"))
        assert found.scalar_one() == 3
    async with engine.connect() as connection:
        assert (await connection.scalar(text("SELECT group_concat(name) FROM thing"))) == "un!,deux!,trois"
    await engine.dispose()


async def test_an_error_leaves_the_connection_usable_and_the_transaction_undone(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO thing (name) VALUES ('trois')"))
            await connection.execute(text("INSERT INTO thing (name) VALUES ('un')"))
    async with engine.begin() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM thing")) == 2
    await engine.dispose()


async def test_a_transaction_that_is_broken_off_holds_nobody_up(engine: AsyncEngine, tmp_path: Path) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("INSERT INTO thing (name) VALUES ('trois')"))
    other = sqlite3.connect(tmp_path / "steps.db", timeout=0, isolation_level=None)
    other.execute("INSERT INTO thing (name) VALUES ('trois')")
    assert other.execute("SELECT count(*) FROM thing").fetchone() == (3,)
    other.close()
    await engine.dispose()


async def test_rows_that_are_not_taken_yet_hold_nobody_up(engine: AsyncEngine, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "steps.db", timeout=0, isolation_level=None)
    async with engine.begin() as connection:
        rows = await connection.execute(text("SELECT name FROM thing ORDER BY id"))
        await connection.execute(text("ROLLBACK"))
        other.execute("DROP TABLE thing")
        assert [row[0] for row in rows] == ["un", "deux"]
        await connection.execute(text("BEGIN"))
    other.close()
    await engine.dispose()
