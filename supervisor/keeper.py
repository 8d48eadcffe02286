"""Keeps the folder of models as the registry says: what is retired goes away, what is new is registered."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import exists, or_, select
from sqlalchemy.exc import SQLAlchemyError

from database.storage import Storage
from releases import registry
from releases.archives import ENDING, is_model_id
from releases.errors import ErasedSourceError
from releases.hashes import code_hash
from releases.models import BotModel, BotModelPart
from supervisor import model
from supervisor.processes import Supervisor

LOOK_EVERY_S = 5.0


class Keeper:
    """Looks after `models/` of one machine.

    Args:
        storage: The database.
        root: The checkout.
        key: Signs models.
    """

    def __init__(self, storage: Storage, root: Path, key: bytes) -> None:
        self._storage = storage
        self._root = root
        self._key = key

    async def run(self, supervisor: Supervisor) -> None:
        """Remove what has to go away until everything is being ended."""
        while await supervisor.sleep(LOOK_EVERY_S):
            with contextlib.suppress(SQLAlchemyError, OSError):  # tried again, the database may be away
                await self.remove_gone()

    async def remove_gone(self) -> list[str]:
        """Remove the files of models that are retired, and of those that the registry keeps no bytes of any more.

        Returns:
            Their ids.
        """
        here = await asyncio.to_thread(self._names)
        if not here:
            return []
        kept = exists().where(BotModelPart.model_id == BotModel.id)
        async with self._storage.read() as session:
            gone = await session.scalars(
                select(BotModel.id).where(BotModel.id.in_(here), or_(BotModel.retired_at.is_not(None), ~kept))
            )
            ids = sorted(gone)
        for model_id in ids:
            await asyncio.to_thread(remove, self._root, model_id)
        return ids

    async def register_new(self) -> list[str]:
        """Register models of this code that were trained by the command line.

        Returns:
            Their ids.
        """
        here = await asyncio.to_thread(self._names)
        if not here:
            return []
        async with self._storage.read() as session:
            known = set(await session.scalars(select(BotModel.id).where(BotModel.id.in_(here))))
        registered = []
        for model_id in sorted(here - known):
            found = await asyncio.to_thread(model.read_record, self._root / model.MODELS / f"{model_id}.json")
            if found is None or found.code_hash != await asyncio.to_thread(code_hash, self._root):
                continue
            try:
                async with self._storage.write() as session:
                    await registry.register_model(session, as_made(found), self._key, figures=found.figures)
            except ErasedSourceError:
                await asyncio.to_thread(remove, self._root, model_id)
            else:
                registered.append(model_id)
        return registered

    def _names(self) -> set[str]:
        archives = (self._root / model.MODELS).glob(f"*{ENDING}")
        names = {path.name.removesuffix(ENDING) for path in archives}
        return {name for name in names if is_model_id(name)}


def as_made(found: model.Model) -> registry.MadeModel:
    """A model on disk as the registry takes it."""
    return registry.MadeModel(
        id=found.id,
        archive=found.path,
        data_hash=found.data_hash,
        code_hash=found.code_hash,
        made_at=datetime.fromisoformat(found.made),
        sources=found.sources,
    )


def remove(root: Path, model_id: str) -> None:
    """Remove a model's files, the record first: an archive without one does not count."""
    for ending in (".json", ENDING):
        (root / model.MODELS / f"{model_id}{ending}").unlink(missing_ok=True)
