"""Changing subjects themselves: making, defining, merging and retiring them, in all files that name them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from corpus.categories import CategoryWriter, ChangedCategoryError
from corpus.coverage import Coverage
from corpus.edition import Origin
from corpus.errors import UnknownIntentError
from database.base import utc_now
from database.storage import Storage
from directory.french import short_name
from directory.repository import NoDirectoryError, store
from directory.writer import NotOwnerError
from understanding.catalogue import Category
from website import audit
from website.directory.desk import DirectoryDesk
from website.studio.desk import ExamplesDesk
from website.studio.verdicts import Verdict


@dataclass(frozen=True)
class NewSubject:
    """A subject that shall be made.

    Attributes:
        label: What members read.
        scope: What belongs to it.
        boundary: What looks close but belongs elsewhere.
        contacts: Ids of those who cover it.
    """

    label: str
    scope: str
    boundary: str
    contacts: tuple[str, ...]


@dataclass(frozen=True)
class Effect:
    """What merging or retiring a subject will change.

    Attributes:
        sentences: How many examples it has.
        people: Names of those who cover it.
    """

    sentences: int
    people: tuple[str, ...]


def definition_digest(category: Category) -> str:
    """Tells whether name or definition of a subject changed."""
    said = "\0".join((category.label, category.scope, category.boundary))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class SubjectDesk:
    """Changes subjects; files, database and audit log change together.

    Args:
        storage: The database.
        examples: Who changes examples.
        directory: Who reads the directory.
    """

    def __init__(self, storage: Storage, examples: ExamplesDesk, directory: DirectoryDesk) -> None:
        self._storage = storage
        self._examples = examples
        self._directory = directory
        self.owner = examples.owner

    @cached_property
    def _writer(self) -> CategoryWriter:
        """Who changes the files; takes a while at first, so it is asked for in threads only."""
        corpus = self._examples.writer
        return CategoryWriter(corpus, Coverage(corpus.folder, self._directory.table))

    async def create(self, account: str, new: NewSubject, verdicts: Sequence[Verdict]) -> str:
        """Make a subject with its examples and who covers it: all of it, or nothing.

        Args:
            account: Id of who does it.
            new: The subject.
            verdicts: On its sentences; none is refused.

        Returns:
            Its slug.

        Raises:
            Everything in `refusals.REFUSALS`; then nothing was written.
        """
        self._must_own()
        origin = Origin("studio", account=account, at=utc_now())
        rows = [(verdict.text, origin) for verdict in verdicts]

        def work() -> str:
            category, _ = self._writer.add(new.label, new.scope, new.boundary, rows, new.contacts)
            return category.slug

        async with self._storage.write() as session:
            slug = await asyncio.to_thread(work)
            await audit.record(
                session, account, "subject.added", subject=slug, entries=len(rows), contacts=list(new.contacts)
            )
            await self._import_directory(session)
        return slug

    async def define(self, account: str, seen: str, wanted: Category) -> None:
        """Change name and definition of a subject.

        Args:
            account: Id of who does it.
            seen: Digest of the definition that was changed.
            wanted: As it shall be.

        Raises:
            Everything in `refusals.REFUSALS`; then nothing was written.
        """
        self._must_own()

        def work() -> None:
            now = self._writer.read().categories.get(wanted.slug)
            if now is None:
                raise UnknownIntentError(wanted.slug)
            if definition_digest(now) != seen:
                raise ChangedCategoryError(now)
            self._writer.edit(now, wanted.label, wanted.scope, wanted.boundary)

        async with self._storage.write() as session:
            await asyncio.to_thread(work)
            await audit.record(session, account, "subject.changed", subject=wanted.slug)

    async def effect(self, slug: str) -> Effect:
        """What merging or retiring a subject will change."""
        edition = await self._examples.edition()
        try:
            data = (await self._directory.state()).data
        except NoDirectoryError:
            return Effect(len(edition.by_intent.get(slug, ())), ())
        antennas = {antenna.slug: short_name(antenna.name) for antenna in data.antennas}
        people = [
            f"{contact.name} ({antennas[contact.antenna]})" for contact in data.contacts if slug in contact.categories
        ]
        return Effect(len(edition.by_intent.get(slug, ())), tuple(people))

    async def merge(self, account: str, slug: str, target: str) -> None:
        """Let a subject be part of another.

        Raises:
            Everything in `refusals.REFUSALS`; then nothing was written.
        """
        self._must_own()
        async with self._storage.write() as session:
            change = await asyncio.to_thread(lambda: self._writer.merge(slug, target))
            await audit.record(session, account, "subject.merged", subject=slug, to=target, entries=len(change.removed))
            await self._import_directory(session)

    async def retire(self, account: str, slug: str) -> None:
        """Offer a subject no longer.

        Raises:
            Everything in `refusals.REFUSALS`; then nothing was written.
        """
        self._must_own()
        async with self._storage.write() as session:
            await asyncio.to_thread(lambda: self._writer.retire(slug))
            await audit.record(session, account, "subject.retired", subject=slug)
            await self._import_directory(session)

    def _must_own(self) -> None:
        if not self.owner:
            raise NotOwnerError

    async def _import_directory(self, session: AsyncSession) -> None:
        """Let the database hold who covers what from now on."""
        await self._directory.prepare()
        edition = await asyncio.to_thread(self._directory.writer.read)
        await session.run_sync(store, edition.data)


SUBJECT_DESK = web.AppKey("subject_desk", SubjectDesk)
