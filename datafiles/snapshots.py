"""Data files changed by one writer at a time: what was read is what is replaced, or nothing is.

Locks are advisory, between writers that use this module; a person's editor is noticed by the content.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class ChangedMeanwhileError(RuntimeError):
    """Somebody else changed the files since they were read; nothing was written.

    Attributes:
        now: The files as they are.
    """

    def __init__(self, now: Snapshot) -> None:
        super().__init__(f"{now.folder.name} changed since it was read")
        self.now = now


class NotWritableError(RuntimeError):
    """The files cannot be written; they stay as they were."""


@dataclass(frozen=True)
class Snapshot:
    """The files of one kind in one folder, as they were read.

    Attributes:
        folder: Where they are.
        contents: By name, in the order of names.
        pattern: Which files count.
    """

    folder: Path
    contents: Mapping[str, bytes]
    pattern: str = "*.yml"

    @property
    def digest(self) -> str:
        """SHA-256 over names and contents, in hexadecimal."""
        total = hashlib.sha256()
        for name, content in self.contents.items():
            total.update(f"{name}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()

    def with_contents(self, changed: Mapping[str, bytes]) -> Snapshot:
        """The same files, some of them with another content."""
        return Snapshot(self.folder, {**self.contents, **changed}, self.pattern)


def take(folder: Path, pattern: str = "*.yml") -> Snapshot:
    """Read all files of a folder whose names fit.

    Raises:
        OSError: One cannot be read.
    """
    return Snapshot(folder, {file.name: file.read_bytes() for file in sorted(folder.glob(pattern))}, pattern)


def replace(before: Snapshot, changed: Mapping[str, bytes]) -> Snapshot:
    """Put new contents in the place of files that are still as they were read.

    Each file is replaced in one step, so that a reader finds the old one or the new one; after a failure those
    already replaced are put back.

    Args:
        before: What was read.
        changed: New contents by file name; files that are not named stay untouched.

    Returns:
        The files as they are now.

    Raises:
        ChangedMeanwhileError: They are no longer as they were read.
        NotWritableError: The folder is read-only or full.
    """
    written: list[str] = []
    with _alone(before.folder):
        now = take(before.folder, before.pattern)
        if now.digest != before.digest:
            raise ChangedMeanwhileError(now)
        try:
            for name, content in changed.items():
                if before.contents.get(name) != content:
                    _write(before.folder / name, content)
                    written.append(name)
        except OSError as error:
            for name in written:
                _write(before.folder / name, before.contents[name])
            raise NotWritableError(f"{before.folder.name} cannot be written: {error.strerror}") from error
    return before.with_contents(changed)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: among threads too, since each opens the folder for itself."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
