"""Questions that must stay right: files of their own, run by the tests and before a model goes online."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from corpus.checks import accepted
from corpus.edition import Origin, sentence_id
from corpus.errors import (
    BrokenFileError,
    ByHandOnlyError,
    ChangedSentenceError,
    CorpusChangeError,
    CrowdedError,
    Fault,
    UnknownIntentError,
)
from corpus.keys import fold_key
from corpus.topics import catalogue_of
from datafiles.snapshots import ChangedMeanwhileError, Snapshot, take, take_unlocked
from datafiles.snapshots import replace as replace_files
from datafiles.syntax import SyntaxFaultError, compose, decoded
from datafiles.yaml_edit import NotEditableError, load, rewrite
from directory.writer import NotOwnerError
from understanding import paths

FOLDER = "temoins"
PUBLIC = f"{FOLDER}/temoins.yml"
PRIVATE = f"{FOLDER}/membres/temoins.yml"
_PATTERN = f"{FOLDER}/**/*.yml"
_KEY = "questions"
_ATTEMPTS = 20
_BOM = b"\xef\xbb\xbf"


class DuplicateQuestionError(CorpusChangeError):
    """A question is among the regression questions already."""

    def __init__(self, question: Regression) -> None:
        super().__init__(f"Cette question témoin existe déjà : « {question.text} ».")
        self.question = question


@dataclass(frozen=True)
class Regression:
    """A question that must stay right.

    Attributes:
        id: Stable while file and text are.
        text: What is asked.
        category: The category or conversation intent that must be understood.
        second: The second category, where two needs are voiced; else None.
        origin: Where it comes from, where the file says so.
        note: Why it is here, or "".
        file: Path from the data folder.
        line: Line in it, from 1.
        private: Whether it stands in a file that does not leave this machine.
    """

    id: str
    text: str
    category: str
    second: str | None = None
    origin: Origin | None = None
    note: str = ""
    file: str = PUBLIC
    line: int = 0
    private: bool = False


@dataclass(frozen=True)
class Regressions:
    """All regression questions at one moment.

    Attributes:
        digest: Tells whether anything changed since.
        questions: In order of file and line.
        faults: What is wrong with files that were edited by hand; their questions are missing here.
    """

    digest: str
    questions: tuple[Regression, ...]
    faults: tuple[Fault, ...]

    def found(self, identifier: str) -> Regression:
        """A question by its id.

        Raises:
            ChangedSentenceError: It is no longer there as it was.
        """
        for question in self.questions:
            if question.id == identifier:
                return question
        raise ChangedSentenceError(identifier)


Rows = list[dict[str, Any]]


class RegressionWriter:
    """Reads and changes the regression questions. Safe to share between threads, and beside other processes.

    Changing methods raise `NotOwnerError`, `ChangedSentenceError`, `BrokenFileError`, `ByHandOnlyError`,
    `CrowdedError` and `NotWritableError` as `CorpusWriter` does; then nothing was written.

    Args:
        folder: Of the data files.
        owner: Whether this instance owns them.
    """

    def __init__(self, folder: Path = paths.DATA, owner: bool = True) -> None:
        self.folder = folder
        self.owner = owner

    def read(self) -> Regressions:
        """The questions as they are now.

        Raises:
            OSError: A file cannot be read.
        """
        return read_regressions(self.folder)

    def add(
        self,
        text: str,
        category: str,
        second: str | None = None,
        origin: Origin | None = None,
        note: str = "",
        private: bool = False,
    ) -> Regression:
        """Add a question. One that was taken from a conversation is private in any case.

        Raises:
            InvalidSentenceError, UnknownIntentError, DuplicateQuestionError: See their messages.
        """
        text = accepted(text)
        private = private or bool(origin and origin.conversation_id)
        name = PRIVATE if private else PUBLIC
        self._refuse_unknown(category, second)
        row = _row(Regression("", text, category, second, origin, note))

        def change(now: Regressions, rows: Rows) -> None:
            _refuse_known(now, text)
            rows.append(row)

        self._change(name, change)
        return self.read().found(sentence_id(name, "", text))

    def edit(self, identifier: str, text: str, category: str, second: str | None = None, note: str = "") -> Regression:
        """Change a question; where it comes from stays.

        Raises:
            InvalidSentenceError, UnknownIntentError, DuplicateQuestionError: See their messages.
        """
        text = accepted(text)
        self._refuse_unknown(category, second)
        old = self.read().found(identifier)
        new = replace(old, text=text, category=category, second=second, note=note)

        def change(now: Regressions, rows: Rows) -> None:
            here = now.found(identifier)
            if here != replace(old, line=here.line):
                raise ChangedSentenceError(identifier)
            if fold_key(text) != fold_key(old.text):
                _refuse_known(now, text)
            number = [str(row.get("text", "")).strip() for row in rows].index(old.text)
            rows[number] = _row(new)

        self._change(old.file, change)
        return self.read().found(sentence_id(old.file, "", text))

    def delete(self, identifier: str) -> Regression:
        """Take a question out; what it was is returned."""
        old = self.read().found(identifier)

        def change(now: Regressions, rows: Rows) -> None:
            now.found(identifier)
            del rows[[str(row.get("text", "")).strip() for row in rows].index(old.text)]

        self._change(old.file, change)
        return old

    def _change(self, name: str, change: Callable[[Regressions, Rows], None]) -> None:
        if not self.owner:
            raise NotOwnerError
        for _ in range(_ATTEMPTS):
            before = take(self.folder, _PATTERN)
            now = _parsed(before)
            for fault in now.faults:
                if fault.file == name:
                    raise BrokenFileError(fault)
            try:
                replace_files(before, {name: _changed(name, before.contents.get(name), partial(change, now))})
                return
            except ChangedMeanwhileError:
                continue
        raise CrowdedError

    def _refuse_unknown(self, category: str, second: str | None) -> None:
        intents = catalogue_of(self.folder).intents
        for slug in (category, second):
            if slug is not None and slug not in intents:
                raise UnknownIntentError(slug)


def read_regressions(folder: Path = paths.DATA) -> Regressions:
    """The regression questions as they are now.

    Args:
        folder: Of the data files.

    Raises:
        OSError: A file cannot be read.
    """
    return _parsed(take(folder, _PATTERN))


def without_conversation(folder: Path, conversation_id: str) -> Iterator[tuple[str, bytes, bytes | None]]:
    """The files that hold questions from a conversation, each as it is and without them.

    For one who holds the folder.

    Raises:
        BrokenFileError, ByHandOnlyError: A file cannot be changed.
    """
    before = take_unlocked(folder, (_PATTERN,))
    now = _parsed(before)
    for fault in now.faults:
        if fault.file != PUBLIC:
            raise BrokenFileError(fault)
    gone = {one.id: one for one in now.questions if one.origin and one.origin.conversation_id == conversation_id}
    for name in sorted({question.file for question in gone.values()}):
        texts = {question.text for question in gone.values() if question.file == name}

        def leave_out(rows: Rows, texts: set[str] = texts) -> None:
            rows[:] = [row for row in rows if str(row.get("text", "")).strip() not in texts]

        yield name, before.contents[name], _changed(name, before.contents[name], leave_out)


def with_category(folder: Path, old: str, new: str) -> Iterator[tuple[str, bytes, bytes | None]]:
    """The files that name a category, each as it is and with another one in its place.

    For one who holds the folder.

    Raises:
        BrokenFileError, ByHandOnlyError: A file cannot be changed.
    """
    before = take_unlocked(folder, (_PATTERN,))
    now = _parsed(before)
    for fault in now.faults:
        raise BrokenFileError(fault)

    def rename(rows: Rows) -> None:
        for row in rows:
            for key in ("category", "second"):
                if row.get(key) == old:
                    row[key] = new
            if row.get("second") == row.get("category"):
                row.pop("second", None)

    for name in sorted({question.file for question in now.questions if old in (question.category, question.second)}):
        yield name, before.contents[name], _changed(name, before.contents[name], rename)


def _parsed(snapshot: Snapshot) -> Regressions:
    questions: list[Regression] = []
    faults: list[Fault] = []
    for name, content in snapshot.contents.items():
        try:
            questions += _questions(name, content)
        except SyntaxFaultError as fault:
            faults.append(Fault(name, fault.line, fault.sentence))
    return Regressions(snapshot.digest, tuple(questions), tuple(faults))


def _questions(name: str, content: bytes) -> Iterator[Regression]:
    root = compose(decoded(content))
    listed = _under(root, _KEY)
    if listed is None:
        raise SyntaxFaultError(1, "le fichier doit contenir une liste « questions: »")
    seen: Counter[str] = Counter()
    for node in listed.value if isinstance(listed, SequenceNode) else ():
        line = node.start_mark.line + 1
        row: Any = yaml.constructor.SafeConstructor().construct_document(node)
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("text", "category")):
            raise SyntaxFaultError(line, "une question témoin a un « text: » et une « category: »")
        text = row["text"].strip()
        origin = row.get("origin")
        yield Regression(
            id=sentence_id(name, "", text, seen[text]),
            text=text,
            category=row["category"],
            second=row.get("second") or None,
            origin=Origin.of(origin) if isinstance(origin, Mapping) else Origin(str(origin)) if origin else None,
            note=str(row.get("note") or ""),
            file=name,
            line=line,
            private=name.startswith(f"{FOLDER}/membres/"),
        )
        seen[text] += 1


def _under(root: Node, key: str) -> Node | None:
    pairs: Sequence[tuple[Node, Node]] = root.value if isinstance(root, MappingNode) else ()
    return next((value for name, value in pairs if getattr(name, "value", None) == key), None)


def _changed(name: str, content: bytes | None, change: Callable[[Rows], None]) -> bytes | None:
    """A file with other questions; None where a private one is left without any."""
    text = decoded(content) if content is not None else f"{_KEY}: []\n"
    try:
        document = load(text)
        rows = list(document.get(_KEY) or [])
        change(rows)
        if not rows and name.startswith(f"{FOLDER}/membres/"):
            return None
        after = rewrite(text, {**document, _KEY: rows}) if content is not None or not rows else _new_file(rows)
    except NotEditableError as error:
        raise ByHandOnlyError(name) from error
    return (_BOM if (content or b"").startswith(_BOM) else b"") + after.encode("utf-8")


def _new_file(rows: Rows) -> str:
    first = f"{_KEY}:\n- text: x\n  category: x\n"
    return rewrite(first, {_KEY: rows})


def _row(question: Regression) -> dict[str, Any]:
    row: dict[str, Any] = {"text": question.text, "category": question.category}
    optional = {
        "second": question.second,
        "origin": question.origin.as_metadata() if question.origin else None,
        "note": question.note,
    }
    return row | {key: value for key, value in optional.items() if value}


def _refuse_known(now: Regressions, text: str) -> None:
    for question in now.questions:
        if fold_key(question.text) == fold_key(text):
            raise DuplicateQuestionError(question)
