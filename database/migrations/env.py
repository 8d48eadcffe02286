"""Alembic's entry: called by `database.migrate.upgrade` with a connection, or by the `alembic` command without."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

from database.base import Base
from database.engine import lock_until_commit, make_engine, sync_url
from settings import Settings

MODELS = (
    "directory.models",
    "releases.models",
    "website.models",
    "website.accounts.models",
    "website.audit.models",
    "website.console.models",
    "website.identity.models",
    "website.mail.models",
    "website.studio.models",
    "website.studio.review_models",
    "website.privacy.models",
    "website.waiting.models",
)
SEARCH_INDEX = "search_index"
_LOCK = 7_301_001
"""Key of the lock that lets one process at a time migrate a PostgreSQL database."""


def load_models() -> None:
    """Import the models that exist, so that the base knows their tables."""
    for name in MODELS:
        if find_spec(name.split(".")[0]) and find_spec(name):
            import_module(name)


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether models describe a thing of the database; the full-text index is made by hand, unlike on each database."""
    return not (kind in ("table", "index") and (name or "").startswith(SEARCH_INDEX))


def run(connection: Connection) -> None:
    """Run the migrations in one transaction, while no other process does."""
    lock_until_commit(connection, _LOCK)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=is_modelled,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_offline() -> None:
    """Print the SQL instead of running it."""
    url = sync_url(Settings.from_environment().database_url)
    context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


load_models()
given: Connection | None = context.config.attributes.get("connection")
if context.is_offline_mode():
    run_offline()
elif given is not None:
    run(given)
else:
    engine = make_engine(Settings.from_environment().database_url, foreign_keys=False, poolclass=NullPool)
    with engine.begin() as opened:
        run(opened)
    engine.dispose()
