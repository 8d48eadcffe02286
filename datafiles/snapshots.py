"""Data files changed by one writer at a time: what was read is what is replaced, or nothing is.

Locks are advisory, between those who use this module; a person's editor is noticed by the content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datafiles.replacing import Replacement, changing, perform, reading

ALL = ("*.yml",)


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
    """Some files below one folder, as they were read.

    Attributes:
        folder: Where they are.
        contents: By path from the folder, in the order of paths.
        patterns: Which files count, those that are not there yet too.
    """

    folder: Path
    contents: Mapping[str, bytes]
    patterns: tuple[str, ...] = ALL

    @property
    def digest(self) -> str:
        """SHA-256 over names and contents, in hexadecimal."""
        total = hashlib.sha256()
        for name, content in self.contents.items():
            total.update(f"{name}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()

    def with_contents(self, changed: Mapping[str, bytes | None]) -> Snapshot:
        """The same files, some of them with another content, new or gone."""
        contents = {name: content for name, content in {**self.contents, **changed}.items() if content is not None}
        return Snapshot(self.folder, dict(sorted(contents.items())), self.patterns)


def take(folder: Path, *patterns: str) -> Snapshot:
    """Read all files of a folder whose paths fit, between two changes of other writers.

    Args:
        folder: Where they are.
        patterns: As `Path.glob` takes them; `ALL` where none is given.

    Raises:
        OSError: One cannot be read.
    """
    with reading(folder):
        return take_unlocked(folder, patterns or ALL)


def take_unlocked(folder: Path, patterns: tuple[str, ...]) -> Snapshot:
    """The same, for one who holds the folder by `reading` or `changing`."""
    files = {file.relative_to(folder).as_posix(): file for pattern in patterns for file in folder.glob(pattern)}
    return Snapshot(folder, {name: file.read_bytes() for name, file in sorted(files.items())}, patterns)


def replace(before: Snapshot, changed: Mapping[str, bytes | None]) -> Snapshot:
    """Put new contents in the place of files that are still as they were read.

    A reader finds each file old or new. A failure puts back what was replaced; what a crash leaves half done is
    finished by the next who reads or writes here.

    Args:
        before: What was read.
        changed: New contents by path, in the order in which they are written; None for a file that goes. Files that
            are not named stay untouched, folders are made.

    Returns:
        The files as they are now.

    Raises:
        ChangedMeanwhileError: They are no longer as they were read.
        NotWritableError: The folder is read-only or full.
    """
    with changing(before.folder):
        return replace_unlocked(before, changed)


def replace_unlocked(before: Snapshot, changed: Mapping[str, bytes | None]) -> Snapshot:
    """The same, for one who holds the folder by `changing`."""
    now = take_unlocked(before.folder, before.patterns)
    if now.digest != before.digest:
        raise ChangedMeanwhileError(now)
    steps = [
        Replacement(before.folder / name, before.contents.get(name), content)
        for name, content in changed.items()
        if before.contents.get(name) != content
    ]
    try:
        done = perform(before.folder, steps)
    except OSError as error:
        raise NotWritableError(f"{before.folder.name} cannot be written: {error.strerror}") from error
    if not done:
        raise ChangedMeanwhileError(take_unlocked(before.folder, before.patterns))
    return before.with_contents(changed)
