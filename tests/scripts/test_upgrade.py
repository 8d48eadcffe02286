"""An installation goes to another version, or stays what it was: real git, database, backup, migration, restore.

Only what takes minutes is stood in for: installing, training, and the desk that answers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from database.engine import make_engine
from database.migrate import upgrade
from settings import ROOT, Settings
from supervisor.loopback import free_port

FOLDERS = ("actions", "corpus", "database", "datafiles", "directory", "releases", "scripts", "supervisor")
COPIED = (*FOLDERS, "tracing", "understanding", "website", "settings.py", "logs.py")

SETUP = "print('installé')\n"
TRAINING = """
from pathlib import Path
Path("models").mkdir(exist_ok=True)
version = Path("VERSION").read_text().strip()
Path(f"models/{version}.tar.gz").write_text(Path("data/nlu/membres/x.yml").read_text())
Path(f"models/{version}.json").write_text("{}")
"""
SERVICE = """
import contextlib, os, signal, subprocess, sys
from pathlib import Path
pid = Path("var/pid")
if sys.argv[1] == "stop":
    if pid.exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid.read_text()), signal.SIGKILL)
        pid.unlink()
else:
    out = subprocess.DEVNULL
    desk = subprocess.Popen([sys.executable, "desk.py"], stdin=out, stdout=out, stderr=out, start_new_session=True)
    pid.write_text(str(desk.pid))
"""
DESK = """
import http.server, json, os
STATE = "ok"
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"status": STATE}).encode())
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
HALF_A_MIGRATION = """
import os
from sqlalchemy import text
from database.engine import make_engine
with make_engine(os.environ["DATABASE_URL"], foreign_keys=False).begin() as database:
    database.execute(text("INSERT INTO mark VALUES ('à moitié')"))
    database.execute(text("CREATE TABLE of_the_new_version (value TEXT)"))
    database.execute(text("DROP TABLE rating"))
raise SystemExit(3)
"""


