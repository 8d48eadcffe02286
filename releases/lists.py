"""The lists of categories in the database, for machines whose data files are older than those of their owner.

They are plain text that is read as such, like the directory, so nothing is signed.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.storage import Storage
from releases.models import SharedList
from understanding.catalogue import load_catalogue

CATEGORIES, CONVERSATION = "categories.yml", "conversation.yml"
NAMES = (CATEGORIES, CONVERSATION)
"""Files of the data folder; both are needed to read either."""


async def publish(storage: Storage, folder: Path) -> bool:
    """Let the database hold what the owner's files say.

    Args:
        storage: The database.
        folder: Of the data files.

    Returns:
        Whether it said something else before.

    Raises:
        OSError, CatalogueError: A file cannot be read; what was published stays.
    """
    texts = await asyncio.to_thread(_read, folder)
    async with storage.read() as session:
        if await _published(session) == texts:
            return False
    await asyncio.to_thread(_check, texts)
    async with storage.write() as session:
        for name, content in texts.items():
            await session.merge(SharedList(name=name, content=content, changed_at=utc_now()))
    return True


async def take_in(storage: Storage, data: Path, mirror: Path) -> bool:
    """Let a folder show the data files of this machine, but with the lists that the owner published.

    Args:
        storage: The database.
        data: The data files of this machine.
        mirror: The folder; it must exist.

    Returns:
        Whether a list changed there.

    Raises:
        CatalogueError: This code cannot read what was published; the lists stay as they are.
    """
    await asyncio.to_thread(link, data, mirror)
    async with storage.read() as session:
        texts = await _published(session)
    return set(texts) == set(NAMES) and await asyncio.to_thread(_lay_down, texts, mirror)


def link(data: Path, mirror: Path) -> None:
    """Let a folder show the data files of this machine; lists that were laid down there stay."""
    for entry in data.iterdir():
        shown = mirror / entry.name
        if not entry.name.startswith(".") and not os.path.lexists(shown):
            shown.symlink_to(entry.resolve())


async def _published(session: AsyncSession) -> dict[str, str]:
    rows = await session.scalars(select(SharedList).where(SharedList.name.in_(NAMES)))
    return {row.name: row.content for row in rows}


def _read(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text("utf-8") for name in NAMES}


def _check(texts: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as draft:
        _checked(texts, Path(draft))


def _lay_down(texts: dict[str, str], mirror: Path) -> bool:
    changed = [name for name, text in texts.items() if not _says(mirror / name, text)]
    if changed:
        with tempfile.TemporaryDirectory(dir=mirror, prefix=".new-") as draft:
            _checked(texts, Path(draft))
            for name in changed:
                os.replace(Path(draft, name), mirror / name)
    return bool(changed)


def _checked(texts: dict[str, str], draft: Path) -> None:
    """Write lists into a folder, where they must be readable."""
    for name, text in texts.items():
        (draft / name).write_text(text, "utf-8")
    load_catalogue(draft / CATEGORIES, draft / CONVERSATION)


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text
