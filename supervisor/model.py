"""Which model fits the data, and training one where none does (`python -m supervisor.model`).

A model `models/<name>.tar.gz` has a record `models/<name>.json` beside it with the hashes of all that it was made
from. The record is written last: a model without one does not count. A training learns from a copy of the data files,
so that nobody who edits them meanwhile breaks it or makes it begin again.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from releases.checking import fault, sources
from releases.figures import figures, held_out_of
from releases.hashes import code_hash, data_hash
from settings import ROOT
from supervisor.surroundings import rasa_environment
from understanding import progress
from understanding.catalogue import load_catalogue

MODELS = "models"
ENDING = ".tar.gz"
DRAFTS = ".training-"
LOCK = ".training.lock"
STILL_ATTEMPTS = 10
MADE_LINE = "@modèle "
"""Before the name of the model, where another program listens."""
FAULT_LINE = "@échec "
"""Before the reason, the same."""
NO_SPACE = "Le disque est plein\u00a0: faites de la place, puis relancez l’entraînement."


class TrainingError(Exception):
    """No model came out of a training; the message is one French sentence."""


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes:
        path: Its archive.
        data_hash: Of the data that it was made from.
        code_hash: Of the code that it was made with.
        made: When, as an ISO 8601 date and time in UTC.
        sources: Conversations of which it has learnt a sentence.
        figures: How well it understands held-out examples; None where that is not known.
    """

    path: Path
    data_hash: str
    code_hash: str
    made: str
    sources: tuple[str, ...] = ()
    figures: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """Its name, which is also its id in the registry."""
        return self.path.name.removesuffix(ENDING)


def data_folder(root: Path) -> Path:
    """The folder of data files: `DATA_DIR` of the environment, else `data/`."""
    return Path(os.environ.get("DATA_DIR") or root / "data")


def fingerprint(root: Path) -> str:
    """SHA-256 over all that a model is made from."""
    return hashlib.sha256(f"{data_hash(data_folder(root))}\n{code_hash(root)}".encode()).hexdigest()


def models(root: Path) -> list[Model]:
    """All complete models, the newest first."""
    found = [read_record(record) for record in (root / MODELS).glob("*.json")]
    return sorted((model for model in found if model), key=lambda model: model.made, reverse=True)


def read_record(record: Path) -> Model | None:
    """The model of a record; None where either of them is not whole."""
    archive = record.with_name(record.stem + ENDING)
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(record.read_text(encoding="utf-8"))
        if archive.is_file():
            return Model(
                path=archive,
                data_hash=str(content["data_hash"]),
                code_hash=str(content["code_hash"]),
                made=str(content["made"]),
                sources=tuple(content["sources"]),
                figures=content["figures"],
            )
    return None


