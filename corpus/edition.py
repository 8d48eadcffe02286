"""The example sentences as the files say them at one moment."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from corpus.errors import Fault
from corpus.keys import Keys
from understanding.corpus import CONVERSATION

_KIND, _ACCOUNT, _AT = "origine", "par", "le"


@dataclass(frozen=True)
class Origin:
    """Where a sentence comes from.

    Attributes:
        kind: « studio » (written by a trainer), « import » (pasted or from a table), « officer » (corrected on
            closing), « member » (a member's own words), « rewritten » (a trainer's version of a member's words).
        conversation_id: Of which it was taken; such a sentence goes to a private file only.
        account: Who let it in.
        at: When.
    """

    kind: str
    conversation_id: str | None = None
    account: str | None = None
    at: datetime | None = None

    def as_metadata(self) -> dict[str, str]:
        """As it stands in an example's metadata."""
        at = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if self.at else None
        named = {_KIND: self.kind, CONVERSATION: self.conversation_id, _ACCOUNT: self.account, _AT: at}
        return {key: value for key, value in named.items() if value}

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Origin | None:
        """As an example's metadata say it; None where they say nothing of it."""
        said = {key: str(metadata[key]) for key in (_KIND, CONVERSATION, _ACCOUNT, _AT) if metadata.get(key)}
        if not said:
            return None
        return cls(said.get(_KIND, ""), said.get(CONVERSATION), said.get(_ACCOUNT), _moment(said.get(_AT, "")))


@dataclass(frozen=True)
class Sentence:
    """An example sentence and where it stands.

    Attributes:
        id: Stable while file, intent and text are.
        text: Without entity annotations.
        intent: Category or conversation intent.
        file: Path from the data folder, such as « nlu/formation.yml ».
        line: Line in it, from 1.
        topic: Sub-topic, as the comment above its block says; or "".
        voice: Who wrote it, where the file says so; or "".
        origin: Where it comes from, where the file says so.
        private: Whether it stands in a file that does not leave this machine.
    """

    id: str
    text: str
    intent: str
    file: str
    line: int
    topic: str = ""
    voice: str = ""
    origin: Origin | None = None
    private: bool = False


@dataclass(frozen=True)
class Edition:
    """All examples at one moment.

    Attributes:
        digest: Tells whether anything changed since.
        sentences: In order of file and line.
        faults: What is wrong with files that were edited by hand; their sentences are missing here.
        keys: The sentences folded, for comparison.
    """

    digest: str
    sentences: tuple[Sentence, ...]
    faults: tuple[Fault, ...]
    keys: Keys[Sentence]

    @cached_property
    def by_id(self) -> Mapping[str, Sentence]:
        """The sentences by id."""
        return {sentence.id: sentence for sentence in self.sentences}

    @cached_property
    def by_intent(self) -> Mapping[str, Sequence[Sentence]]:
        """The sentences of each intent that has some."""
        found: defaultdict[str, list[Sentence]] = defaultdict(list)
        for sentence in self.sentences:
            found[sentence.intent].append(sentence)
        return dict(found)


def sentence_id(file: str, intent: str, text: str, before: int = 0) -> str:
    """The id of a sentence.

    Args:
        file: Path from the data folder.
        intent: Its intent.
        text: The sentence.
        before: How many of the same stand before it in the file.
    """
    parts = [file, intent, text, *([str(before)] if before else [])]
    return hashlib.sha1("\0".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:16]


def digest_of(contents: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over names and hashes of files."""
    total = hashlib.sha256()
    for name, content_hash in contents:
        total.update(f"{name}\0".encode() + content_hash)
    return total.hexdigest()


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
