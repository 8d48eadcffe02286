"""What the members are let loose on: the help desk, the stock pipeline's REST channel, everything twice."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from bench.calls import Client, is_healthy
from bench.curve import trained
from bench.load.members import REST, SITE
from bench.load.processes import family
from bench.plan import STOCK, Plan
from bench.results import Results
from bench.servers import Server, wait_until
from bench.serving import PATIENCE_S, bench_settings, desk_environment, python, rasa_server, says_something
from bench.training import CommandError
from faults.servers import MissingError, as_its_user, find_postgres, postgres_command, prepare_database
from settings import ROOT
from supervisor.loopback import free_port
from supervisor.surroundings import base_environment

CLUSTER_STATE = ROOT / "var" / "cluster" / "processes.json"
POSTGRES_OPTIONS = {"max_connections": "200"}
FIRST_QUESTION = "Bonjour"


@dataclass(frozen=True)
class Desk:
    """Something that runs and answers members.

    Attributes:
        base: Its address.
        line: How members are connected.
        processes: Gives its processes by name, as they are now.
        folder: Where its databases are files; None where they are not.
        restart: Restarts its parts one after the other and waits until that is done; None where they are not twofold.
    """

    base: str
    line: str
    processes: Callable[[], dict[str, list[int]]]
    folder: Path | None = None
    restart: Callable[[], None] | None = None


@dataclass(frozen=True)
class Database:
    """A PostgreSQL of one's own.

    Attributes:
        address: As `DATABASE_URL`.
        server: Its process.
    """

    address: str
    server: Server


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[Database]:
    """An empty PostgreSQL with its own settings, which writes through to the disk.

    Args:
        folder: Takes its data, anew, and its log.

    Raises:
        CommandError: Its programs are not installed, or it does not come up.
    """
    data, port = folder / "postgres", free_port()
    shutil.rmtree(data, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        programs = find_postgres()
    except MissingError as error:
        raise CommandError(str(error)) from error
    prepare_database(programs, data)
    address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    command = as_its_user(postgres_command(programs, data, port, POSTGRES_OPTIONS))
    with Server(command, folder / "postgres.log", folder, base_environment()) as server:
        wait_until(lambda: _takes_connections(address), [server], PATIENCE_S)
        yield Database(address, server)


def _takes_connections(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def help_desk_on_postgres(folder: Path) -> Iterator[Desk]:
    """The whole help desk over a PostgreSQL of its own.

    Args:
        folder: Takes logs and data; what it holds is forgotten.

    Raises:
        CommandError: It does not come up.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with postgres(folder) as database, help_desk(folder, database.address, fresh=False) as desk:
        pid = database.server.process.pid
        yield replace(desk, processes=lambda: desk.processes() | family(pid, "postgresql"))


@contextlib.contextmanager
def help_desk(
    folder: Path, database_url: str | None = None, fresh: bool = True, more: Mapping[str, str] | None = None
) -> Iterator[Desk]:
    """The whole help desk as `make serve` runs it: site, action server, Rasa behind its relay.

    Args:
        folder: Takes logs, and the databases where no other address is given.
        database_url: Where conversations are kept; SQLite in the folder where None.
        fresh: Whether to forget what the folder holds.
        more: Further settings.

    Raises:
        CommandError: It does not come up.
    """
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    settings = bench_settings(folder)
    if database_url is not None:
        settings = replace(settings, database_url=database_url)
    environment = {**desk_environment(settings), **(more or {})}
    with Server(python("supervisor"), folder / "desk.log", ROOT, environment) as server:
        _until_healthy(settings.port, [server])
        pid = server.process.pid
        own = folder if database_url is None else None
        yield Desk(f"http://127.0.0.1:{settings.port}", SITE, lambda: family(pid, "other"), own)


@contextlib.contextmanager
def stock_rest(plan: Plan, size: int) -> Iterator[Desk]:
    """Rasa's own REST channel with its stock pipeline, conversations in memory.

    Args:
        plan: Where models are kept; one is trained where there is none.
        size: Examples a category.

    Raises:
        CommandError: It does not come up.
    """
    model = trained(plan, Results(plan.folder), STOCK, size)
    settings = bench_settings(plan.folder / "load-stock")
    server = rasa_server(settings, STOCK, model.model, plan.work(model.name), plan.folder / "logs" / "load-stock.log")
    client = Client(settings.rasa_port)
    with server, contextlib.closing(client):
        wait_until(lambda: says_something(client, FIRST_QUESTION), [server], PATIENCE_S)
        pid = server.process.pid
        yield Desk(f"http://127.0.0.1:{settings.rasa_port}", REST, lambda: family(pid, "rasa"))


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Desk]:
    """Everything twice behind nginx, over PostgreSQL and Redis, as `make cluster` runs it.

    Args:
        folder: Takes the log.

    Raises:
        CommandError: It does not come up.
    """
    settings = bench_settings(folder)
    environment = desk_environment(settings)
    del environment["DATABASE_URL"], environment["REDIS_URL"]
    CLUSTER_STATE.unlink(missing_ok=True)
    with Server(python("cluster"), folder / "cluster.log", ROOT, environment) as server:
        wait_until(lambda: bool(_cluster_state().get("ready")), [server], PATIENCE_S)
        _until_healthy(settings.port, [server])
        yield Desk(f"http://127.0.0.1:{settings.port}", SITE, _cluster_processes, restart=_restart_cluster)


def _restart_cluster() -> None:
    done = subprocess.run([*python("cluster"), "restart"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise CommandError(done.stderr.strip())


def _until_healthy(port: int, servers: list[Server]) -> None:
    with contextlib.closing(Client(port)) as client:
        wait_until(lambda: is_healthy(client), servers, PATIENCE_S)


def _cluster_state() -> dict[str, object]:
    try:
        state: dict[str, object] = json.loads(CLUSTER_STATE.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return state


def _cluster_processes() -> dict[str, list[int]]:
    units = _cluster_state().get("processes")
    assert isinstance(units, dict)
    return {name: unit["pids"] for name, unit in units.items()}