class Installation:
    """A clone of a published program, with a desk that runs from it.

    Args:
        folder: Empty.
        database_url: Of an empty database.
    """

    def __init__(self, folder: Path, database_url: str) -> None:
        self.origin, self.root = folder / "origin", folder / "guichet"
        self.port = free_port()
        self.database_url = database_url
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "PORT": str(self.port),
            "DATABASE_URL": database_url,
            "BACKUP_DIR": str(folder / "backups"),
            "TRACKER_STORE_URL": f"sqlite:///{folder / 'rasa.db'}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def publish_first(self) -> None:
        """Version 1, and a clone of it with a database."""
        skipped = shutil.ignore_patterns("__pycache__", "static")
        for name in COPIED:
            source, target = ROOT / name, self.origin / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=skipped)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        files = {
            "scripts/setup.py": SETUP,
            "supervisor/model.py": TRAINING,
            "service.py": SERVICE,
            "desk.py": DESK,
            "data/nlu/a.yml": "une\ndeux\ntrois\nquatre\ncinq\n",
            ".gitignore": "/.venv\n/var/\n/models/\n/data/nlu/membres/\n__pycache__/\n",
        }
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(self.origin)], check=True)
        self.publish("v1.9", files)
        subprocess.run(["git", "clone", "--quiet", str(self.origin), str(self.root)], check=True)
        (self.root / "var").mkdir()
        (self.root / ".venv").symlink_to(Path(sys.executable).parent.parent)
        (self.root / "data/nlu/membres").mkdir()
        (self.root / "data/nlu/membres/x.yml").write_text("confidentiel\n")
        upgrade(Settings(database_url=self.database_url))
        self.service("start")

    def publish(self, version: str, files: dict[str, str]) -> None:
        """Another version."""
        for name, content in {**files, "VERSION": version}.items():
            (self.origin / name).parent.mkdir(parents=True, exist_ok=True)
            (self.origin / name).write_text(content)
        author = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        for command in (["add", "--all"], [*author, "commit", "--quiet", "-m", version], ["tag", version]):
            subprocess.run(["git", *command], cwd=self.origin, check=True)

    def service(self, what: str) -> None:
        """Start or stop the desk."""
        subprocess.run([sys.executable, "service.py", what], cwd=self.root, env=self.environment, check=True)

    def upgrade(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """As an administrator calls it."""
        service = f"{sys.executable} service.py"
        command = [sys.executable, str(ROOT / "scripts/upgrade.py"), "--root", str(self.root), *arguments]
        options = ["--stop", f"{service} stop", "--start", f"{service} start", "--patience", "8"]
        return subprocess.run([*command, *options], env=self.environment, capture_output=True, text=True)

    def version(self) -> str:
        """Of the program on disk."""
        return (self.root / "VERSION").read_text()

    def runs(self) -> bool:
        """Whether the desk does."""
        pid = self.root / "var/pid"
        return pid.exists() and Path(f"/proc/{pid.read_text()}").exists()

    @contextmanager
    def database(self) -> Iterator[Engine]:
        """The database."""
        engine = make_engine(self.database_url)
        try:
            yield engine
        finally:
            engine.dispose()

    def note(self, value: str) -> None:
        """Leave a mark in the database."""
        with self.database() as engine, engine.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS mark (value TEXT)"))
            connection.execute(text("INSERT INTO mark VALUES (:value)"), {"value": value})

    def marks(self) -> list[str]:
        """All of them."""
        with self.database() as engine, engine.connect() as connection:
            return list(connection.scalars(text("SELECT value FROM mark")))

    def tables(self) -> set[str]:
        """The names of the database's tables."""
        with self.database() as engine:
            return set(inspect(engine).get_table_names())


@pytest.fixture
def installed(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """Version 1.9 in service, on each kind of database, with one mark in it."""
    installation = Installation(tmp_path, database_url)
    installation.publish_first()
    installation.note("avant")
    yield installation
    installation.service("stop")


def test_the_newest_version_is_put_in_service_with_what_was_changed_here(installed: Installation) -> None:
    installed.publish("v1.10", {"data/nlu/a.yml": "une\ndeux\ntrois\nquatre\ncinq\nsix\n"})
    (installed.root / "data/nlu/a.yml").write_text("notre phrase\nune\ndeux\ntrois\nquatre\ncinq\n")
    (installed.root / "data/nlu/b.yml").write_text("un nouveau sujet\n")
    done = installed.upgrade()
    assert done.returncode == 0, done.stdout + done.stderr
    assert installed.version() == "v1.10" and installed.runs() and installed.marks() == ["avant"]
    merged = "notre phrase\nune\ndeux\ntrois\nquatre\ncinq\nsix\n"
    assert (installed.root / "data/nlu/a.yml").read_text() == merged
    assert (installed.root / "data/nlu/b.yml").read_text() == "un nouveau sujet\n"
    assert (installed.root / "models/v1.10.tar.gz").read_text() == "confidentiel\n", "trained on private data too"
    assert not (installed.root / "var/upgrade").exists()
    again = installed.upgrade()
    assert again.returncode == 0 and "Rien à faire" in again.stdout


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"desk.py": DESK.replace('"ok"', '"degraded"')}, "degraded"),
        ({"desk.py": "raise SystemExit(1)"}, "muet"),
        ({"database/migrate.py": "raise SystemExit('en panne')"}, "code 1"),
        ({"database/migrate.py": HALF_A_MIGRATION}, "code 3"),
    ],
)
def test_a_version_that_does_not_start_is_taken_back_with_the_database(
    installed: Installation, broken: dict[str, str], why: str
) -> None:
    tables = installed.tables()
    installed.publish("v2.0", broken)
    (installed.root / "data/nlu/a.yml").write_text("notre phrase\n")
    done = installed.upgrade()
    assert done.returncode == 1 and "de nouveau en service" in done.stderr, done.stdout + done.stderr
    assert why in done.stdout
    assert installed.version() == "v1.9" and installed.runs() and installed.marks() == ["avant"]
    assert (installed.root / "data/nlu/a.yml").read_text() == "notre phrase\n"
    assert (installed.root / "data/nlu/membres/x.yml").read_text() == "confidentiel\n"
    assert installed.tables() == tables and "rating" in tables


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("version", "says"),
    [
        ({"supervisor/model.py": "raise SystemExit(1)"}, "supervisor.model"),
        ({"scripts/setup.py": "raise SystemExit(1)"}, "setup.py"),
        ({"data/nlu/a.yml": "la leur\n"}, "data/nlu/a.yml"),
    ],
)
def test_what_fails_beforehand_does_not_stop_the_desk(
    installed: Installation, version: dict[str, str], says: str
) -> None:
    (installed.root / "data/nlu/a.yml").write_text("la nôtre\n")
    installed.publish("v2.0", version)
    served = (installed.root / "var/pid").read_text()
    done = installed.upgrade()
    assert done.returncode == 1 and says in done.stderr
    assert installed.version() == "v1.9" and (installed.root / "var/pid").read_text() == served and installed.runs()
    assert not (installed.root / "var/upgrade").exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_changed_program_and_an_unknown_version_are_refused(installed: Installation) -> None:
    installed.publish("v2.0", {})
    assert "n’existe pas" in installed.upgrade("--ref", "v9").stderr
    (installed.root / "settings.py").write_text("")
    done = installed.upgrade("--ref", "v2.0")
    assert done.returncode == 1 and "settings.py" in done.stderr and installed.runs()
