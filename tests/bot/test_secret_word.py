"""A secret word through all real processes, as loud as they can be: in no log, and after the erasure in no file."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from supervisor.loopback import free_port
from tests.actions.server import ROOT, SECRET, call, serving
from tests.bot.conftest import CURRENT, QUIET, Trained

WORD = "zinguerie"
PATIENCE_S = 60.0
ENVIRONMENT = (
    "import json; from settings import Settings; from supervisor import surroundings as s; "
    "print(json.dumps([s.current_environment(Settings.from_environment()), "
    "s.rasa_environment(Settings.from_environment())]))"
)
"""What the supervisor gives to its processes."""
LEARN = (
    "import sys; from pathlib import Path; from corpus.edition import Origin; from corpus.writer import CorpusWriter; "
    "from corpus.regressions import RegressionWriter; from understanding.paths import DATA; "
    "o = Origin('member', conversation_id=sys.argv[1]); w = sys.argv[2]; "
    "CorpusWriter(DATA).add('formation', [('apprendre la ' + w, o)], private=True); "
    "RegressionWriter(DATA).add('où apprendre la ' + w, 'formation', origin=o)"
)


@dataclass(frozen=True)
class Desk:
    """The running processes."""

    url: str
    folder: Path
    environment: dict[str, str]

    def call(self, method: str, path: str, token: str = "", body: object = None) -> tuple[int, Any]:
        """A member's call."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return call(self.url + path, body, method, headers)

    def answered(self, path: str, token: str, seq: int) -> None:
        """Wait for the answer to a message."""
        until(lambda: self.call("GET", f"{path}/messages", token)[1]["answered_to"] >= seq)

    def holding(self, suffix: str = "") -> list[str]:
        """Files that hold the word; one that was replaced or taken away since it was listed holds nothing."""
        files = [Path(folder, name) for folder, _, names in os.walk(self.folder) for name in names]
        holding = []
        for file in files:
            with contextlib.suppress(FileNotFoundError):
                if file.name.endswith(suffix) and file.is_file() and WORD.encode() in file.read_bytes():
                    holding.append(file.name)
        return sorted(holding)


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = found()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError("it never came to that")


@pytest.fixture
def desk(trained: Trained, tmp_path: Path) -> Iterator[Desk]:
    """Site, action server and Rasa, each at LOG_LEVEL=DEBUG."""
    if not CURRENT.exists():
        pytest.skip("needs the environment of the site")
    data = tmp_path / "data"
    subprocess.run(["cp", "-r", str(trained.data), str(data)], check=True)
    (tmp_path / "var").mkdir()
    ports = {name: str(free_port()) for name in ("PORT", "RASA_PORT", "ACTIONS_PORT")}
    own = {
        **QUIET,
        **ports,
        "LOG_LEVEL": "DEBUG",
        "DATA_DIR": str(data),
        "SHARED_SECRET": SECRET,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'var' / 'site.db'}",
        "BACKUP_DIR": str(tmp_path / "backups"),
        "DEVELOPMENT": "1",
    }
    own.pop("LOG_LEVEL_LIBRARIES")
    environment = {**os.environ, **own}
    environment.pop("LOG_LEVEL_LIBRARIES", None)
    printed = subprocess.check_output([str(CURRENT), "-c", ENVIRONMENT], env=environment, cwd=ROOT, text=True)
    current, rasa = json.loads(printed)
    importing = "from directory.importer import *; import_files(Settings.from_environment())"
    subprocess.run([str(CURRENT), "-c", importing], env=environment, cwd=ROOT, check=True)
    files = ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--model", str(trained.archive)]
    python = str(ROOT / ".venv-rasa" / "bin" / "python")
    run = [python, "-m", "rasa", "run", "--debug", "-i", "127.0.0.1", "-p", ports["RASA_PORT"], *files]
    site = f"http://127.0.0.1:{ports['PORT']}"
    with contextlib.ExitStack() as stack:
        for name, command, given, probe in (
            ("actions", [str(CURRENT), "-m", "actions"], current, f"http://127.0.0.1:{ports['ACTIONS_PORT']}/health"),
            ("site", [str(CURRENT), "-m", "website"], current, f"{site}/health"),
            ("rasa", run, rasa, f"http://127.0.0.1:{ports['RASA_PORT']}/webhooks/site/"),
        ):
            stack.enter_context(serving(command, given, probe, tmp_path / f"{name}.log"))
        yield Desk(site, tmp_path, environment)


def test_it_is_in_no_log_and_after_the_erasure_in_no_file(desk: Desk) -> None:
    _, opened = desk.call("POST", "/api/conversations", body={})
    path, token = f"/api/conversations/{opened['id']}", opened["token"]
    texts = [f"je cherche une formation de {WORD} à Pau", f"{WORD} !", f"mon adresse est {WORD}@exemple.fr"]
    for number, text in enumerate(texts):
        _, sent = desk.call("POST", f"{path}/messages", token, {"text": text, "client_id": str(number)})
        desk.answered(path, token, sent["seq"])
    body = {"payload": "/demander_humain", "client_id": "h"}
    assert desk.call("POST", f"{path}/messages", token, body)[0] == 202
    until(lambda: desk.call("GET", f"{path}/messages", token)[1]["state"] == "waiting")
    body = {"email": f"{WORD}@exemple.fr"}
    assert desk.call("PUT", f"{path}/coordonnees", token, body)[0] == 200
    subprocess.run([str(CURRENT), "-c", LEARN, opened["id"], WORD], env=desk.environment, cwd=ROOT, check=True)
    held = {name.removesuffix("-wal") for name in desk.holding()}
    assert {"rasa.db", "formation.yml", "temoins.yml"} <= held
    assert desk.holding(".log") == []
    assert desk.call("DELETE", path, token)[0] == 204
    until(lambda: desk.holding() == [])
    assert desk.holding(".log") == []
    assert all((desk.folder / f"{name}.log").stat().st_size for name in ("site", "rasa"))
