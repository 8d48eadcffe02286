"""Programs of Rasa's environment that a comparison needs: reading with a model, cross-validating examples."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from releases.readings import Reading
from settings import ROOT

PYTHON = ROOT / ".venv-rasa" / "bin" / "python"


class ProgramFailedError(RuntimeError):
    """A program of Rasa's environment failed; the message is its last line."""


def readings(archives: Sequence[Path], texts: Sequence[str]) -> list[list[Reading] | None]:
    """How models read some texts: a list for each model, None for one that the present code cannot read.

    Raises:
        ProgramFailedError: It failed.
    """
    if not texts:
        return [[] for _ in archives]
    models = [argument for archive in archives for argument in ("--model", str(archive))]
    found = _run("scripts.read_with_model", {"texts": list(texts)}, models)
    return [None if rows is None else [Reading.read(row) for row in rows] for rows in found]


def cross_validation(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Both versions of the examples, cross-validated on the same sentences (`scripts.cross_validate`).

    Args:
        old: Sentences with their intents.
        new: Those of the other version.

    Raises:
        ProgramFailedError: It failed.
    """
    content: dict[str, Any] = _run("scripts.cross_validate", {"old": list(old), "new": list(new)}, [])
    return content


def _run(module: str, files: Mapping[str, Any], arguments: Sequence[str]) -> Any:
    """Run a program with JSON files, and give what it writes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [str(PYTHON), "-m", module, *arguments, "--out", str(folder / "out.json")]
        for option, content in files.items():
            path = folder / f"{option}.json"
            path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
            command += [f"--{option}", str(path)]
        environment = {**os.environ, "PYTHONUTF8": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProgramFailedError((done.stderr or done.stdout).strip().rpartition("\n")[2])
        return json.loads((folder / "out.json").read_text("utf-8"))