def find(root: Path) -> Model | None:
    """The newest model that fits data and code, or None."""
    data, code = data_hash(data_folder(root)), code_hash(root)
    return next((model for model in models(root) if (model.data_hash, model.code_hash) == (data, code)), None)


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
        The model of the data as they were when it began.

    Raises:
        TrainingError: The training failed.
    """
    folder = root / MODELS
    folder.mkdir(exist_ok=True)
    with open(folder / LOCK, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _clear(folder)
        found = None if force else find(root)
        if found:
            return found
        progress.say(progress.READING)
        try:
            with tempfile.TemporaryDirectory(prefix=DRAFTS, dir=folder) as draft:
                return _train(root, Path(draft), list(rasa or rasa_command(root)))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise TrainingError(NO_SPACE) from error
            raise TrainingError(f"L’entraînement a échoué\u00a0: {error.strerror or error}.") from error


def clear_drafts(root: Path) -> None:
    """Remove what killed trainings left, unless one runs."""
    folder = root / MODELS
    if not folder.is_dir():
        return
    with open(folder / LOCK, "w") as lock, contextlib.suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _clear(folder)


def _clear(folder: Path) -> None:
    for left in folder.glob(DRAFTS + "*"):
        shutil.rmtree(left, ignore_errors=True)


def _train(root: Path, draft: Path, rasa: list[str]) -> Model:
    code = code_hash(root)
    data = draft / "data"
    hashed = _copy_still(data_folder(root), data)
    broken = fault(data)
    if broken:
        raise TrainingError(broken)
    made = datetime.now(UTC)
    name = f"modele-{made:%Y%m%d-%H%M%S}-{hashed[:12]}"
    archive = _run_rasa(root, draft, data, rasa, name)
    if code_hash(root) != code:
        raise TrainingError("Le programme a été mis à jour pendant l’entraînement\u00a0: relancez-le.")
    try:
        readings = held_out_of(archive)
    except ValueError as error:
        raise TrainingError(
            "L’entraînement a laissé un fichier abîmé\u00a0; les versions précédentes sont intactes."
        ) from error
    catalogue = load_catalogue(data / "categories.yml", data / "conversation.yml")
    known = figures(readings, list(catalogue.categories)) if readings else None
    moment = made.isoformat(timespec="milliseconds")
    return _keep(Model(archive, hashed, code, moment, sources(data), known), root / MODELS)


def _copy_still(data: Path, copy: Path) -> str:
    """Copy the data files as they are at one moment.

    Returns:
        Their hash.
    """
    for _ in range(STILL_ATTEMPTS):
        before = data_hash(data)
        shutil.copytree(data, copy, ignore=shutil.ignore_patterns(".*"))
        if data_hash(copy) == before == data_hash(data):
            return before
        shutil.rmtree(copy)
        time.sleep(0.2)
    raise TrainingError("Les données changent sans cesse\u00a0: réessayez quand elles ne bougent plus.")


def _run_rasa(root: Path, draft: Path, data: Path, rasa: list[str], name: str) -> Path:
    scratch = draft / "scratch"
    scratch.mkdir()
    own = {
        # Rasa's cache knows a component's own source but not what it imports: with it, a change in understanding/
        # would leave the old classifier in the new model.
        "RASA_MAX_CACHE_SIZE": "0",
        "RASA_CACHE_DIRECTORY": str(draft / "cache"),
        "DATA_DIR": str(data),
        "TMPDIR": str(scratch),  # what a killed training leaves is found and removed
    }
    files = ["--config", "config.yml", "--domain", "domain.yml", "--data", str(data)]
    command = [*rasa, "train", "--fixed-model-name", name, "--out", str(draft), "--quiet", *files]
    code = subprocess.run(command, cwd=root, env=rasa_environment() | own, stdin=subprocess.DEVNULL).returncode
    archive = draft / f"{name}{ENDING}"
    if code or not archive.is_file():
        raise TrainingError(
            f"L’entraînement a échoué ({how_ended(code)})\u00a0; les versions précédentes sont intactes."
        )
    return archive


def how_ended(code: int) -> str:
    """An exit code in French words, with what is most likely behind it."""
    if code == -signal.SIGKILL:
        return "le système l’a interrompu, sans doute faute de mémoire"
    return f"signal {-code}" if code < 0 else f"code {code}"


def _keep(model: Model, folder: Path) -> Model:
    target = folder / model.path.name
    draft = model.path.parent / "record.json"
    content = {key: value for key, value in asdict(model).items() if key != "path"}
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    with model.path.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(model.path, target)
    os.replace(draft, folder / f"{model.id}.json")
    return Model(target, *(getattr(model, name) for name in content))


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
    listened = bool(os.environ.get(progress.VARIABLE))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that drafts are removed
    began = time.monotonic()
    found = None if options.force else find(options.root)
    if not found:
        print("Entraînement d’un modèle…", flush=True)
    try:
        model = found or train(options.root, options.rasa, options.force)
    except TrainingError as error:
        print(FAULT_LINE + str(error) if listened else error, file=sys.stdout if listened else sys.stderr)
        return 1
    if listened:
        print(MADE_LINE + model.id)
    if found:
        print(f"Le modèle {model.path.name} correspond aux données.")
    else:
        print(f"Modèle {model.path.name} prêt en {time.monotonic() - began:.0f}\u00a0s.")
        if not find(options.root):
            print("Les données ont changé pendant l’entraînement\u00a0: relancez-le pour qu’elles soient apprises.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
