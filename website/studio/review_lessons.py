"""What decisions on members' sentences write: one example each, in the files that do not leave this machine."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

from corpus.edition import Origin
from corpus.errors import ChangedSentenceError, DuplicateSentenceError
from corpus.writer import CorpusWriter

MEMBER = "member"
_NAME = re.compile(r"\[nom\]")
_MASK = re.compile(r"\[([^\]\s]+)\]")


def as_example(sentence: str) -> str:
    """A masked sentence as people write: « M. [nom], [téléphone] » → « M. X, téléphone »."""
    return _MASK.sub(r"\1", _NAME.sub("X", sentence))


class Lessons:
    """Examples made of members' sentences.

    Args:
        writer: Changes the files; works in threads.
    """

    def __init__(self, writer: CorpusWriter) -> None:
        self._writer = writer

    async def add(self, category: str, text: str, conversation_id: str, account_id: str, now: datetime) -> str | None:
        """Write an example.

        Returns:
            Its id; None where the subject has the same sentence already.

        Raises:
            DuplicateSentenceError: Another subject has it.
            CorpusChangeError, NotOwnerError: It cannot be written.
        """
        origin = Origin(MEMBER, conversation_id, account_id, now)
        try:
            change = await asyncio.to_thread(self._writer.add, category, [(text, origin)], True)
        except DuplicateSentenceError as error:
            if error.sentence is not None and error.sentence.intent == category:
                return None
            raise
        return change.added[0].id

    async def remove(self, example: str) -> None:
        """Take an example out; nothing where somebody changed or removed it since.

        Raises:
            CorpusChangeError, NotOwnerError: It cannot be taken out.
        """
        try:
            await asyncio.to_thread(self._writer.delete, [example])
        except ChangedSentenceError:
            pass
