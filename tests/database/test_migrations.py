"""Migrations: they make exactly the tables of the models, once, whoever starts first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from database.engine import make_engine
from database.migrate import BrokenReferenceError, configuration, upgrade
from settings import ROOT, Settings


def _settings(address: str) -> Settings:
    return Settings(database_url=address)


def test_tables_match_the_models(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    upgrade(_settings(database_url))
    command.check(configuration())


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    upgrade(_settings(database_url))
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO directory_import VALUES (1, 'x', '2026-01-01 00:00:00')"))
    upgrade(_settings(database_url))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version FROM directory_import")).scalar_one() == 1
    engine.dispose()


def test_down_and_up_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    upgrade(_settings(database_url))
    command.downgrade(configuration(), "base")
    engine = make_engine(database_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(_settings(database_url))
    command.check(configuration())
    engine.dispose()


def test_several_processes_may_start_at_once(database_url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": database_url}
    starters = [
        subprocess.Popen(
            [sys.executable, "-m", "database.migrate"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    outcomes = [(starter.communicate()[1], starter.returncode) for starter in starters]
    assert [code for _, code in outcomes] == [0] * 4, outcomes
    engine = make_engine(database_url)
    with engine.connect() as connection:
        heads = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    assert heads == ScriptDirectory.from_config(configuration()).get_heads()
    engine.dispose()


def test_the_alembic_command_does_the_same(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'x.db'}"
    run = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert "antenna" in inspect(make_engine(address)).get_table_names()


def test_a_migration_that_breaks_references_is_undone(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'x.db'}"
    upgrade(_settings(address), "0001")
    engine = make_engine(address, foreign_keys=False)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO coverage VALUES ('nobody', 'formation', 0)"))
    with pytest.raises(BrokenReferenceError, match="coverage"):
        upgrade(_settings(address), "0001")


def test_there_is_one_line_of_migrations() -> None:
    assert len(ScriptDirectory.from_config(configuration()).get_heads()) == 1
