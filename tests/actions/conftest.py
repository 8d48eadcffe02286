"""The desk over the demonstration directory, imported into a database of its own, on a Tuesday morning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from actions import actions, desk
from directory.importer import import_files
from settings import Settings
from tests.actions.talk import Talk
from understanding.catalogue import load_catalogue
from understanding.places.gazetteer import Gazetteer
from understanding.places.reader import PlaceReader
from understanding.places.table import CommuneTable

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=desk.PARIS)


@pytest.fixture(scope="session")
def places() -> PlaceReader:
    """Reads places, without the words of a corpus."""
    return PlaceReader(Gazetteer(CommuneTable()))


@pytest.fixture(scope="session")
def directory_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that holds the demonstration directory."""
    url = f"sqlite:///{tmp_path_factory.mktemp('directory') / 'desk.db'}"
    import_files(Settings(database_url=url))
    return url


@pytest.fixture
def at(directory_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[datetime], None]]:
    """Sets the time of the desk; the settings are those of the environment."""
    monkeypatch.setenv("DATABASE_URL", directory_url)

    def forget() -> None:
        desk.settings.cache_clear()
        desk._directory.cache_clear()

    def set_time(now: datetime) -> None:
        monkeypatch.setattr(actions, "open_desk", partial(desk.open_desk, now))

    forget()
    set_time(TUESDAY)
    yield set_time
    monkeypatch.undo()
    forget()


@pytest.fixture
def talk(at: Callable[[datetime], None], places: PlaceReader) -> Talk:
    """A new conversation."""
    return Talk(places, load_catalogue())


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[2]
