"""Which model is served when everything starts.

What a person put online stays online. Before anybody has decided, and after an update of the code, the data files
decide: the model that fits them is served, and trained where there is none. An instance that does not own the data
files serves what the owner has put online.

Only a model of the present code serves. Where there is none and its training fails the assistant is unavailable, which
the database is told, and the training is tried again: what this code would make of an older model nobody has tested,
and a member who is told to wait, or handed to a person, is better served than one who is sent to the wrong one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from database.storage import Storage
from releases import registry, wishes
from releases.archives import ENDING, fetch_archive
from releases.errors import ReleaseError
from releases.hashes import code_hash, data_hash
from releases.models import BotModel, Training, TrainingCause, TrainingStatus
from releases.serving import report, sign_off
from supervisor import model
from supervisor.keeper import Keeper
from supervisor.processes import OWN_NAME, Supervisor

LOOK_EVERY_S = 1.0
WATCH_DATA_EVERY_S = 5.0
AGAIN_FIRST_S = 60.0
"""After a failed training that leaves nothing to serve, before the next one; doubled each time."""
AGAIN_MOST_S = 1800.0
"""Never longer."""
NOTHING = (
    "Aucune version ne peut être servie\u00a0: l’entraînement a échoué, et aucune version d’avant n’a été faite par le "
    "programme présent."
)
OPEN = (TrainingStatus.QUEUED, TrainingStatus.RUNNING)


class FirstModel:
    """Finds the first model to serve, and has it trained where there is none.

    Args:
        supervisor: Tells when everything is being ended.
        storage: The database.
        root: The checkout.
        key: Signs models.
        owner: Whether this instance owns the data files.
        machine: The name of this machine in the database.
    """

    def __init__(
        self, supervisor: Supervisor, storage: Storage, root: Path, key: bytes, owner: bool, machine: str
    ) -> None:
        self._supervisor = supervisor
        self._storage = storage
        self._root = root
        self._key = key
        self._owner = owner
        self._keeper = Keeper(storage, root, key)
        self._machine = machine
        self._said = ""
        self._pause = AGAIN_FIRST_S

    async def choose(self) -> str | None:
        """The model, whose archive is on the disk; None where everything is being ended before there is one."""
        while not self._supervisor.is_stopping():
            try:
                found = await self._chosen()
            except Exception as error:  # a database that is away, above all: it is waited for
                self._say(f"Le choix de la version à servir attend la base de données ({type(error).__name__}).")
                found = None
            if found:
                return found.name.removesuffix(ENDING)
            await self._supervisor.sleep(LOOK_EVERY_S)
        return None

    async def _chosen(self) -> Path | None:
        await self._keeper.remove_gone()
        async with self._storage.read() as session:
            standing = await registry.online(session, await self._code())
            decided = await registry.is_decided(session)
        if not self._owner:
            if standing is None:
                self._say("Aucune version n’est encore en service\u00a0: l’instance qui tient les données l’entraîne.")
                return None
            return await self._fetched(standing)
        if standing is not None and decided:
            path = await self._fetched(standing)
            if path:
                return path
        return await self._fitting(standing)

    async def _fitting(self, standing: BotModel | None) -> Path | None:
        """The model that fits the data files."""
        await self._keeper.register_new()
        data = await asyncio.to_thread(data_hash, model.data_folder(self._root))
        found = await asyncio.to_thread(model.find, self._root)
        if found is None:
            known = await self._fetched(standing) if standing and standing.data_hash == data else None
            return known or await self._trained(data, standing)
        if standing is None or standing.id != found.id:
            async with self._storage.write() as session:
                await registry.put_online(session, found.id, None, code=found.code_hash)
        return found.path

    async def _trained(self, data: str, standing: BotModel | None) -> Path | None:
        """What was served before, which the training's model relieves once it is there; without one, that model."""
        async with self._storage.write() as session:
            asked = await wishes.request_training(session, None, TrainingCause.START, go_online=True)
        if standing is not None and (before := await self._fetched(standing)):
            self._say(
                "Les données ont changé\u00a0: la version précédente répond pendant l’entraînement d’une nouvelle."
            )
            return before
        self._say(
            "Le programme présent n’a encore fait aucune version\u00a0: l’entraînement commence, le site garde les "
            "messages jusque-là."
        )
        while True:
            if not await self._supervisor.sleep(LOOK_EVERY_S):
                return None
            async with self._storage.read() as session:
                training = await session.get(Training, asked.id)
                standing = await registry.online(session, await self._code())
            if training is None or training.status not in OPEN:
                break
        if training is not None and training.status == TrainingStatus.DONE:
            return await self._fetched(standing) if standing else None
        older = await self._older(standing)
        if older:
            self._say(f"L’assistant répond avec la version précédente, {older.name}.")
            return older
        await self._without(data)
        return None

    async def _older(self, standing: BotModel | None) -> Path | None:
        """What was served before, else the newest model on the disk; of the present code in any case."""
        if standing is not None and (path := await self._fetched(standing)):
            return path
        code = await self._code()
        found = await asyncio.to_thread(model.models, self._root)
        return next((one.path for one in found if one.code_hash == code), None)

    async def _without(self, data: str) -> None:
        """Say that there is nothing to serve, until another training may succeed or somebody puts a model online."""
        self._say(
            f"{NOTHING} L’assistant est indisponible, le site garde les messages. Nouvel essai dans "
            f"{self._pause:g}\u00a0s, ou dès que les données sont corrigées."
        )
        until = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, AGAIN_MOST_S)
        while time.monotonic() < until:
            with contextlib.suppress(SQLAlchemyError, OSError):
                async with self._storage.write() as session:
                    await report(session, self._machine, None, None, NOTHING)
                    online = await registry.online(session, await self._code())
                if online is not None:
                    break
            if not await self._supervisor.sleep(min(WATCH_DATA_EVERY_S, self._pause)):
                break
            if await asyncio.to_thread(data_hash, model.data_folder(self._root)) != data:
                self._pause = AGAIN_FIRST_S
                break
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self._storage.write() as session:
                await sign_off(session, self._machine)

    async def _fetched(self, wanted: BotModel) -> Path | None:
        try:
            async with self._storage.read() as session:
                return await fetch_archive(session, wanted.id, self._root / model.MODELS, self._key)
        except ReleaseError as error:
            self._say(f"La version {wanted.id} ne peut pas être servie\u00a0: {error}")
            return None

    async def _code(self) -> str:
        return await asyncio.to_thread(code_hash, self._root)

    def _say(self, text: str) -> None:
        if text != self._said:
            self._supervisor.journal.line(OWN_NAME, text)
        self._said = text
