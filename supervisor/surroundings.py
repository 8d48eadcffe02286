"""The environment variables that each process is started with."""

from __future__ import annotations

import dataclasses
import os
import secrets
from pathlib import Path

from settings import ROOT, Settings

QUIET_RASA = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "PYTHONWARNINGS": "ignore::DeprecationWarning,ignore::UserWarning",
}


ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Of the linear algebra while serving: a sentence is too little to share, and threads that wait for more spin."""


def base_environment() -> dict[str, str]:
    """The supervisor's own environment, but bytecode is written and lines appear at once."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def with_secret(settings: Settings) -> Settings:
    """The settings, with a new secret where they have none."""
    return (
        settings if settings.shared_secret else dataclasses.replace(settings, shared_secret=secrets.token_urlsafe(32))
    )


def current_environment(settings: Settings) -> dict[str, str]:
    """For the site, the action server and the commands that prepare the database."""
    return base_environment() | {
        "PORT": str(settings.port),
        "RASA_PORT": str(settings.rasa_port),
        "ACTIONS_PORT": str(settings.actions_port),
        "DATABASE_URL": settings.database_url,
        "SHARED_SECRET": settings.shared_secret,
        "SANIC_HOST": settings.actions_host,
        "REDIS_URL": settings.redis_url,
    }


def rasa_environment(settings: Settings | None = None) -> dict[str, str]:
    """For Rasa: a training where `settings` is None, else the server."""
    if settings is None:
        return base_environment() | QUIET_RASA
    own = {"TRACKER_STORE_URL": tracker_store_url(settings), "ACTIONS_URL": settings.actions_url}
    return current_environment(settings) | QUIET_RASA | ONE_THREAD | own


def tracker_store_url(settings: Settings) -> str:
    """Where Rasa keeps its conversations: `TRACKER_STORE_URL`, else beside the site's database.

    SQLite: a file of its own in the same folder, as two programs that write to one file wait for one another.
    PostgreSQL: the same database, through the driver that Rasa's old SQLAlchemy knows.
    """
    given = os.environ.get("TRACKER_STORE_URL")
    if given:
        return given
    scheme, _, rest = settings.database_url.partition("://")
    if scheme.startswith("postgresql"):
        return f"postgresql+psycopg2://{rest}"
    path = rest.removeprefix("/").partition("?")[0]
    folder = ROOT / "var" if path in ("", ":memory:") else (ROOT / path).parent
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'rasa.db'}"


def tool(environment: str) -> Path:
    """The Python of an environment of the checkout."""
    return ROOT / environment / "bin" / "python"
