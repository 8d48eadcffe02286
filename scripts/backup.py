"""Saves what cannot be made again in one file: `make backup`. The desk may go on meanwhile.

The file holds the database (with it the models), Rasa's trackers where they have a file of their own, the data files
that trainers and administrators change, and the drawn keys. It is as confidential as all of them together.
"""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from database.engine import sync_url
from releases.signing import key_file
from settings import Settings
from supervisor.surroundings import tracker_store_url
from understanding import paths

DATABASE = "database.sqlite"
DUMP = "database.sql"
TRACKERS = "trackers.sqlite"
KEY = "model.key"
MANIFEST = "manifest.json"
DATA = "data"
LEFT_OUT = ("communes",)
"""Folders of the data that come with the program."""


class BackupError(RuntimeError):
    """No backup was made; the message says why, in French."""


def sqlite_file(address: str) -> Path | None:
    """The file of an SQLite database; None for another kind, or one in memory."""
    url = make_url(address)
    in_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(url.database or "") if in_file else None


def libpq(address: str) -> tuple[str, dict[str, str]]:
    """The address of a PostgreSQL database as its own tools take it, and the password apart, as an environment."""
    url = sync_url(address)
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    return plain, {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database that others write to meanwhile: one consistent state of it."""
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def data_files(folder: Path) -> Iterator[Path]:
    """The data files that are saved, by their path from the folder."""
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder)
        if file.is_file() and name.parts[0] not in LEFT_OUT and not any(part.startswith(".") for part in name.parts):
            yield name


def backup(settings: Settings, data: Path = paths.DATA, now: datetime | None = None) -> Path:
    """Make a backup and delete those that are too old.

    Args:
        settings: Say where everything is.
        data: Folder of the data files.
        now: The moment, for the file's name.

    Returns:
        The file.

    Raises:
        BackupError: It could not be made; nothing was left behind.
    """
    moment = now or datetime.now(UTC)
    folder = Path(settings.backup_dir)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"guichet-{moment:%Y%m%d-%H%M%S}.tar"
    draft = target.with_suffix(".part")
    try:
        with tempfile.TemporaryDirectory(dir=folder) as scratch, _private(draft) as raw:
            with tarfile.open(fileobj=raw, mode="w") as tar:
                _add_all(tar, Path(scratch), settings, data, moment)
            raw.flush()
            os.fsync(raw.fileno())
        draft.rename(target)
    except (OSError, sqlite3.Error, subprocess.CalledProcessError) as error:
        raise BackupError(f"La sauvegarde n’a pas pu être faite ({type(error).__name__}) : {error}") from error
    finally:
        draft.unlink(missing_ok=True)
    _forget_old(folder, settings.retention_days_backups)
    return target


def _private(path: Path) -> io.BufferedWriter:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb")


def _add_all(tar: tarfile.TarFile, scratch: Path, settings: Settings, data: Path, moment: datetime) -> None:
    database = sqlite_file(settings.database_url)
    manifest = {"made_at": moment.isoformat(timespec="seconds"), "database": "sqlite" if database else "postgresql"}
    content = json.dumps(manifest).encode()
    head = tarfile.TarInfo(MANIFEST)
    head.size, head.mtime, head.mode = len(content), int(moment.timestamp()), 0o600
    tar.addfile(head, io.BytesIO(content))
    if database is not None:
        copy_sqlite(database, scratch / DATABASE)
        tar.add(scratch / DATABASE, DATABASE)
    else:
        address, environment = libpq(settings.database_url)
        command = ["pg_dump", "--no-owner", "--no-privileges", "--file", str(scratch / DUMP), "--dbname", address]
        subprocess.run(command, env=environment, check=True)
        tar.add(scratch / DUMP, DUMP)
    trackers = sqlite_file(tracker_store_url(settings))
    if trackers is not None and trackers.exists():
        copy_sqlite(trackers, scratch / TRACKERS)
        tar.add(scratch / TRACKERS, TRACKERS)
    if key_file(settings).exists():
        tar.add(key_file(settings), KEY)
    for name in data_files(data):
        tar.add(data / name, f"{DATA}/{name.as_posix()}")


def _forget_old(folder: Path, days: int) -> None:
    oldest = time.time() - days * 86400
    for file in folder.glob("guichet-*.tar"):
        if file.stat().st_mtime < oldest:
            file.unlink()


def main() -> int:
    """Make a backup and say where it is.

    Returns:
        The exit code.
    """
    try:
        made = backup(Settings.from_environment())
    except BackupError as error:
        print(str(error).replace(" :", "\u00a0:"), file=sys.stderr)
        return 1
    print(f"Sauvegarde faite\u00a0: {made} ({made.stat().st_size / 1e6:.1f}\u00a0Mo)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
