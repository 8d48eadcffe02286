"""The whole help desk with servers of its own: PostgreSQL, Redis, site, Rasa or its stand-in, action server."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from faults.disk import Disk
from faults.network import Network
from faults.processes import Program
from faults.servers import (
    MissingError,
    find_postgres,
    find_redis,
    postgres_command,
    prepare_database,
    redis_command,
)
from faults.standin import STORE
from settings import ROOT, Settings
from supervisor.loopback import free_port
from supervisor.model import find
from supervisor.surroundings import current_environment, rasa_environment

START_SECONDS = 180.0
DISK_MEGABYTES = 320
SECRET = "fautes-0123456789-abcdefghij"


@dataclass
class Desk:
    """The running help desk.

    Attributes:
        database, redis, actions, rasa, site: Its programs.
        members: The network between members and site.
        behind: The network between Rasa and the action server.
        store: The network between the site and the database.
        disk: What holds the data.
        settings: Of the site.
        played: The stand-in's file; None with the real Rasa.
    """

    database: Program
    redis: Program
    actions: Program
    rasa: Program
    site: Program
    members: Network
    behind: Network
    store: Network
    disk: Disk
    settings: Settings
    played: Path | None

    @property
    def programs(self) -> tuple[Program, ...]:
        """All of them, in the order in which they are started."""
        return (self.database, self.redis, self.actions, self.rasa, self.site)

    @property
    def networks(self) -> tuple[Network, ...]:
        """All of them."""
        return (self.members, self.behind, self.store)

    @property
    def administration(self) -> str:
        """Address of the database server for who may change its settings."""
        return f"host=127.0.0.1 port={self.database.port} user=postgres dbname=postgres connect_timeout=3"


@contextlib.asynccontextmanager
async def desk(folder: Path, real: bool) -> AsyncIterator[Desk]:
    """Everything up.

    Args:
        folder: Empty; takes data and logs.
        real: Whether Rasa itself answers rather than its stand-in.

    Raises:
        MissingError: Something is not installed.
        TimeoutError: It does not come up.
    """
    disk = Disk(folder / "disk", DISK_MEGABYTES)
    try:
        running = _assemble(folder, disk, real)
        try:
            await _start(running)
            yield running
        finally:
            for program in reversed(running.programs):
                await program.stop()
            for network in running.networks:
                await network.close()
    finally:
        disk.close()


def _assemble(folder: Path, disk: Disk, real: bool) -> Desk:
    postgres, redis_program = find_postgres(), find_redis()
    data = disk.folder / "database"
    folder.chmod(0o711)
    database_port, redis_port, actions_port = free_port(), free_port(), free_port()
    store = Network(database_port, free_port())
    settings = Settings(
        port=free_port(),
        rasa_port=free_port(),
        actions_port=free_port(),
        database_url=f"postgresql://postgres@127.0.0.1:{database_port}/postgres",
        redis_url=f"redis://127.0.0.1:{redis_port}/0",
        shared_secret=SECRET,
    )
    environment = current_environment(settings) | {
        "LIMIT_ADDRESS": "0",
        "LOG_LEVEL": "WARNING",
        "REDIS_URL": settings.redis_url,
        "BACKUP_DIR": str(folder / "backups"),
        "DATA_OWNER": "0",
    }
    through_network = f"postgresql://postgres@127.0.0.1:{store.port}/postgres"
    user = prepare_database(postgres, data)
    # Safe against a kill without waiting for a disk: what a process wrote is the system's.
    options = {"fsync": "off", "max_wal_size": "32MB", "min_wal_size": "4MB"}
    listening = postgres_command(postgres, data, database_port, options)
    redis = redis_command(redis_program, disk.folder, redis_port)
    python = [sys.executable, "-m"]
    played = None if real else disk.folder / "played.db"
    rasa = _real_rasa(settings) if real else [*python, "faults.standin"]
    rasa_variables = rasa_environment(settings) if real else environment | {STORE: str(played)}
    own = environment | {"ACTIONS_PORT": str(actions_port)}
    return Desk(
        Program("database", listening, environment, folder / "database.log", database_port, user),
        Program("redis", redis, environment, folder / "redis.log", redis_port),
        Program("actions", [*python, "actions"], own, folder / "actions.log", actions_port),
        Program("rasa", rasa, rasa_variables, folder / "rasa.log", settings.rasa_port),
        Program(
            "site",
            [*python, "website"],
            environment | {"DATABASE_URL": through_network},
            folder / "site.log",
            settings.port,
        ),
        Network(settings.port),
        Network(actions_port, settings.actions_port),
        store,
        disk,
        settings,
        played,
    )


def _real_rasa(settings: Settings) -> list[str]:
    model = find(ROOT)
    if model is None:
        raise MissingError("no model fits data and code (make train)")
    files = ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--model", str(model.path)]
    address = ["-i", "127.0.0.1", "-p", str(settings.rasa_port)]
    return [str(ROOT / ".venv-rasa" / "bin" / "python"), "-m", "scripts.quiet_rasa", "run", *address, *files]


async def _start(running: Desk) -> None:
    for network in running.networks:
        await network.open()
    running.database.start()
    await running.database.up(START_SECONDS)
    await asyncio.to_thread(_answers, running.administration)
    environment = current_environment(running.settings)
    for module in ("database.migrate", "directory.importer"):
        step = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        if await step.wait():
            raise MissingError(f"{module} failed")
    for program in running.programs[1:]:
        program.start()
    for program in running.programs:
        await program.up(START_SECONDS)


def _answers(address: str) -> None:
    for _ in range(50):
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(address):
            return
    raise MissingError("the database does not answer")
