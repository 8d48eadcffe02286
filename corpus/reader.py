"""Reading the example files: once, and again what changed since."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from threading import RLock

from corpus.blocks import Entry, ExampleFile
from corpus.edition import Edition, Origin, Sentence, digest_of, sentence_id
from corpus.errors import Fault
from corpus.keys import Folder, Keys
from datafiles.replacing import reading
from datafiles.syntax import SyntaxFaultError, decoded
from understanding import paths

NLU = "nlu"
PRIVATE = f"{NLU}/membres"
_SETTLED = 2_000_000_000
"""Nanoseconds after which a file that was changed again would have another time."""
_GONE = 5_000
"""Sentences that are remembered after they left the files."""
_ALIKE = 0.5


@dataclass(frozen=True)
class ReadFile:
    """A file of examples as it was read.

    Attributes:
        name: Path from the data folder.
        hash: SHA-256 of its content.
        file: Its text; None where it has a fault.
        entries: Its examples by the id of their sentence.
        sentences: The same for others.
        fault: What is wrong with it, or None.
    """

    name: str
    hash: bytes
    file: ExampleFile | None = None
    entries: dict[str, Entry] = field(default_factory=dict)
    sentences: tuple[Sentence, ...] = ()
    fault: Fault | None = None


class CorpusReader:
    """Reads the examples below a folder. Safe to share between threads.

    Args:
        folder: Of the data files.
    """

    def __init__(self, folder: Path = paths.DATA) -> None:
        self.folder = folder
        self.fold = Folder()
        self._lock = RLock()
        self._files: dict[str, tuple[tuple[int, ...], ReadFile]] = {}
        self._edition: Edition | None = None
        self._gone: OrderedDict[str, Sentence] = OrderedDict()

    def read(self) -> Edition:
        """The examples as they are now.

        Raises:
            OSError: A file cannot be read.
        """
        with reading(self.folder):
            return self.read_unlocked()

    def read_unlocked(self) -> Edition:
        """The same, for one who holds the folder."""
        with self._lock:
            before = {name: read for name, (_, read) in self._files.items()}
            for path in sorted((self.folder / NLU).rglob("*.yml")):
                self._read_file(path.relative_to(self.folder).as_posix(), path)
            for name in before:
                if not (self.folder / name).exists():
                    del self._files[name]
            now = {name: read for name, (_, read) in sorted(self._files.items())}
            if self._edition is None or now != before:
                self._remember(before, now)
                sentences = tuple(sentence for read in now.values() for sentence in read.sentences)
                self._edition = Edition(
                    digest_of((name, read.hash) for name, read in now.items()),
                    sentences,
                    tuple(read.fault for read in now.values() if read.fault),
                    Keys(sentences, self.fold),
                )
            return self._edition

    def file(self, name: str) -> ReadFile | None:
        """A file as it was read last, or None."""
        with self._lock:
            known = self._files.get(name)
            return known[1] if known else None

    def files_with_terms(self, category: str) -> list[str]:
        """The files that hold terms of the lexicon for a category."""
        with self._lock:
            return [name for name, (_, read) in self._files.items() if read.file and category in read.file.lookups]

    def instead_of(self, identifier: str) -> Sentence | None:
        """What stands now where a sentence that is gone stood; None where that is gone too, or not known."""
        with self._lock:
            gone, edition = self._gone.get(identifier), self._edition
            if gone is None or edition is None:
                return None
            at_home = [sentence for sentence in edition.sentences if sentence.file == gone.file]
            elsewhere = [sentence for sentence in edition.sentences if sentence.text == gone.text]
            near = [one for one in at_home if abs(one.line - gone.line) <= 3]
            likely = [(SequenceMatcher(None, gone.text, one.text).ratio(), one) for one in [*elsewhere, *near]]
            ratio, best = max(likely, key=lambda pair: pair[0], default=(0.0, None))
            return best if ratio >= _ALIKE else None

    def forget(self, conversation_id: str) -> None:
        """Keep no memory of what was taken from a conversation."""
        with self._lock:
            for identifier, sentence in list(self._gone.items()):
                if sentence.origin and sentence.origin.conversation_id == conversation_id:
                    del self._gone[identifier]

    def _read_file(self, name: str, path: Path) -> None:
        signature = _signature(path)
        known = self._files.get(name)
        if known and known[0] == signature:
            return
        content = path.read_bytes()
        content_hash = hashlib.sha256(content).digest()
        read = known[1] if known and known[1].hash == content_hash else _parse(name, content, content_hash)
        settled = time.time_ns() - signature[0] > _SETTLED and _signature(path) == signature
        self._files[name] = (signature if settled else (), read)

    def _remember(self, before: dict[str, ReadFile], now: dict[str, ReadFile]) -> None:
        for name, old in before.items():
            new = now.get(name)
            if new is not old:
                for sentence in old.sentences:
                    if new is None or sentence.id not in new.entries:
                        self._gone[sentence.id] = sentence
        while len(self._gone) > _GONE:
            self._gone.popitem(last=False)


def _signature(path: Path) -> tuple[int, ...]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _parse(name: str, content: bytes, content_hash: bytes) -> ReadFile:
    try:
        file = ExampleFile(decoded(content))
    except SyntaxFaultError as fault:
        return ReadFile(name, content_hash, fault=Fault(name, fault.line, fault.sentence))
    entries: dict[str, Entry] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for entry in file.entries:
        same = (entry.intent, entry.text)
        entries[sentence_id(name, *same, seen[same])] = entry
        seen[same] += 1
    private = name.startswith(f"{PRIVATE}/")
    sentences = tuple(
        Sentence(
            id=identifier,
            text=entry.text,
            intent=entry.intent,
            file=name,
            line=entry.line,
            topic=entry.topic,
            voice=entry.voice,
            origin=Origin.of(entry.metadata),
            private=private,
        )
        for identifier, entry in entries.items()
    )
    return ReadFile(name, content_hash, file, entries, sentences)


@lru_cache(maxsize=8)
def _shared(folder: Path) -> CorpusReader:
    return CorpusReader(folder)


def read_edition(folder: Path = paths.DATA) -> Edition:
    """The examples below a folder as they are now; read again only where something changed."""
    return _shared(folder).read()
