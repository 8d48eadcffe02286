"""The site as a process of its own, on throw-away copies of database and data, a stand-in for Rasa behind it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from directory.files import read_directory
from directory.importer import import_directory
from settings import ROOT, Settings
from supervisor.loopback import free_port
from tests.support.fake_rasa import SECRET, FakeRasa
from understanding.catalogue import load_catalogue
from understanding.places.table import CommuneTable

START_SECONDS = 300.0


class Site:
    """A running site.

    Args:
        process: Its process.
        url: Its address.
        database_url: Its database.
        log: Its log, in JSON.
    """

    def __init__(self, process: subprocess.Popen[bytes], url: str, database_url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.database_url = database_url
        self.log = log

    def memory(self) -> float:
        """Its resident memory in MB; 0 where the system does not tell."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        except OSError:
            return 0.0
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(found[0]) / 1024 if found else 0.0

    def waits(self) -> dict[str, float]:
        """Seconds for which each of its threads wanted a processor that others had."""
        return waits(self.process.pid)


def waits(pid: int) -> dict[str, float]:
    """Seconds for which each thread of a process wanted a processor that others had; empty where nothing tells."""
    found = {}
    for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            found[file.parent.name] = int(file.read_text("ascii").split()[1]) / 1e9
        except (OSError, ValueError, IndexError):  # the thread ended, or this system does not count
            continue
    return found


@contextmanager
def site(folder: Path, database_url: str = "") -> Iterator[Site]:
    """Start it, and end it.

    Args:
        folder: Empty; takes data and log.
        database_url: An empty database; a file of SQLite in the folder where nothing is said.

    Raises:
        RuntimeError: It does not start.
    """
    shutil.copytree(ROOT / "data", folder / "data")
    database_url, port = database_url or f"sqlite:///{folder / 'site.db'}", free_port()
    import_directory(Settings(database_url=database_url), read_directory(load_catalogue(), CommuneTable()))
    with FakeRasa() as rasa, (folder / "log").open("wb") as log:
        environment = os.environ | {
            "PORT": str(port),
            "RASA_PORT": str(rasa.port),
            "ACTIONS_PORT": str(rasa.port),
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder / "data"),
            "BACKUP_DIR": str(folder / "backups"),
            "SHARED_SECRET": SECRET,
            "LIMIT_ADDRESS": "0",
            "LOG_LEVEL": "WARNING",
            "LOG_FORMAT": "json",
            "METRICS_TOKEN": "token-of-the-fuzzing-calls",
        }
        process = subprocess.Popen([sys.executable, "-m", "website"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        running = Site(process, f"http://127.0.0.1:{port}", database_url, folder / "log")
        try:
            _wait(running)
            yield running
        finally:
            process.terminate()
            process.wait(60)


def _wait(running: Site) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and running.process.poll() is None:
        try:
            requests.get(f"{running.url}/health/live", timeout=5)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError(f"the site did not start: {running.log.read_text('utf-8', 'replace')[-2000:]}")
