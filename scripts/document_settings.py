"""Write `docs/settings.md` from settings.py; with `--check` only say whether it is current."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from settings import ROOT, Settings

TARGET = Path("docs/settings.md")
HEAD = """\
# Settings

All from environment variables; `make serve NAME=value` sets one too. Every process reads the same ones (`settings.py`).
This file is written by `python -m scripts.document_settings`.

| variable | default | meaning |
|---|---|---|
"""
TAIL = """
## For developers and tests

| variable | meaning |
|---|---|
| `TRACKER_STORE_URL` | URL of Rasa's conversations; else `rasa.db` beside the site's, or the same PostgreSQL. |
| `DATA_DIR` | The folder of data files in place of `data/`. |
| `DEVELOPMENT` | `1`: Rasa's REST channel answers without the shared secret where none is set. |
| `REQUIRE_SERVICES` | `1`: tests that need PostgreSQL or Redis fail where these are missing, else they are skipped. |
| `REQUIRE_BROWSER` | The same for tests that need Chromium. |
| `NO_COLOR` | `make serve` prints no colours. |
"""


def show(default: Any) -> str:
    """A default as the table shows it."""
    if isinstance(default, tuple):
        default = " ".join(default)
    text = str(default).replace(f"{ROOT}/", "")
    return f"`{text}`" if text else "–"


def document() -> str:
    """The whole file."""
    rows = [(item.metadata["env"], show(item.default), item.metadata["meaning"]) for item in fields(Settings)]
    return HEAD + "".join(f"| `{name}` | {default} | {meaning} |\n" for name, default, meaning in rows) + TAIL


def main(arguments: list[str]) -> int:
    """Write the file, or check it.

    Returns:
        The exit code: 1 where `--check` finds it out of date.
    """
    path = ROOT / TARGET
    if "--check" in arguments:
        if path.is_file() and path.read_text(encoding="utf-8") == document():
            return 0
        print(f"{TARGET} is out of date: run `python -m scripts.document_settings`.", file=sys.stderr)
        return 1
    path.write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
