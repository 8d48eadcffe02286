"""SHA-256 over what a model is made from: the data that it learnt and the code that made and serves it."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from settings import ROOT

CODE_INPUTS = ("config.yml", "domain.yml", "domain", "bot", "understanding", "requirements/rasa.lock")
"""Files and folders of the checkout."""
DATA_INPUTS = ("categories.yml", "conversation.yml", "deux_besoins.yml", "nlu/**/*", "communes/*")
"""The same in the folder of data files."""


def data_hash(folder: Path) -> str:
    """Over names and contents of the data files that a model is made from."""
    found = ((path.relative_to(folder), path) for pattern in DATA_INPUTS for path in folder.glob(pattern))
    return _total(found)


def code_hash(root: Path) -> str:
    """Over names and contents of the code that makes and serves a model."""
    return _total(_code(root))


@functools.cache
def present_code() -> str:
    """That of the code which runs here, as it was when first asked for."""
    return code_hash(ROOT)


def _code(root: Path) -> Iterator[tuple[Path, Path]]:
    for name in CODE_INPUTS:
        path = root / name
        for file in path.rglob("*") if path.is_dir() else [path]:
            yield file.relative_to(root), file


def _total(files: Iterable[tuple[Path, Path]]) -> str:
    total = hashlib.sha256()
    for name, path in sorted(set(files)):
        hidden = any(part.startswith(".") or part == "__pycache__" for part in name.parts)
        if hidden or path.suffix == ".pyc" or not path.is_file():
            continue
        total.update(f"{name.as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
