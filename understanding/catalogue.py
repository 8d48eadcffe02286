"""The problem categories and the conversation intents, read from their data files."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import yaml

from understanding import paths

logger = logging.getLogger(__name__)

OUT_OF_SCOPE = "hors_perimetre"
PLACE_ONLY = "indiquer_lieu"


class CatalogueError(ValueError):
    """A data file of categories or conversation intents is wrong; the message names file and fault."""


@dataclass(frozen=True)
class Category:
    """A problem category, which is also an intent of Rasa's.

    Attributes:
        slug: Key used everywhere: data, database, API, intent.
        label: What a member reads.
        scope: What belongs here.
        boundary: What looks close but belongs elsewhere.
        retired: No longer offered; its examples are left out of training.
        merged_into: The category that took its place, or "".
    """

    slug: str
    label: str
    scope: str
    boundary: str = ""
    retired: bool = False
    merged_into: str = ""


@dataclass(frozen=True)
class Catalogue:
    """All that a message can be recognised as.

    Attributes:
        categories: Those in service, in file order, by slug.
        conversation: Scope of each conversation intent, by slug.
        retired: Categories that are no longer in service, by slug.
    """

    categories: dict[str, Category]
    conversation: dict[str, str]
    retired: dict[str, Category] = field(default_factory=dict)

    def label(self, slug: str) -> str:
        """What a member reads for a category."""
        return self.categories[slug].label

    def successor(self, slug: str) -> str | None:
        """The category in service that took a retired one's place, through several merges too; None where none did."""
        seen: set[str] = set()
        while slug in self.retired and slug not in seen:
            seen.add(slug)
            slug = self.retired[slug].merged_into
        return slug if slug in self.categories else None

    @property
    def intents(self) -> list[str]:
        """Slugs of categories and conversation intents, in file order."""
        return [*self.categories, *self.conversation]


def _rows(path: Path, key: str) -> list[dict[str, Any]]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise CatalogueError(f"{path.name}: {error}") from error
    rows = content.get(key) if isinstance(content, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("slug") for row in rows):
        raise CatalogueError(f"{path.name}: a list `{key}` of entries with a slug is expected")
    return rows


def load_catalogue(categories: Path = paths.CATEGORIES, conversation: Path = paths.CONVERSATION) -> Catalogue:
    """Read both files.

    Raises:
        CatalogueError: A file cannot be read, or a slug stands twice.
    """
    in_service: dict[str, Category] = {}
    retired: dict[str, Category] = {}
    seen: set[str] = set()
    for row in _rows(categories, "categories"):
        category = Category(
            slug=row["slug"],
            label=row.get("label", row["slug"]),
            scope=row.get("scope", ""),
            boundary=row.get("not", ""),
            retired=bool(row.get("retired", False)),
            merged_into=row.get("merged_into", ""),
        )
        if category.slug in seen:
            raise CatalogueError(f"{categories.name}: {category.slug} stands twice")
        seen.add(category.slug)
        (retired if category.retired else in_service)[category.slug] = category
    intents: dict[str, str] = {}
    for row in _rows(conversation, "intents"):
        if row["slug"] in seen:
            raise CatalogueError(f"{conversation.name}: {row['slug']} stands twice")
        seen.add(row["slug"])
        intents[row["slug"]] = row.get("scope", "")
    return Catalogue(in_service, intents, retired)


class _Current:
    """The catalogue of the data files, read again when one of them has changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stamp: tuple[Any, ...] = ()
        self._catalogue: Catalogue | None = None

    def read(self) -> Catalogue:
        with self._lock:
            files = (paths.CATEGORIES, paths.CONVERSATION)
            stamp = (*files, *map(_stamp, files))
            if self._catalogue is None or stamp != self._stamp:
                try:
                    self._catalogue = load_catalogue(*files)
                except CatalogueError as error:
                    if self._catalogue is None:
                        raise
                    logger.warning("the categories stay as they were: %s", error)
                self._stamp = stamp
            return self._catalogue


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_mtime_ns, status.st_size, status.st_ino)


_current = _Current()


def current_catalogue() -> Catalogue:
    """The catalogue as the data files have it now, for processes that run for long.

    A file that was changed is read at the next call. One that cannot be read, as while somebody writes it, leaves the
    catalogue as it was.

    Raises:
        CatalogueError: A file cannot be read, and none could before.
    """
    return _current.read()
