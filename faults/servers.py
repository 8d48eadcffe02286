"""PostgreSQL and Redis of one's own: their programs, and how they are started on the loopback interface."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class MissingError(RuntimeError):
    """Something that the harness needs is not installed; the message names it."""


def find_postgres() -> Path:
    """The folder of PostgreSQL's programs.

    Raises:
        MissingError: There is none.
    """
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    candidates = [*(path for path in folders if (path / "initdb").exists()), *([Path(found).parent] if found else [])]
    if not candidates:
        raise MissingError("PostgreSQL's programs (initdb, postgres) are not installed")
    return candidates[-1]


def find_redis() -> str:
    """Redis's program.

    Raises:
        MissingError: There is none.
    """
    found = shutil.which("redis-server")
    if found is None:
        raise MissingError("redis-server is not installed")
    return found


def prepare_database(programs: Path, data: Path) -> str | None:
    """Make a database cluster.

    Args:
        programs: From `find_postgres`.
        data: A folder that is not there yet.

    Returns:
        Who has to run it, since PostgreSQL refuses the administrator of the machine; None for who runs this.
    """
    user = runs_postgres()
    data.mkdir(mode=0o700)
    if user is not None:
        shutil.chown(data, user)
    command = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    command += ["--locale=C", "--wal-segsize=1", "--no-sync"]
    subprocess.run(command, user=user, cwd=data, check=True, capture_output=True)
    return user


def runs_postgres() -> str | None:
    """Who has to run PostgreSQL; None for who runs this."""
    return "postgres" if os.geteuid() == 0 else None


def postgres_command(programs: Path, data: Path, port: int, options: Mapping[str, str]) -> list[str]:
    """PostgreSQL over a database cluster, on one port and no socket file."""
    command = [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
    given = {"unix_socket_directories": "", **options}
    return command + [part for name, value in given.items() for part in ("-c", f"{name}={value}")]


def as_its_user(command: Sequence[str]) -> list[str]:
    """A command of PostgreSQL's, run by who has to run it."""
    user = runs_postgres()
    return [*([] if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]), *command]


def redis_command(program: str, folder: Path, port: int) -> list[str]:
    """Redis that keeps nothing, on one port."""
    return [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
