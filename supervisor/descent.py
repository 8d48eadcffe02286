"""What a process started, as Linux tells it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def children(pid: int) -> list[int]:
    """The processes that the first thread of a process started; none where it has ended or the system does not tell."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []


def descendants(pid: int) -> Iterator[int]:
    """All that a process started and these in their turn, each before what it started itself."""
    for child in children(pid):
        yield child
        yield from descendants(child)
