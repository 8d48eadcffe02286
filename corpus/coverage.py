"""Who answers for a new category: the directory's files, changed along with those of the trainers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from corpus.errors import ByHandOnlyError
from datafiles.replacing import changing
from datafiles.snapshots import ALL, take_unlocked
from datafiles.syntax import decoded
from datafiles.yaml_edit import NotEditableError, load, rewrite
from directory.changes import UnknownEntryError, with_contact
from directory.files import read_contents
from understanding.catalogue import Catalogue
from understanding.places.table import CommuneTable

FOLDER = "directory"
_BOM = b"\xef\xbb\xbf"


class Coverage:
    """Names contacts for new categories.

    Args:
        folder: Of the data files.
        table: The communes, for the directory's checks.
    """

    def __init__(self, folder: Path, table: CommuneTable) -> None:
        self._folder = folder
        self._table = table

    def held(self) -> AbstractContextManager[None]:
        """Keep others from changing the directory."""
        return changing(self._folder / FOLDER)

    def covered(
        self, slug: str, contacts: Sequence[str], catalogue: Catalogue
    ) -> Iterator[tuple[str, bytes, bytes | None]]:
        """The directory's files that change so that contacts cover a category, each as it is and as it shall be.

        For one who holds the directory.

        Args:
            slug: The category.
            contacts: Their ids.
            catalogue: As it will be.

        Raises:
            UnknownEntryError: There is no such contact.
            DirectoryError: The directory would have faults, or has some.
            ByHandOnlyError: A file is written in a way that only a person can change.
        """
        before = take_unlocked(self._folder / FOLDER, ALL)
        texts = {name: decoded(content) for name, content in before.contents.items()}
        known = Catalogue(
            {one: category for one, category in catalogue.categories.items() if one != slug},
            catalogue.conversation,
            catalogue.retired,
        )
        data = read_contents(known, self._table, before.contents, FOLDER)
        by_id = {contact.id: contact for contact in data.contacts}
        changed: dict[str, bytes] = {}
        try:
            documents = {name: load(text) for name, text in texts.items()}
            for identifier in contacts:
                if identifier not in by_id:
                    raise UnknownEntryError(identifier)
                old = by_id[identifier]
                documents = dict(with_contact(documents, old, replace(old, categories=(*old.categories, slug))))
            for name, text in texts.items():
                after = rewrite(text, documents[name])
                if after != text:
                    start = _BOM if before.contents[name].startswith(_BOM) else b""
                    changed[name] = start + after.encode("utf-8")
        except NotEditableError as error:
            raise ByHandOnlyError(FOLDER) from error
        read_contents(catalogue, self._table, before.with_contents(changed).contents, FOLDER)
        for name, content in changed.items():
            yield f"{FOLDER}/{name}", before.contents[name], content
