"""The desk on each kind of database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from directory.data import DirectoryData
from directory.files import read_directory
from directory.importer import import_directory
from settings import Settings
from tests.website.console.desk import Desk
from understanding.catalogue import load_catalogue
from understanding.places.table import CommuneTable
from website.storage import Storage


@pytest.fixture(scope="session")
def directory() -> DirectoryData:
    """The demonstration directory."""
    return read_directory(load_catalogue(), CommuneTable())


@pytest.fixture
async def desk(database_url: str, directory: DirectoryData) -> AsyncIterator[Desk]:
    """A desk on SQLite, then on PostgreSQL."""
    await asyncio.to_thread(import_directory, Settings(database_url=database_url), directory)
    storage = Storage.open(database_url)
    yield Desk(storage)
    await storage.close()
