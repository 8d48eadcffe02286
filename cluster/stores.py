"""PostgreSQL and Redis: those that the settings name, else one of each that is started for the cluster."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.unit import Unit
from faults.servers import (
    MissingError,
    as_its_user,
    find_postgres,
    find_redis,
    postgres_command,
    prepare_database,
    redis_command,
)
from settings import Settings
from supervisor.loopback import LOOPBACK, free_port
from supervisor.processes import Process

NO_POSTGRES = "PostgreSQL n’est pas installé ici\u00a0: installez-le, ou donnez l’adresse d’une base avec DATABASE_URL."
NO_REDIS = "Redis n’est pas installé ici\u00a0: installez-le, ou donnez l’adresse d’un Redis avec REDIS_URL."
NOT_SQLITE = (
    "Plusieurs sites ne partagent pas un fichier SQLite\u00a0: donnez une adresse postgresql://… dans DATABASE_URL."
)


class StoreError(RuntimeError):
    """There is no store to be had; the message is a French sentence."""


@dataclass(frozen=True)
class Stores:
    """Where the parts keep what they share.

    Attributes:
        database_url: PostgreSQL.
        redis_url: Redis.
        units: Those of both that are started here.
    """

    database_url: str
    redis_url: str
    units: Sequence[Unit] = ()


def find_stores(settings: Settings, folder: Path) -> Stores:
    """The stores that the settings name; what they do not name is started in a folder, where the database stays.

    Args:
        settings: Their DATABASE_URL counts where it is not the one that holds without being set.
        folder: Takes what is started here.

    Raises:
        StoreError: A program is missing, or the database is none for several sites.
    """
    units: list[Unit] = []
    database_url, redis_url = settings.database_url, settings.redis_url
    if database_url == Settings().database_url:
        units.append(_postgres(folder))
        database_url = f"postgresql://postgres@{LOOPBACK}:{units[-1].port}/postgres"
    elif database_url.startswith("sqlite"):
        raise StoreError(NOT_SQLITE)
    if not redis_url:
        units.append(_redis(folder))
        redis_url = f"redis://{LOOPBACK}:{units[-1].port}/0"
    return Stores(database_url, redis_url, tuple(units))


def _postgres(folder: Path) -> Unit:
    try:
        programs = find_postgres()
    except MissingError as error:
        raise StoreError(NO_POSTGRES) from error
    data, port = folder / "database", free_port()
    if not (data / "PG_VERSION").exists():
        shutil.rmtree(data, ignore_errors=True)
        prepare_database(programs, data)
    command = as_its_user(postgres_command(programs, data, port, {"max_connections": "200"}))
    return Unit("postgres", port, Process("base", command, folder=folder))


def _redis(folder: Path) -> Unit:
    try:
        program = find_redis()
    except MissingError as error:
        raise StoreError(NO_REDIS) from error
    port = free_port()
    return Unit("redis", port, Process("redis", redis_command(program, folder, port), folder=folder))
