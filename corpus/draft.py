"""Changes of example files before they are written; each file is read back before it is kept."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from glob import escape
from typing import Any

from corpus.blocks import EMPTY, Entry, ExampleFile
from corpus.changes import Patch
from corpus.edition import Sentence
from corpus.errors import BrokenFileError, ByHandOnlyError, Fault
from corpus.reader import PRIVATE, CorpusReader
from datafiles.snapshots import ChangedMeanwhileError, Snapshot, replace_unlocked, take_unlocked
from datafiles.syntax import SyntaxFaultError, decoded
from datafiles.yaml_edit import NotEditableError
from understanding.corpus import VOICE

_BOM = b"\xef\xbb\xbf"

Row = tuple[str, Mapping[str, str]]
"""A sentence with its metadata."""


def file_of(intent: str, private: bool) -> str:
    """Where new examples of an intent go."""
    return f"{PRIVATE}/{intent}.yml" if private else f"nlu/{intent}.yml"


class Draft:
    """What the files shall hold, made for one who holds the folder by `changing` and has just read it.

    Args:
        reader: Has read the files.
    """

    def __init__(self, reader: CorpusReader) -> None:
        self._reader = reader
        self._texts: dict[str, str] = {}
        self._expected: dict[str, Counter[str]] = {}
        self._before: dict[str, bytes] = {}
        self._others: dict[str, bytes | None] = {}
        self._grown: list[str] = []

    def cut(self, sentences: Iterable[Sentence]) -> None:
        """Leave sentences out.

        Raises:
            ByHandOnlyError, BrokenFileError: A file cannot be changed.
            ChangedMeanwhileError: A file is not what was read.
        """
        by_file: defaultdict[str, list[Sentence]] = defaultdict(list)
        for sentence in sentences:
            by_file[sentence.file].append(sentence)
        for name, gone in by_file.items():
            file = self._file(name)
            entries = [self._entry(sentence) for sentence in gone]
            self._expected[name].subtract(map(_content, entries))
            self._set(name, lambda file=file, entries=entries: file.without(entries))

    def replace(self, sentence: Sentence, text: str) -> None:
        """Put another text in a sentence's place.

        Raises:
            As `cut`.
        """
        file, entry = self._file(sentence.file), self._entry(sentence)
        self._expected[sentence.file].subtract([_content(entry)])
        self._expected[sentence.file].update([_said(entry.intent, text, entry.voice, entry.metadata)])
        self._set(sentence.file, lambda: file.replaced(entry, text))

    def add(self, name: str, intent: str, rows: Sequence[Row]) -> None:
        """Put new sentences at the end of a file, which is made where there is none.

        Raises:
            As `cut`.
        """
        if not rows:
            return
        file = self._file(name)
        self._grown.append(name)
        self._expected[name].update(_said(intent, text, row.get(VOICE, ""), row) for text, row in rows)
        self._set(name, lambda: file.with_added(intent, rows))

    def rename(self, name: str, old: str, new: str) -> None:
        """Let all sentences of one intent in a file be another's.

        Raises:
            As `cut`.
        """
        file = self._file(name)
        entries = [entry for entry in file.entries if entry.intent == old]
        self._expected[name].subtract(map(_content, entries))
        self._expected[name].update(_said(new, entry.text, entry.voice, entry.metadata) for entry in entries)
        self._set(name, lambda: file.with_intent(old, new))

    def take_back(self, patches: Iterable[Patch], gone: Sequence[Sentence], back: Sequence[Sentence]) -> bool:
        """Undo patches where their lines are still as they left them; nothing is drafted where they are not.

        Args:
            patches: What became of the files.
            gone: The sentences that shall leave them.
            back: The sentences that shall return.
        """
        leaving = {sentence.id for sentence in gone}
        drafted = []
        for patch in patches:
            path = self._reader.folder / patch.file
            content = path.read_bytes() if path.exists() else None
            done, undone = patch.undone(content)
            wanted = Counter((one.intent, one.text) for one in self._sentences(patch.file) if one.id not in leaving)
            wanted.update((one.intent, one.text) for one in back if one.file == patch.file)
            if not done or (Counter(_texts(undone)) if undone is not None else Counter()) != wanted:
                return False
            drafted.append((patch.file, content, undone))
        for name, content, undone in drafted:
            self.put(name, content, undone)
        return True

    def put(self, name: str, before: bytes | None, content: bytes | None) -> None:
        """Write another file along with the examples.

        Args:
            name: Path from the data folder.
            before: What it must hold still; None where it is not there.
            content: What it shall hold; None where it goes.
        """
        if before is not None:
            self._before[name] = before
        self._others[name] = content

    def contents(self) -> dict[str, bytes | None]:
        """What the changed files shall hold, those that gain something first: a crash never loses a sentence.

        Raises:
            ByHandOnlyError: A file would not say what is meant.
        """
        names = [*dict.fromkeys(self._grown), *(name for name in self._texts if name not in self._grown)]
        changed: dict[str, bytes | None] = dict(self._others)
        for name in names:
            text = self._texts[name]
            file = self._parsed(name, text)
            if Counter(map(_content, file.entries)) != +self._expected[name]:
                raise ByHandOnlyError(name)
            start = _BOM if self._before.get(name, b"").startswith(_BOM) else b""
            private = name.startswith(f"{PRIVATE}/")
            changed[name] = start + text.encode("utf-8") if file.entries or not private else None
        return changed

    def write(self) -> tuple[Mapping[str, bytes], dict[str, bytes | None]]:
        """Write all of it.

        Returns:
            What the files held, and what they hold now.

        Raises:
            ByHandOnlyError: A file would not say what is meant.
            ChangedMeanwhileError: A file is not what was read; nothing was written.
            NotWritableError: The folder is read-only or full; nothing was written.
        """
        changed = self.contents()
        if changed:
            patterns = tuple(escape(name) for name in changed)
            now = take_unlocked(self._reader.folder, patterns)
            before = {name: content for name, content in self._before.items() if name in changed}
            replace_unlocked(Snapshot(now.folder, dict(sorted(before.items())), patterns), changed)
        return self._before, changed

    def _file(self, name: str) -> ExampleFile:
        if name in self._texts:
            return self._parsed(name, self._texts[name])
        read, path = self._reader.file(name), self._reader.folder / name
        content = path.read_bytes() if path.exists() else None
        if (hashlib.sha256(content).digest() if content is not None else None) != (read.hash if read else None):
            raise ChangedMeanwhileError(take_unlocked(self._reader.folder, (escape(name),)))
        if read and read.fault:
            raise BrokenFileError(read.fault)
        if content is not None:
            self._before[name] = content
        file = read.file if read and read.file else ExampleFile(EMPTY)
        self._expected[name] = Counter(map(_content, file.entries))
        return file

    def _entry(self, sentence: Sentence) -> Entry:
        """A sentence's entry in the file as it is drafted so far."""
        read = self._reader.file(sentence.file)
        if read is None or sentence.id not in read.entries:
            raise ByHandOnlyError(sentence.file)
        return read.entries[sentence.id]

    def _sentences(self, name: str) -> tuple[Sentence, ...]:
        read = self._reader.file(name)
        return read.sentences if read else ()

    def _set(self, name: str, change: Any) -> None:
        try:
            self._texts[name] = change()
        except NotEditableError as error:
            raise ByHandOnlyError(name) from error

    def _parsed(self, name: str, text: str) -> ExampleFile:
        try:
            return ExampleFile(text)
        except SyntaxFaultError as fault:
            raise BrokenFileError(Fault(name, fault.line, fault.sentence)) from fault


def row_of(entry: Entry) -> Row:
    """An entry as a row that can stand elsewhere, with its writer and its origin."""
    metadata = {key: str(value) for key, value in entry.metadata.items() if isinstance(value, str | int | float | date)}
    return entry.text, {**({VOICE: entry.voice} if entry.voice else {}), **metadata}


def _texts(content: bytes) -> list[tuple[str, str]]:
    try:
        return [(entry.intent, entry.text) for entry in ExampleFile(decoded(content)).entries]
    except SyntaxFaultError:
        return []


def _content(entry: Entry) -> str:
    return _said(entry.intent, entry.text, entry.voice, entry.metadata)


def _said(intent: str, text: str, voice: str, metadata: Mapping[str, Any]) -> str:
    return repr((intent, text, voice, sorted((key, str(value)) for key, value in metadata.items())))
