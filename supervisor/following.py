"""Serves on this machine what the database says is in service, and tells there what this machine serves."""

from __future__ import annotations

import time
from collections.abc import Hashable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from database.storage import Storage
from releases.archives import archive_path, fetch_archive
from releases.errors import ReleaseError, UnknownModelError
from releases.serving import in_service, report, sign_off
from supervisor.processes import Supervisor
from supervisor.serving import NotStartedError, Serving, Wanted

LOOK_EVERY_S = 1.0
REPORT_EVERY_S = 5.0
AWAY = (SQLAlchemyError, OSError)
"""What a database that is away says; what is served goes on."""

UNREACHABLE = "La base de données ne répond pas, et cette version n’est pas sur le disque."


class Archives:
    """Gives the archives of models, checked against hash and signature, from the disk or from the database.

    Args:
        storage: The database.
        folder: Where archives stand on this machine.
        key: From `releases.signing.model_key`.
    """

    def __init__(self, storage: Storage, folder: Path, key: bytes) -> None:
        self._storage = storage
        self._folder = folder
        self._key = key

    async def fetch(self, model_id: str) -> Path:
        """The archive of a model as a file.

        Raises:
            NotStartedError: There is none, or it may not be used.
        """
        try:
            path = archive_path(self._folder, model_id)
        except UnknownModelError as error:
            raise NotStartedError(str(error)) from error
        try:
            async with self._storage.read() as session:
                return await fetch_archive(session, model_id, self._folder, self._key)
        except UnknownModelError as error:
            if path.is_file():  # trained by hand and not registered yet
                return path
            raise NotStartedError(str(error)) from error
        except ReleaseError as error:
            raise NotStartedError(str(error)) from error
        except AWAY as error:
            if path.is_file():
                return path
            raise NotStartedError(UNREACHABLE) from error


class Following:
    """Follows the decisions of which model serves.

    Args:
        supervisor: Says when to stop.
        storage: The database.
        serving: Exchanges models here.
        machine: The name of this machine in the database.
    """

    def __init__(self, supervisor: Supervisor, storage: Storage, serving: Serving, machine: str) -> None:
        self._supervisor = supervisor
        self._storage = storage
        self._serving = serving
        self._machine = machine
        self._reported: tuple[Hashable, ...] = ()
        self._reported_at = float("-inf")

    async def run(self) -> None:
        """Look every second until the supervisor stops; a database that is away changes nothing."""
        while not self._supervisor.is_stopping():
            try:
                await self._look()
                await self._report()
            except AWAY:
                pass
            await self._supervisor.sleep(LOOK_EVERY_S)
        try:
            async with self._storage.write() as session:
                await sign_off(session, self._machine)
        except AWAY:
            return

    async def _look(self) -> None:
        async with self._storage.read() as session:
            decided = await in_service(session)
        if decided is not None:
            self._serving.want(Wanted(decided.model_id, decided.decision))

    async def _report(self) -> None:
        serving = self._serving
        state = (serving.present, serving.coming, serving.trouble)
        if state == self._reported and time.monotonic() - self._reported_at < REPORT_EVERY_S:
            return
        async with self._storage.write() as session:
            await report(session, self._machine, *state)
        self._reported, self._reported_at = state, time.monotonic()
