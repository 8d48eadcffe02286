"""The bytes of models in the database, for instances that did not train them.

An archive is checked against its hash and its signature each time before it is used, wherever it comes from.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from releases.errors import ArchiveGoneError, DamagedArchiveError, RetiredModelError, UnknownModelError
from releases.models import BotModel, BotModelPart
from releases.signing import signature

PART_BYTES = 1_000_000
ENDING = ".tar.gz"
KEPT = 10
"""So many of the newest models keep their bytes, beside those that are or were last in service."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def is_model_id(text: str) -> bool:
    """Whether this can be the id of a model; such an id is a safe file name."""
    return _ID.fullmatch(text) is not None


def archive_path(folder: Path, model_id: str) -> Path:
    """Where the archive of a model stands.

    Raises:
        UnknownModelError: No model can have this id.
    """
    if not is_model_id(model_id):
        raise UnknownModelError
    return folder / f"{model_id}{ENDING}"


def file_sha256(path: Path) -> str:
    """SHA-256 of a file."""
    total = hashlib.sha256()
    for part in _parts(path):
        total.update(part)
    return total.hexdigest()


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            yield part


async def store_archive(session: AsyncSession, model_id: str, archive: Path) -> None:
    """Keep an archive in the database, in the caller's transaction."""
    await session.execute(delete(BotModelPart).where(BotModelPart.model_id == model_id))
    for number, part in enumerate(_parts(archive)):
        session.add(BotModelPart(model_id=model_id, number=number, content=part))
        await session.flush()
        session.expunge_all()


async def has_archive(session: AsyncSession, model_id: str) -> bool:
    """Whether the database holds the bytes of a model."""
    return bool(await session.scalar(select(exists().where(BotModelPart.model_id == model_id))))


async def fetch_archive(session: AsyncSession, model_id: str, folder: Path, key: bytes) -> Path:
    """The archive of a model as a file, from the folder where it stands there untouched, else from the database.

    Args:
        session: Reading suffices.
        model_id: Which model.
        folder: Where archives stand on this machine; the file gets the moment at which the model was made.
        key: From `releases.signing.model_key`.

    Raises:
        UnknownModelError: There is no such model.
        RetiredModelError: It may not be used any more.
        ArchiveGoneError: Its bytes are not kept any more, and are not in the folder either.
        DamagedArchiveError: The bytes or the record are not those that were signed.
    """
    path = archive_path(folder, model_id)
    model = await session.get(BotModel, model_id)
    if model is None:
        raise UnknownModelError
    if model.retired_at is not None:
        raise RetiredModelError
    wanted = signature(key, model.id, model.sha256, model.data_hash, model.code_hash)
    if not hmac.compare_digest(wanted, model.signature):
        raise DamagedArchiveError
    if path.is_file() and await asyncio.to_thread(file_sha256, path) == model.sha256:
        return path
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    draft = folder / f".fetched-{secrets.token_hex(8)}"
    try:
        if not await _write(session, model_id, draft):
            raise ArchiveGoneError
        if await asyncio.to_thread(file_sha256, draft) != model.sha256:
            raise DamagedArchiveError
        os.utime(draft, (model.made_at.timestamp(), model.made_at.timestamp()))
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


async def _write(session: AsyncSession, model_id: str, path: Path) -> int:
    """Write the parts of an archive one after the other.

    Returns:
        How many there are.
    """
    number = 0
    with path.open("wb") as file:
        while True:
            part = await session.scalar(
                select(BotModelPart.content).where(BotModelPart.model_id == model_id, BotModelPart.number == number)
            )
            if part is None:
                break
            file.write(part)
            number += 1
        file.flush()
        os.fsync(file.fileno())
    return number
