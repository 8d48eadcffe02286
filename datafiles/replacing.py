"""Several files replaced as one, whatever is killed meanwhile.

New contents are written beside the old ones first, then a list of what is to be done, then each file is replaced by
renaming. Who finds such a list whose writer is dead finishes what it says.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LIST = ".replacing.json"
_DRAFT = ".replacing-"


@dataclass(frozen=True)
class Replacement:
    """What becomes of a file.

    Attributes:
        path: The file.
        old: What it holds; None where it is not there.
        new: What it shall hold; None where it goes.
    """

    path: Path
    old: bytes | None
    new: bytes | None


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Hold a folder while nobody changes it; several may read at once.

    Raises:
        OSError: There is no such folder.
    """
    with _held(folder, fcntl.LOCK_SH):
        unfinished = (folder / _LIST).exists()
        if not unfinished:
            yield
    if unfinished:
        with changing(folder):
            yield


@contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Hold a folder alone, among threads too, since each opens it for itself; what a crash left is finished.

    Raises:
        OSError: There is no such folder.
    """
    with _held(folder, fcntl.LOCK_EX):
        with contextlib.suppress(OSError):  # read-only: whoever writes will say so
            _finish(folder)
        yield


def perform(folder: Path, steps: Sequence[Replacement]) -> bool:
    """Replace files, for one who holds the folder alone.

    Args:
        folder: Above all of them.
        steps: In the order in which they are done.

    Returns:
        Whether it was done; False where a file is not what it was, and then none is changed.

    Raises:
        OSError: The folder is read-only or full; none is changed.
    """
    drafts: list[Path | None] = []
    done: list[Replacement] = []
    plan = folder / _LIST
    try:
        for step in steps:
            drafts.append(_draft(step))
        if len(steps) > 1:
            _write_plan(folder, steps, drafts)
        for step, draft in zip(steps, drafts):
            if _content(step.path) != step.old:
                _undo(done)
                return False
            _put(step.path, draft)
            done.append(step)
        return True
    except BaseException:
        _undo(done)
        raise
    finally:
        plan.unlink(missing_ok=True)
        for draft in drafts:
            if draft is not None:
                draft.unlink(missing_ok=True)


def _undo(done: Sequence[Replacement]) -> None:
    for step in reversed(done):
        _put(step.path, _draft(Replacement(step.path, step.new, step.old)))


def _finish(folder: Path) -> None:
    """Do what is left of a replacement whose writer died, but for files that somebody edited since."""
    plan = folder / _LIST
    steps: list[dict[str, Any]] = json.loads(plan.read_bytes()) if plan.exists() else []
    for step in steps:
        path = folder / step["path"]
        draft = folder / step["draft"] if step["draft"] else None
        if _hash(_content(path)) == step["old"] and (draft is None or draft.exists()):
            _put(path, draft)
    plan.unlink(missing_ok=True)
    for left in folder.rglob(f"{_DRAFT}*"):
        left.unlink(missing_ok=True)


def _write_plan(folder: Path, steps: Sequence[Replacement], drafts: Sequence[Path | None]) -> None:
    rows = [
        {
            "path": step.path.relative_to(folder).as_posix(),
            "draft": draft.relative_to(folder).as_posix() if draft else None,
            "old": _hash(step.old),
        }
        for step, draft in zip(steps, drafts)
    ]
    plan = folder / _LIST
    draft = _draft(Replacement(plan, None, json.dumps(rows).encode()))
    _put(plan, draft)
    _settle(folder)


def _draft(step: Replacement) -> Path | None:
    """The new content in a file of its own beside the old one, safely on the disk."""
    if step.new is None:
        return None
    folder = step.path.parent
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f"{_DRAFT}{step.path.name}.", dir=folder)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(step.new)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(step.path.stat().st_mode & 0o777 if step.path.exists() else 0o644)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _put(path: Path, draft: Path | None) -> None:
    if draft is None:
        path.unlink(missing_ok=True)
    else:
        draft.replace(path)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _hash(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _settle(folder: Path) -> None:
    """Let the disk remember the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _held(folder: Path, how: int) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
