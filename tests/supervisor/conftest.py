"""The stage for tests over real processes, and a small checkout in which a stand-in for Rasa trains."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from database.migrate import upgrade
from settings import Settings
from tests.supervisor.shop import Shop
from tests.supervisor.stage import Stage, alive

RASA = """
# Takes the arguments of `rasa train` and leaves an archive, as Rasa does.
import io, os, pathlib, sys, tarfile, time
arguments = dict(zip(sys.argv[2:], sys.argv[3:]))
archive = pathlib.Path(arguments["--out"], arguments["--fixed-model-name"] + ".tar.gz")
data = pathlib.Path(arguments["--data"])
assert os.environ["DATA_DIR"] == str(data)
archive.write_text("half")
here = pathlib.Path(__file__).parent

def reach(stage):
    print(f"@étape {stage} 0.500", flush=True)
    (here / "pids").open("a").write(f"{os.getpid()}\\n")
    (here / "started").touch()
    while (here / "hold").exists() and (here / "hold").read_text() in ("", stage):
        time.sleep(0.02)

print("un avertissement", flush=True)
for stage in ("phrases", "apprentissage", "reglage", "ecriture"):
    reach(stage)
if (here / "says").exists():
    print((here / "says").read_text(), flush=True)
if (here / "code").exists():
    sys.exit(int((here / "code").read_text()))
with tarfile.open(archive, "w:gz") as packed:
    text = (data / "nlu" / "aides.yml").read_bytes()
    entry = tarfile.TarInfo("examples.txt")
    entry.size = len(text)
    packed.addfile(entry, io.BytesIO(text))
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage in a fresh folder; whatever is left on it is cleared."""
    built = Stage(tmp_path)
    yield built
    for process in built.started:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    for notes in tmp_path.glob("*.pids"):
        for pid in built.pids(notes.stem):
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the files that a model is made from."""
    root = tmp_path / "checkout"
    for name, text in {
        "config.yml": "language: fr",
        "domain.yml": "version: '3.1'",
        "data/categories.yml": "categories: []",
        "data/conversation.yml": "intents: []",
        "data/nlu/aides.yml": "nlu: []",
        "bot/intents.py": "",
        "understanding/text.py": "",
        "requirements/rasa.lock": "",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def rasa(tmp_path: Path) -> Path:
    """A stand-in for the `rasa` command.

    Beside it, `hold` keeps it at a stage (at each where the file is empty), `code` ends it with an exit code, `says`
    holds a line that it prints; `started` and `pids` tell that it runs.
    """
    path = tmp_path / "rasa.py"
    path.write_text(RASA, encoding="utf-8")
    return path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runners look again soon, and train the data of their own checkout."""
    for name in ("trainings.LOOK_EVERY_S", "trainings.REPORT_EVERY_S", "trainings.AGAIN_S"):
        monkeypatch.setattr(f"supervisor.{name}", 0.05)
    for name in ("choice.LOOK_EVERY_S", "choice.WATCH_DATA_EVERY_S"):
        monkeypatch.setattr(f"supervisor.{name}", 0.05)
    monkeypatch.delenv("DATA_DIR", raising=False)


@pytest.fixture
async def sqlite_shop(checkout: Path, rasa: Path, tmp_path: Path, quick: None) -> AsyncIterator[Shop]:
    """A runner's checkout over SQLite, where the kind of database makes no difference."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    upgrade(Settings(database_url=url))
    built = Shop(checkout, rasa, url)
    yield built
    await built.close()
