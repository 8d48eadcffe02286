"""Measured results, kept as JSON with a digest of what they were measured on."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import describe

Result = dict[str, Any]


def digest(*parts: object) -> str:
    """SHA-256 over any values that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


class Results:
    """A folder of results.

    Args:
        folder: The folder; made where missing.
        again: Forget what is known.
    """

    def __init__(self, folder: Path, again: bool = False) -> None:
        self._folder = folder
        self._again = again
        folder.mkdir(parents=True, exist_ok=True)

    def known(self, name: str, inputs: str) -> Result | None:
        """A result that was measured on the same inputs, or None."""
        found = self.read(name)
        return found if found and found["inputs"] == inputs and not self._again else None

    def read(self, name: str) -> Result | None:
        """A result whatever it was measured on, or None."""
        try:
            content = json.loads((self._folder / f"{name}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) and "inputs" in content else None

    def keep(self, name: str, inputs: str, content: Result) -> Result:
        """Write a result, at one stroke."""
        made = datetime.now(UTC).isoformat(timespec="seconds")
        record = {"inputs": inputs, "made": made, "machine": describe(), **content}
        draft = self._folder / f".{name}.new"
        draft.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
        os.replace(draft, self._folder / f"{name}.json")
        return record
