"""What was erased, as hashes in a file beside the backups: a backup that is restored loses it again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from website.privacy.models import Kind

NAME = "effacements.log"


def note(folder: Path, kind: Kind, conversation_sha256: str) -> None:
    """Add a line, on the disk when this returns. The same one twice does no harm.

    Args:
        folder: Where backups are kept.
        kind: Why.
        conversation_sha256: Of the conversation's id.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / NAME, "a", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"\n{kind} {conversation_sha256}\n")  # a line that a crash cut short ends here
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> Iterable[tuple[Kind, str]]:
    """All lines; one that a crash cut short is left out: its receipt is open still, and writes it again."""
    file = folder / NAME
    for line in file.read_text("ascii", "replace").splitlines() if file.exists() else ():
        kind, _, hashed = line.partition(" ")
        if kind in set(Kind) and len(hashed) == 64:
            yield Kind(kind), hashed
