"""Lists of categories and texts of the assistant in the database, for machines whose data files are not their owner's.

They are plain text that is read as such, like the directory, so nothing is signed.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.storage import Storage
from releases.models import SharedList
from understanding.catalogue import CatalogueError, load_catalogue

CATEGORIES, CONVERSATION = "categories.yml", "conversation.yml"
NAMES = (CATEGORIES, CONVERSATION)
"""Files of the data folder; both are needed to read either."""
TEXTS = "textes.yml"
_GROUPS = (NAMES, (TEXTS,))
"""What is published and taken in together; a fault in one group holds up no other."""


class TextsError(ValueError):
    """Texts of the assistant cannot be used; the message says why."""


async def publish(storage: Storage, folder: Path) -> bool:
    """Let the database hold what the owner's files say.

    Args:
        storage: The database.
        folder: Of the data files.

    Returns:
        Whether it said something else before.

    Raises:
        OSError, CatalogueError, TextsError: A file cannot be read; what was published of it stays.
    """
    return await _for_each_group(lambda names: _publish(storage, folder, names), (OSError, CatalogueError, TextsError))


async def take_in(storage: Storage, data: Path, mirror: Path) -> bool:
    """Let a folder show the data files of this machine, but with the lists and texts that the owner published.

    Args:
        storage: The database.
        data: The data files of this machine.
        mirror: The folder; it must exist.

    Returns:
        Whether a list or the texts changed there.

    Raises:
        CatalogueError, TextsError: This code cannot use what was published; it stays as it is there.
    """
    await asyncio.to_thread(link, data, mirror)
    return await _for_each_group(lambda names: _take_in(storage, data, mirror, names), (CatalogueError, TextsError))


def link(data: Path, mirror: Path) -> None:
    """Let a folder show the data files of this machine; what was laid down there stays."""
    for entry in data.iterdir():
        shown = mirror / entry.name
        if not entry.name.startswith(".") and not os.path.lexists(shown):
            shown.symlink_to(entry.resolve())


async def _for_each_group(act: Callable[[Iterable[str]], Awaitable[bool]], faults: tuple[type[Exception], ...]) -> bool:
    """Do something for each group, though one has a fault; the first fault is raised in the end.

    Returns:
        Whether something changed.
    """
    changed = False
    first: Exception | None = None
    for names in _GROUPS:
        try:
            changed |= await act(names)
        except faults as fault:
            first = first or fault
    if first is not None:
        raise first
    return changed


async def _take_in(storage: Storage, data: Path, mirror: Path, names: Iterable[str]) -> bool:
    async with storage.read() as session:
        texts = await _published(session, names)
    return set(texts) == set(names) and await asyncio.to_thread(_lay_down, texts, data, mirror)


async def _publish(storage: Storage, folder: Path, names: Iterable[str]) -> bool:
    texts = await asyncio.to_thread(_read, folder, names)
    async with storage.read() as session:
        if await _published(session, names) == texts:
            return False
    await asyncio.to_thread(_check, texts)
    async with storage.write() as session:
        for name, content in texts.items():
            await session.merge(SharedList(name=name, content=content, changed_at=utc_now()))
    return True


async def _published(session: AsyncSession, names: Iterable[str]) -> dict[str, str]:
    rows = await session.scalars(select(SharedList).where(SharedList.name.in_(names)))
    return {row.name: row.content for row in rows}


def _read(folder: Path, names: Iterable[str]) -> dict[str, str]:
    return {name: (folder / name).read_text("utf-8") for name in names}


def _check(texts: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as draft:
        _checked(texts, Path(draft))


def _lay_down(texts: dict[str, str], data: Path, mirror: Path) -> bool:
    changed = [name for name, text in texts.items() if not _says(mirror / name, text)]
    if changed:
        if TEXTS in changed:
            _refuse_incomplete(texts[TEXTS], data / TEXTS)
        with tempfile.TemporaryDirectory(dir=mirror, prefix=".new-") as draft:
            _checked(texts, Path(draft))
            for name in changed:
                os.replace(Path(draft, name), mirror / name)
    return bool(changed)


def _checked(texts: dict[str, str], draft: Path) -> None:
    """Write files of a group into a folder, where they must be readable."""
    for name, text in texts.items():
        (draft / name).write_text(text, "utf-8")
    if TEXTS in texts:
        _keys(texts[TEXTS])
    else:
        load_catalogue(draft / CATEGORIES, draft / CONVERSATION)


def _keys(text: str) -> set[str]:
    """The names of the texts in a file.

    Raises:
        TextsError: It is no list of texts by name.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TextsError(f"{TEXTS}: {type(error).__name__}") from error
    if not isinstance(content, dict) or not all(isinstance(part, str) for pair in content.items() for part in pair):
        raise TextsError(f"{TEXTS}: pas une liste de textes par nom")
    return set(content)


def _refuse_incomplete(text: str, own: Path) -> None:
    """Refuse texts that lack one of this machine's: its code, newer than the owner's, may be about to say it."""
    missing = sorted(_keys(own.read_text("utf-8")) - _keys(text)) if own.is_file() else []
    if missing:
        raise TextsError(f"{TEXTS}: {missing[0]} manque")


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text
