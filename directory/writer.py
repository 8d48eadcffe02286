"""The one way in which the site changes the directory's files."""

from __future__ import annotations

import difflib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from datafiles import snapshots
from datafiles.snapshots import ChangedMeanwhileError, Snapshot
from datafiles.yaml_edit import load, rewrite
from directory.changes import Documents
from directory.data import DirectoryData
from directory.files import read_contents
from understanding import paths
from understanding.catalogue import Catalogue
from understanding.places.table import CommuneTable

_REMEMBERED = 20
_BOM = b"\xef\xbb\xbf"

Change = Callable[[Documents, DirectoryData], Documents]


class NotOwnerError(RuntimeError):
    """Another instance of the site owns the files."""


@dataclass(frozen=True)
class Edition:
    """The directory's files at one moment.

    Attributes:
        snapshot: The files.
        data: What they say.
    """

    snapshot: Snapshot
    data: DirectoryData

    @property
    def digest(self) -> str:
        """Tells whether the files changed since."""
        return self.snapshot.digest


@dataclass(frozen=True)
class Prepared:
    """A change that was checked and is not written yet.

    Attributes:
        before: The files that it was made for.
        changed: New contents by file name.
        data: What the files will say.
    """

    before: Snapshot
    changed: dict[str, bytes]
    data: DirectoryData


class DirectoryWriter:
    """Changes the directory's files, or says why not. Safe to share between threads.

    Args:
        owner: Whether this instance owns the files (`Settings.data_owner`).
        catalogue: The categories in service.
        table: The communes.
        folder: Where the files are.
    """

    def __init__(self, owner: bool, catalogue: Catalogue, table: CommuneTable, folder: Path = paths.DIRECTORY) -> None:
        self.owner = owner
        self.catalogue = catalogue
        """May be exchanged for a newer one."""
        self._table = table
        self._folder = folder
        self._remembered: OrderedDict[str, Edition] = OrderedDict()
        self._lock = Lock()

    def read(self) -> Edition:
        """The files as they are now.

        Raises:
            DirectoryError: They have faults, made by hand.
            OSError: They cannot be read.
        """
        snapshot = snapshots.take(self._folder)
        edition = Edition(snapshot, self._checked(snapshot))
        with self._lock:
            self._remembered[snapshot.digest] = edition
            self._remembered.move_to_end(snapshot.digest)
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return edition

    def prepare(self, seen: str, change: Change) -> Prepared:
        """Check a change without writing anything.

        Args:
            seen: Digest of the edition that the change was made for.
            change: Makes new plain values out of those of the files.

        Raises:
            NotOwnerError: Another instance owns the files.
            ChangedMeanwhileError: The files are no longer those that were seen.
            DirectoryError: The files would have faults, or have some.
            NotEditableError: They are written in a way that only a person can change.
            UnknownEntryError, NoPlaceError: From the change.
        """
        if not self.owner:
            raise NotOwnerError
        edition = self.read()
        if edition.digest != seen:
            raise ChangedMeanwhileError(edition.snapshot)
        texts = {name: _text(content) for name, content in edition.snapshot.contents.items()}
        wanted = change({name: load(text) for name, text in texts.items()}, edition.data)
        changed = {}
        for name, text in texts.items():
            after = rewrite(text, wanted[name])
            if after != text:
                start = _BOM if edition.snapshot.contents[name].startswith(_BOM) else b""
                changed[name] = start + after.encode("utf-8")
        data = self._checked(edition.snapshot.with_contents(changed))
        return Prepared(edition.snapshot, changed, data)

    def commit(self, prepared: Prepared) -> None:
        """Write a change.

        Raises:
            ChangedMeanwhileError: Somebody changed the files since it was prepared; nothing was written.
            NotWritableError: The folder is read-only or full; nothing was written.
        """
        snapshots.replace(prepared.before, prepared.changed)

    def remembered(self, digest: str) -> Edition | None:
        """An edition that was read not long ago, or None."""
        with self._lock:
            return self._remembered.get(digest)

    def _checked(self, snapshot: Snapshot) -> DirectoryData:
        return read_contents(self.catalogue, self._table, snapshot.contents, self._folder.name)


def lines_changed(before: Snapshot, now: Snapshot) -> list[str]:
    """What changed in the files: lines that begin with « - » or « + »."""
    names = sorted({*before.contents, *now.contents})
    pairs = [(_lines(before.contents.get(name)), _lines(now.contents.get(name))) for name in names]
    return [
        line
        for old, new in pairs
        for line in difflib.unified_diff(old, new, lineterm="", n=0)
        if line[:1] in "-+" and line[:3] not in ("---", "+++")
    ]


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig")


def _lines(content: bytes | None) -> list[str]:
    return [] if content is None else content.decode("utf-8-sig", "replace").splitlines()
