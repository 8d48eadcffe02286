"""Which model fits the data, and training one where none does (`python -m supervisor.model`).

A model `models/<name>.tar.gz` has a record `models/<name>.json` beside it with the fingerprint of all that it was
made from. The record is written last: a model without one does not count.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from settings import ROOT
from supervisor.surroundings import rasa_environment

INPUTS = ("config.yml", "domain.yml", "domain", "bot", "understanding", "requirements/rasa.lock")
"""Files and folders of the checkout that a model is made from."""
DATA_INPUTS = ("categories.yml", "conversation.yml", "deux_besoins.yml", "nlu/**/*", "communes/*")
"""The same in the folder of data files."""
MODELS = "models"
DRAFTS = ".training-"
ATTEMPTS = 3


class TrainingError(Exception):
    """No model came out of a training; the message is one French sentence."""


@dataclass(frozen=True)
class Model:
    """A trained model.

    Args:
        path: Its archive.
        fingerprint: Of all that it was made from.
        made: When, as an ISO 8601 date and time in UTC.
    """

    path: Path
    fingerprint: str
    made: str


def data_folder(root: Path) -> Path:
    """The folder of data files: `DATA_DIR` of the environment, else `data/`."""
    return Path(os.environ.get("DATA_DIR") or root / "data")


def _inputs(root: Path) -> Iterator[tuple[str, Path]]:
    for name in INPUTS:
        path = root / name
        for file in path.rglob("*") if path.is_dir() else [path]:
            yield file.relative_to(root).as_posix(), file
    data = data_folder(root)
    for pattern in DATA_INPUTS:
        for file in data.glob(pattern):
            yield "data/" + file.relative_to(data).as_posix(), file


def fingerprint(root: Path) -> str:
    """SHA-256 over names and contents of all that a model is made from."""
    total = hashlib.sha256()
    for name, path in sorted(_inputs(root)):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in Path(name).parts)
        if hidden or path.suffix == ".pyc" or not path.is_file():
            continue
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def models(root: Path) -> list[Model]:
    """All complete models, the newest first."""
    found = []
    for record in (root / MODELS).glob("*.json"):
        archive = record.with_suffix(".tar.gz")
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            content = json.loads(record.read_text(encoding="utf-8"))
            if archive.is_file():
                found.append(Model(archive, str(content["fingerprint"]), str(content["made"])))
    return sorted(found, key=lambda model: model.made, reverse=True)


def find(root: Path) -> Model | None:
    """The newest model that fits the data, or None."""
    wanted = fingerprint(root)
    return next((model for model in models(root) if model.fingerprint == wanted), None)


def newest(root: Path) -> Model | None:
    """The newest model, whether it fits or not, or None."""
    return next(iter(models(root)), None)


def rasa_command(root: Path) -> list[str]:
    """How Rasa is called (not by its script, which breaks when the checkout is moved)."""
    return [str(root / ".venv-rasa" / "bin" / "python"), "-m", "scripts.quiet_rasa"]


def train(root: Path, rasa: Sequence[str] | None = None, force: bool = False) -> Model:
    """Train a model where none fits the data.

    Two trainings at once: the second waits, and finds the first one's model. A training that is killed leaves the
    models as they were.

    Args:
        root: The checkout.
        rasa: How Rasa is called; that of the checkout's own environment where None.
        force: Train even where a model fits.

    Returns:
        The model that fits.

    Raises:
        TrainingError: The training failed, or the data changed each time while it ran.
    """
    folder = root / MODELS
    folder.mkdir(exist_ok=True)
    with open(folder / ".training.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(DRAFTS + "*"):
            shutil.rmtree(left, ignore_errors=True)
        found = None if force else find(root)
        if found:
            return found
        for _ in range(ATTEMPTS):
            before = fingerprint(root)
            with tempfile.TemporaryDirectory(prefix=DRAFTS, dir=folder) as draft:
                archive = _train_once(root, Path(draft), list(rasa or rasa_command(root)), f"modele-{before[:12]}")
                if fingerprint(root) == before:
                    return _keep(archive, folder, before)
            print("Les données ont changé pendant l’entraînement\u00a0; il recommence.", flush=True)
    raise TrainingError("Les données changent sans cesse\u00a0: réessayez quand elles ne bougent plus.")


def _train_once(root: Path, draft: Path, rasa: list[str], name: str) -> Path:
    # Rasa's cache knows a component's own source but not what it imports: with it, a change in understanding/ would
    # leave the old classifier in the new model.
    cache = {"RASA_MAX_CACHE_SIZE": "0", "RASA_CACHE_DIRECTORY": str(draft / "cache")}
    files = ["--config", "config.yml", "--domain", "domain.yml", "--data", str(data_folder(root))]
    command = [*rasa, "train", "--fixed-model-name", name, "--out", str(draft), "--quiet", *files]
    code = subprocess.run(command, cwd=root, env=rasa_environment() | cache, stdin=subprocess.DEVNULL).returncode
    archive = draft / f"{name}.tar.gz"
    if code or not archive.is_file():
        raise TrainingError(f"L’entraînement a échoué (code {code})\u00a0; les modèles précédents sont intacts.")
    return archive


def _keep(archive: Path, folder: Path, made_from: str) -> Model:
    target = folder / archive.name
    made = datetime.now(UTC).isoformat(timespec="seconds")
    draft = archive.parent / "record.json"
    draft.write_text(json.dumps({"fingerprint": made_from, "made": made}, indent=1) + "\n", encoding="utf-8")
    os.replace(archive, target)
    os.replace(draft, target.with_name(target.name.removesuffix(".tar.gz") + ".json"))
    return Model(target, made_from, made)


def main(arguments: list[str] | None = None) -> int:
    """Train where no model fits, and say which one does.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m supervisor.model", description="Train a model where none fits.")
    parser.add_argument("--force", action="store_true", help="train even where a model fits")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout (this one)")
    parser.add_argument("--rasa", type=shlex.split, help="how Rasa is called (that of the checkout's environment)")
    options = parser.parse_args(arguments)
    if not options.force and (found := find(options.root)):
        print(f"Le modèle {found.path.name} correspond aux données.")
        return 0
    print("Entraînement d’un modèle…", flush=True)
    began = time.monotonic()
    try:
        model = train(options.root, options.rasa, options.force)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Modèle {model.path.name} prêt en {time.monotonic() - began:.0f}\u00a0s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
