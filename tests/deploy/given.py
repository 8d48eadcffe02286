"""What containers give the programs in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from settings import Settings

_WORD = "Pq7-xK2vLw9Zt4Rb8Nc3Hd6Yf1Gj5"
GOOD = {
    "database-url": f"postgresql://guichet:{_WORD}@postgres/guichet",
    "redis-url": f"redis://:{_WORD}@redis:6379/0",
    "shared-secret": f"{_WORD}-shared",
    "model-key": f"{_WORD}-model",
    "metrics-token": f"{_WORD}-metrics",
    "identity-key": f"{_WORD}-identity",
    "smtp-url": "",
}
"""Secrets that nobody guesses, by the file that holds each."""


def settings_of(environment: Mapping[str, str], files: Mapping[str, str], folder: Path) -> Settings:
    """The settings that a program reads from an environment and the files that it names.

    Args:
        environment: As the container has it.
        files: Path and content of the secrets there.
        folder: Where they are laid instead.
    """
    for path, content in files.items():
        (folder / Path(path).name).write_text(content, "utf-8")
    moved = {name: str(folder / Path(value).name) if value in files else value for name, value in environment.items()}
    return Settings.from_environment(moved)
