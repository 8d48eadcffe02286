"""The trainers' files, as far as erasures are concerned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus import regressions
from corpus.edition import Origin
from corpus.reader import PRIVATE
from corpus.writer import CorpusWriter
from understanding import paths


@dataclass(frozen=True)
class Removed:
    """How much was taken out of the files."""

    examples: int = 0
    questions: int = 0


class TrainersFiles:
    """Takes out of the files what comes from conversations: it stands in the folders of members' sentences alone.

    Args:
        folder: Of the data files, which this instance owns.
    """

    def __init__(self, folder: Path = paths.DATA) -> None:
        self._folder = folder
        self._writer = CorpusWriter(folder, owner=True)

    def forget(self, conversation_id: str) -> Removed:
        """Take out all that comes from a conversation."""
        word = conversation_id.encode()
        if not any(word in content for content in self._private()):
            return Removed()
        examples = sum(_is_from(one.origin, conversation_id) for one in self._writer.read().sentences)
        questions = sum(
            _is_from(one.origin, conversation_id) for one in regressions.read_regressions(self._folder).questions
        )
        self._writer.forget(conversation_id)
        return Removed(examples, questions)

    def conversations(self) -> set[str]:
        """The ids of all conversations from which a sentence comes."""
        if not any(self._private()):
            return set()
        origins = [one.origin for one in self._writer.read().sentences]
        origins += [one.origin for one in regressions.read_regressions(self._folder).questions]
        return {one.conversation_id for one in origins if one and one.conversation_id}

    def _private(self) -> Iterator[bytes]:
        for folder in (PRIVATE, Path(regressions.PRIVATE).parent):
            for file in sorted((self._folder / folder).glob("*.yml")):
                yield file.read_bytes()


def _is_from(origin: Origin | None, conversation_id: str) -> bool:
    return origin is not None and origin.conversation_id == conversation_id
