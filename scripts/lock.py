"""Resolve the lock files anew from requirements/*.in (`make lock`); `--upgrade` takes the newest versions.

The results hold for Linux and macOS, x86-64 and ARM, and name no host. dev.lock takes site.lock's versions, so that
what is tested is what runs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from scripts.setup import SetupError, find_uv, run

LOCKS: Sequence[tuple[str, str, Sequence[str]]] = (
    ("site", "3.11", ()),
    ("dev", "3.11", ("-c", "requirements/site.lock")),
    ("rasa", "3.10", ()),
    ("uv", "3.8", ()),
)
"""Name of each file, its least Python, further options."""


def main(arguments: list[str]) -> int:
    """Write all lock files.

    Returns:
        The exit code.
    """
    upgrade = ["--upgrade"] if "--upgrade" in arguments else []
    try:
        uv = find_uv()
        for name, python, options in LOCKS:
            print(f"requirements/{name}.lock", flush=True)
            fixed = ["pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", python]
            files = [f"requirements/{name}.in", "-o", f"requirements/{name}.lock"]
            run([uv, *fixed, *upgrade, *options, *files])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
