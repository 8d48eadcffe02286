"""What the directory's pages work on: the files, their writer, and the database that follows them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock

from aiohttp import web

from database.storage import Storage
from directory.data import DirectoryData
from directory.faults import DirectoryError, DirectoryFault
from directory.lookup import Lookup
from directory.repository import NoDirectoryError, load, store
from directory.writer import Change, DirectoryWriter
from understanding import paths
from understanding.catalogue import Catalogue, current_catalogue
from understanding.places.gazetteer import Gazetteer
from understanding.places.reader import PlaceReader
from understanding.places.table import CommuneTable
from website import audit


@lru_cache
def _places() -> PlaceReader:
    """All names of places; they never change."""
    return PlaceReader(Gazetteer(CommuneTable()))


@dataclass(frozen=True)
class State:
    """The directory as its pages show it.

    Attributes:
        data: Antennas and contacts; from the files where they can be used, else from the database.
        digest: Of the files; empty where they cannot be changed here.
        imported: Whether the database holds the same.
        faults: What is wrong with the files.
    """

    data: DirectoryData
    digest: str
    imported: bool
    faults: tuple[DirectoryFault, ...] = ()


class DirectoryDesk:
    """Reads and changes the directory. What takes long to read is read at the first call, in a thread.

    Args:
        storage: The database.
        owner: Whether this instance owns the files.
    """

    def __init__(self, storage: Storage, owner: bool) -> None:
        self._storage = storage
        self.owner = owner
        self._lock = Lock()

    @property
    def table(self) -> CommuneTable:
        """The communes."""
        return _places().gazetteer.table

    @property
    def catalogue(self) -> Catalogue:
        """The categories as they are now."""
        return current_catalogue()

    @property
    def places(self) -> PlaceReader:
        """Who finds the commune that somebody types."""
        return _places()

    @cached_property
    def _writer(self) -> DirectoryWriter:
        return DirectoryWriter(self.owner, self.catalogue, self.table, paths.DIRECTORY)

    @property
    def writer(self) -> DirectoryWriter:
        """Who changes the files; knows the categories as they are now."""
        self._writer.catalogue = self.catalogue
        return self._writer

    def lookup(self, data: DirectoryData) -> Lookup:
        """The lookup rule over a directory."""
        return Lookup(data, self.table, self.catalogue)

    async def prepare(self) -> None:
        """Read what takes long, without holding others up."""

        def read() -> None:
            with self._lock:
                _ = self.writer, self.places

        await asyncio.to_thread(read)

    async def state(self) -> State:
        """The directory as it is.

        Raises:
            NoDirectoryError: The files cannot be used, and none was imported.
        """
        await self.prepare()
        async with self._storage.read() as session:
            try:
                kept: DirectoryData | None = await session.run_sync(load)
            except NoDirectoryError:
                kept = None
        faults: tuple[DirectoryFault, ...] = ()
        if self.owner:
            try:
                edition = await asyncio.to_thread(self.writer.read)
                return State(edition.data, edition.digest, edition.data == kept)
            except DirectoryError as error:
                faults = error.faults
        if kept is None:
            raise NoDirectoryError("neither files nor database hold a directory")
        return State(kept, "", not faults, faults)

    async def change(self, account: str, seen: str, change: Change, action: str, subject: str) -> bool:
        """Change the files, import them and note who did it: all of it, or nothing.

        Args:
            account: Id of who does it.
            seen: Digest of the files that were seen.
            change: What to change.
            action: The word for the audit log.
            subject: The antenna or contact.

        Returns:
            False where the files say so already.

        Raises:
            Everything that `DirectoryWriter` raises; then nothing was changed.
        """
        await self.prepare()
        prepared = await asyncio.to_thread(self.writer.prepare, seen, change)
        if not prepared.changed:
            return False
        async with self._storage.write() as session:
            await session.run_sync(store, prepared.data)
            await audit.record(session, account, action, subject=subject, files=sorted(prepared.changed))
            await asyncio.to_thread(self.writer.commit, prepared)
        return True

    async def import_files(self, account: str) -> bool:
        """Bring the database to what the files say, after a change by hand.

        Args:
            account: Id of who does it.

        Returns:
            False where nothing had to change.

        Raises:
            DirectoryError: The files have faults.
        """
        await self.prepare()
        edition = await asyncio.to_thread(self.writer.read)
        async with self._storage.write() as session:
            version = await session.run_sync(store, edition.data)
            if version is not None:
                await audit.record(session, account, "directory.imported", subject=f"version {version}")
        return version is not None


DESK = web.AppKey("directory_desk", DirectoryDesk)
