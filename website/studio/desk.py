"""What the studio's pages work on: the example files, their one writer, and what can be taken back."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from aiohttp import web

from corpus.changes import Change
from corpus.edition import Edition, Origin, Sentence
from corpus.writer import REWRITTEN, CorpusWriter
from database.base import utc_now
from database.storage import Storage
from directory.writer import NotOwnerError
from understanding import paths
from website import audit
from website.directory.answers import fault_sentence
from website.rasa import Rasa
from website.studio import names, undo
from website.studio.judging import Judge, Line
from website.studio.verdicts import Verdict


class ExamplesDesk:
    """Reads and changes examples; files are read and written in threads, and each change is logged.

    Args:
        storage: The database.
        rasa: The assistant.
        owner: Whether this instance owns the files.
    """

    def __init__(self, storage: Storage, rasa: Rasa, owner: bool) -> None:
        self._storage = storage
        self.owner = owner
        self.writer = CorpusWriter(paths.DATA, owner=owner)
        self._judge = Judge(rasa)

    async def edition(self) -> Edition:
        """The examples as the files have them now."""
        return await asyncio.to_thread(self.writer.read)

    def faults(self, edition: Edition) -> list[str]:
        """What is wrong with files that were changed by hand, in sentences."""
        return [fault_sentence(fault) for fault in edition.faults]

    async def judge(
        self, lines: Sequence[Line], *, read: bool = True, apart_from: Sentence | None = None, seconds: float = 30.0
    ) -> list[Verdict]:
        """What is to be said of sentences before they become examples.

        Args:
            lines: The sentences.
            read: Whether the assistant shall say how it understands them.
            apart_from: A sentence that does not count, since it is the one that is edited.
            seconds: How long the assistant may take.
        """
        return await self._judge.verdicts(await self.edition(), lines, read, apart_from, seconds)

    async def instead_of(self, identifier: str) -> Sentence | None:
        """What stands now where a sentence that is gone stood; None where nothing like it does."""
        return await asyncio.to_thread(self.writer.reader.instead_of, identifier)

    async def add(self, account: str, verdicts: Sequence[Verdict], kind: str = "studio") -> None:
        """Write examples, all of them or none.

        Args:
            account: Id of who writes them.
            verdicts: On the sentences; none is refused.
            kind: « studio », or « import » for those of a file.

        Raises:
            Everything in `refusals.REFUSALS`; then nothing was written.
        """
        self._must_own()
        origin = Origin(kind, account=account, at=utc_now())
        groups: defaultdict[str, list[tuple[str, Origin]]] = defaultdict(list)
        for verdict in verdicts:
            groups[verdict.category].append((verdict.text, origin))
        async with self._storage.write() as session:
            for category, sentences in groups.items():
                await audit.record(session, account, "example.added", subject=category, entries=len(sentences))
            await asyncio.to_thread(self.writer.add_all, groups)

    async def edit(self, account: str, sentence: Sentence, text: str) -> str:
        """Change a sentence; one of a member's becomes a trainer's own.

        Returns:
            Its new id.

        Raises:
            Everything in `refusals.REFUSALS`; then nothing was written.
        """
        self._must_own()

        def work() -> Change:
            if not sentence.private:
                return self.writer.edit(sentence.id, text)
            origin = Origin(REWRITTEN, account=account, at=utc_now())
            return self.writer.rewrite_private(sentence.id, text, origin)

        async with self._storage.write() as session:
            change = await asyncio.to_thread(work)
            after = change.added[0] if change.added else sentence
            await audit.record(
                session, account, "example.changed", subject=after.id, before=sentence.id, category=sentence.intent
            )
        return after.id

    async def move(self, account: str, category: str, ids: Sequence[str], target: str) -> str:
        """Let sentences be examples of another subject.

        Args:
            account: Id of who does it.
            category: The subject on whose page it is done.
            ids: Of the sentences.
            target: The other subject.

        Returns:
            The name by which it can be taken back; empty where it cannot.

        Raises:
            Everything in `refusals.REFUSALS`; then nothing was written.
        """
        self._must_own()
        async with self._storage.write() as session:
            change = await asyncio.to_thread(self.writer.move, ids, target)
            for before, after in zip(change.removed, change.added):
                await audit.record(
                    session,
                    account,
                    "example.moved",
                    subject=after.id,
                    before=before.id,
                    category=before.intent,
                    to=target,
                )
            done = f"{_told(len(ids), 'déplacée')} vers « {names.label(target)} »."
            return await undo.remember(session, account, done, change, category)

    async def delete(self, account: str, category: str, ids: Sequence[str]) -> str:
        """Delete sentences.

        Args:
            account: Id of who does it.
            category: The subject on whose page it is done.
            ids: Of the sentences.

        Returns:
            The name by which it can be taken back; empty where it cannot.

        Raises:
            Everything in `refusals.REFUSALS`; then nothing was written.
        """
        self._must_own()
        async with self._storage.write() as session:
            change = await asyncio.to_thread(self.writer.delete, ids)
            for sentence in change.removed:
                await audit.record(session, account, "example.deleted", subject=sentence.id, category=sentence.intent)
            return await undo.remember(session, account, f"{_told(len(ids), 'supprimée')}.", change, category)

    async def take_back(self, account: str, token: str) -> int:
        """Take something back.

        Returns:
            How many sentences are as they were; 0 where it can no longer be taken back.

        Raises:
            Everything in `refusals.REFUSALS`; then nothing was written.
        """
        self._must_own()
        async with self._storage.write() as session:
            change = await undo.take(session, account, token)
            if change is None:
                return 0
            for sentence in change.removed:
                await audit.record(session, account, "example.restored", subject=sentence.id, category=sentence.intent)
            await asyncio.to_thread(self.writer.undo, change)
        return len(change.removed)

    def _must_own(self) -> None:
        if not self.owner:
            raise NotOwnerError


def _told(count: int, what: str) -> str:
    return f"Phrase {what}" if count == 1 else f"{count} phrases {what}s"


EXAMPLES = web.AppKey("examples_desk", ExamplesDesk)
