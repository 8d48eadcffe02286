"""Bringing the database's tables up to date: `python -m database.migrate`, or `upgrade()` from code."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

from database.engine import make_engine
from settings import Settings

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


class BrokenReferenceError(RuntimeError):
    """A migration would leave rows that refer to rows which do not exist."""


def configuration() -> Config:
    """Alembic's configuration, independent of the current folder."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def upgrade(settings: Settings | None = None, revision: str = "head") -> None:
    """Apply what is missing. Of several processes that start at once one does it, the others wait.

    Args:
        settings: Where the database is; from the environment where not given.
        revision: How far to go.

    Raises:
        BrokenReferenceError: Foreign keys would be broken; nothing was changed.
    """
    address = (settings or Settings.from_environment()).database_url
    # Alembic changes SQLite tables by rebuilding them; with foreign keys on, dropping one deletes its children.
    engine = make_engine(address, foreign_keys=False, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            _check_references(connection)
    finally:
        engine.dispose()


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise BrokenReferenceError(f"rows of {sorted({row[0] for row in broken})} refer to rows that do not exist")


if __name__ == "__main__":
    upgrade()
