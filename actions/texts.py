"""What the assistant says, from `data/textes.yml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml

from understanding.paths import TEXTS


class UnknownTextError(LookupError):
    """data/textes.yml has no text of this name, or the text has a {name} that nothing fills in."""


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int) -> dict[str, str]:
    content = yaml.safe_load(path.read_text("utf-8"))
    return {str(key): str(value) for key, value in content.items()}


def texts(path: Path = TEXTS) -> dict[str, str]:
    """All texts by name; read again when the file has changed."""
    return _read(path, path.stat().st_mtime_ns)


def text(key: str, **values: str) -> str:
    """A text with its {names} filled in.

    Raises:
        UnknownTextError: There is no such text, or a value is missing.
    """
    try:
        return texts()[key].format_map(values)
    except KeyError as error:
        raise UnknownTextError(f"{key}: {error}") from error
