"""Write `docs/settings.md` from settings.py; with `--check` only say whether it is current."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from settings import ROOT, Settings

TARGET = Path("docs/settings.md")
HEAD = """\
# Settings

All from environment variables; `make serve NAME=value` sets one too. Every process reads the same ones (`settings.py`).
A secret (◆) can stand in a file instead: where `NAME` is empty, the file that `NAME_FILE` names is read. Where others
than this machine can reach the site (`PUBLIC_URL`, `TRUSTED_PROXIES` or another `HOST` is set), nothing starts with a
secret that can be guessed; `openssl rand -base64 32` draws a good one.
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
    return HEAD + "".join(_row(item.metadata, item.default) for item in fields(Settings)) + TAIL


def _row(about: Mapping[str, str], default: Any) -> str:
    mark = "◆ " if about["secret"] else ""
    return f"| `{about['env']}` | {show(default)} | {mark}{about['meaning']} |\n"


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
