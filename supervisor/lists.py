"""Lets processes on a machine that does not own the data files read lists of categories and texts of their owner's.

They are started with a folder that shows this machine's data files, but for these, which come from the database.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from database.storage import Storage
from releases.lists import TextsError, link, take_in
from supervisor.processes import OWN_NAME, Supervisor
from understanding.catalogue import CatalogueError

LOOK_EVERY_S = 2.0


class Lists:
    """The folder, which goes with the supervisor.

    Args:
        supervisor: Says when to stop.
        data: The data files of this machine.
    """

    def __init__(self, supervisor: Supervisor, data: Path) -> None:
        self._supervisor = supervisor
        self._data = data
        self._folder = tempfile.TemporaryDirectory(prefix="guichet-data-", ignore_cleanup_errors=True)
        self._silent = False
        link(data, Path(self._folder.name))

    @property
    def environment(self) -> Mapping[str, str]:
        """What the processes of this machine are to be started with."""
        return {"DATA_DIR": self._folder.name}

    async def run(self, storage: Storage) -> None:
        """Follow what the owner publishes until the supervisor stops."""
        while not self._supervisor.is_stopping():
            try:
                if await take_in(storage, self._data, Path(self._folder.name)):
                    self._say("Les sujets et les textes sont ceux de l’instance qui tient les données.")
                self._silent = False
            except (CatalogueError, TextsError) as error:
                self._complain(f"Des sujets ou textes publiés ne se lisent pas ici\u00a0: {error}")
            except (SQLAlchemyError, OSError) as error:
                self._complain(
                    f"Les sujets et textes publiés ne sont pas lus ({type(error).__name__})\u00a0; nouvel essai."
                )
            await self._supervisor.sleep(LOOK_EVERY_S)

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def _complain(self, text: str) -> None:
        if not self._silent:
            self._say(text)
        self._silent = True

    def _say(self, text: str) -> None:
        self._supervisor.journal.line(OWN_NAME, text)
