"""Publishes lists of categories and texts from the data files that this site owns, for the machines that do not."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from database.storage import Storage
from releases.lists import TextsError, publish
from understanding.catalogue import CatalogueError
from website.background import Background

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks: people change the files by hand as well."""


class ListPublisher(Background):
    """Keeps the published lists as the files are.

    Args:
        storage: The database.
        folder: Of the data files.
    """

    def __init__(self, storage: Storage, folder: Path) -> None:
        self._storage = storage
        self._folder = folder

    async def _run(self) -> None:
        failing = False
        while True:
            try:
                if await publish(self._storage, self._folder):
                    logger.info("the lists of categories and the texts are published")
                failing = False
            except (CatalogueError, TextsError, SQLAlchemyError, OSError) as error:
                if not failing:
                    logger.warning("lists of categories or texts are not published: %s", type(error).__name__)
                failing = True
            await asyncio.sleep(LOOK_SECONDS)
