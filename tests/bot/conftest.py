"""A small model, trained once from changed data files, and Rasa serving it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from supervisor.loopback import free_port
from tests.actions.server import ROOT, SECRET, serving
from tests.bot.data import add_category, copy_data, merge_categories

CURRENT = ROOT / ".venv" / "bin" / "python"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "RASA_MAX_CACHE_SIZE": "0",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Rasa there is nothing to test here."""
    if importlib.util.find_spec("rasa") is None:
        for item in items:
            if Path(item.fspath).is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason="needs Rasa's environment"))


def rasa_environment(data: Path) -> dict[str, str]:
    """The environment of a Rasa command over a folder of data files."""
    environment = {**os.environ, **QUIET, "DATA_DIR": str(data)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


@dataclass(frozen=True)
class Trained:
    """A trained model and the data files that it was trained from."""

    data: Path
    archive: Path
    moved: list[str]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model after a category was added and two were merged, by editing files only."""
    folder = tmp_path_factory.mktemp("model")
    data = copy_data(folder / "data")
    add_category(data)
    moved = merge_categories(data)
    files = ["--config", "config.yml", "--domain", "domain.yml", "--data", str(data)]
    command = [sys.executable, "-m", "rasa", "train", "--fixed-model-name", "small", "--out", str(folder), *files]
    done = subprocess.run(command, cwd=ROOT, env=rasa_environment(data), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return Trained(data, folder / "small.tar.gz", moved)


@dataclass(frozen=True)
class Running:
    """A running Rasa with its action server's port."""

    port: int
    actions_port: int
    environment: dict[str, str]
    folder: Path

    @property
    def site(self) -> str:
        """Address of the site's channel."""
        return f"http://127.0.0.1:{self.port}/webhooks/site"

    @property
    def rest(self) -> str:
        """Address of the REST channel."""
        return f"http://127.0.0.1:{self.port}/webhooks/rest"

    def actions(self) -> AbstractContextManager[None]:
        """The action server, for as long as the block lasts."""
        return serving(
            [str(CURRENT), "-m", "actions"],
            self.environment,
            f"http://127.0.0.1:{self.actions_port}/health",
            self.folder / "actions.log",
        )


@contextmanager
def running_rasa(trained: Trained, folder: Path, **variables: str) -> Iterator[Running]:
    """Rasa, without its action server.

    Args:
        trained: The model.
        folder: Where its database and those of the others are.
        variables: Further environment variables, of the action server too.
    """
    if not CURRENT.exists():
        pytest.skip("needs the environment of the action server")
    port, actions_port = free_port(), free_port()
    environment = {
        **QUIET,
        "DATA_DIR": str(trained.data),
        "SHARED_SECRET": SECRET,
        "RASA_PORT": str(port),
        "ACTIONS_PORT": str(actions_port),
        "ACTIONS_URL": f"http://127.0.0.1:{actions_port}",
        "DATABASE_URL": f"sqlite:///{folder / 'directory.db'}",
        "TRACKER_STORE_URL": f"sqlite:///{folder / 'rasa.db'}",
        **variables,
    }
    imported = subprocess.run(
        [str(CURRENT), "-c", "from directory.importer import *; import_files(Settings.from_environment())"],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True,
    )  # fmt: skip
    assert imported.returncode == 0, imported.stderr
    files = ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--model", str(trained.archive)]
    command = [sys.executable, "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port), *files]
    running = Running(port, actions_port, environment, folder)
    with serving(command, environment, f"{running.site}/", folder / "rasa.log"):
        yield running


@pytest.fixture(scope="session")
def rasa(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Rasa, without its action server."""
    with running_rasa(trained, tmp_path_factory.mktemp("rasa")) as running:
        yield running


@pytest.fixture(scope="module")
def _actions(rasa: Running) -> Iterator[None]:
    with rasa.actions():
        yield


@pytest.fixture
def desk(rasa: Running, _actions: None) -> Running:
    """Rasa and its action server, both running."""
    return rasa
