"""Opening the desk: the directory as it is now, the lookup rule, the communes, the time in Paris."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from actions.turn import Desk
from database.engine import make_engine
from directory.repository import CachedDirectory
from settings import Settings
from understanding.catalogue import current_catalogue
from understanding.places.gazetteer import Gazetteer
from understanding.places.reader import PlaceReader
from understanding.places.table import CommuneTable

PARIS = ZoneInfo("Europe/Paris")


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings, read once."""
    return Settings.from_environment()


@lru_cache(maxsize=1)
def _table() -> CommuneTable:
    return CommuneTable()


@lru_cache(maxsize=1)
def _places() -> PlaceReader:
    return PlaceReader(Gazetteer(_table()))


@lru_cache(maxsize=1)
def _directory() -> CachedDirectory:
    return CachedDirectory(make_engine(settings().database_url), _table())


def open_desk(now: datetime | None = None) -> Desk:
    """The desk with the directory and the categories as they are now.

    Args:
        now: Another moment than the present, for tests.

    Raises:
        NoDirectoryError: No directory was imported yet.
        sqlalchemy.exc.SQLAlchemyError: The database cannot be read.
    """
    catalogue = current_catalogue()
    return Desk(_directory().lookup(catalogue), _places(), catalogue, settings(), now or datetime.now(PARIS))
