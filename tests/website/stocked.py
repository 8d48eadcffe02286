"""The desk on each kind of database, with the demonstration directory in it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from database.storage import Storage
from directory.data import DirectoryData
from directory.files import read_directory
from directory.importer import import_directory
from settings import Settings
from tests.conftest import POSTGRES_URL
from tests.website.console.desk import Desk
from understanding.catalogue import load_catalogue
from understanding.places.table import CommuneTable


@pytest.fixture(scope="session")
def directory() -> DirectoryData:
    """The demonstration directory."""
    return read_directory(load_catalogue(), CommuneTable())


@pytest.fixture(scope="session")
def stocked_file(tmp_path_factory: pytest.TempPathFactory, directory: DirectoryData) -> Path:
    """A SQLite file with all tables and the directory, to copy."""
    file = tmp_path_factory.mktemp("stocked") / "site.db"
    import_directory(Settings(database_url=f"sqlite:///{file}"), directory)
    return file


def _postgres_address(name: str) -> str:
    base, _, query = POSTGRES_URL.partition("?")
    return base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def stocked_template(postgres_server: Any, directory: DirectoryData) -> Iterator[str]:
    """The name of a PostgreSQL database with all tables and the directory, to copy."""
    name = f"test_{uuid.uuid4().hex}"
    postgres_server.execute(f'CREATE DATABASE "{name}"')
    import_directory(Settings(database_url=_postgres_address(name)), directory)
    yield name
    postgres_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_copy(postgres_server: Any, stocked_template: str) -> Iterator[str]:
    """The address of a copy of it that goes away after the test."""
    name = f"test_{uuid.uuid4().hex}"
    postgres_server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{stocked_template}"')
    yield _postgres_address(name)
    postgres_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def stocked_url(request: pytest.FixtureRequest, tmp_path: Path, stocked_file: Path) -> str:
    """The address of a database of each kind that holds the directory and nothing else."""
    if request.param == "sqlite":
        shutil.copy(stocked_file, tmp_path / "desk.db")
        return f"sqlite:///{tmp_path / 'desk.db'}"
    address: str = request.getfixturevalue("postgres_copy")
    return address


@pytest.fixture
async def desk(stocked_url: str) -> AsyncIterator[Desk]:
    """A desk on SQLite, then on PostgreSQL."""
    storage = Storage.open(stocked_url)
    yield Desk(storage)
    await storage.close()
