"""The one way in which example sentences are changed: line by line, checked, all files of a change at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from corpus.changes import Change
from corpus.checks import accepted
from corpus.draft import Draft, Row, file_of, row_of
from corpus.edition import Edition, Origin, Sentence
from corpus.errors import (
    BrokenFileError,
    ChangedSentenceError,
    CrowdedError,
    DuplicateSentenceError,
    ForgottenError,
    InvalidSentenceError,
    PrivateOriginError,
    StaleChangeError,
    UnknownIntentError,
)
from corpus.reader import NLU, PRIVATE, CorpusReader
from corpus.regressions import without_conversation
from corpus.topics import catalogue_of
from datafiles.replacing import changing
from datafiles.snapshots import ChangedMeanwhileError
from directory.writer import NotOwnerError
from understanding import paths
from understanding.corpus import VOICE

_ATTEMPTS = 20
REWRITTEN = "rewritten"

Plan = Callable[[Edition, Draft], None]


class CorpusWriter:
    """Changes the example files, or says why not. Safe to share between threads, and beside other processes.

    Every method raises what follows, and then nothing was written.

    Args:
        folder: Of the data files.
        owner: Whether this instance owns them (`Settings.data_owner`).
        reader: Who reads them.

    Raises:
        NotOwnerError: Another instance owns the files.
        ChangedSentenceError: A sentence that is named is no longer there as it was.
        BrokenFileError, ByHandOnlyError: A file was written by hand in a way that has to be mended by hand.
        CrowdedError: The files change all the time.
        NotWritableError: The folder is read-only or full.
    """

    def __init__(self, folder: Path = paths.DATA, owner: bool = True, reader: CorpusReader | None = None) -> None:
        self.folder = folder
        self.owner = owner
        self.reader = reader or CorpusReader(folder)
        self._forgotten: set[str] = set()

    def read(self) -> Edition:
        """The examples as they are now.

        Raises:
            OSError: A file cannot be read.
        """
        return self.reader.read()

    def add(self, intent: str, rows: Iterable[tuple[str, Origin]], private: bool = False) -> Change:
        """Add sentences to an intent, at the end of its file.

        Args:
            intent: Category or conversation intent in service.
            rows: Sentences and where they come from.
            private: Whether they go to the file that does not leave this machine.

        Raises:
            InvalidSentenceError: A text cannot be an example.
            DuplicateSentenceError: A sentence is there already, in whichever intent.
            PrivateOriginError: A public sentence comes from a conversation.
            UnknownIntentError: There is no such intent in service.
        """
        return self.add_all({intent: rows}, private)

    def add_all(self, rows: Mapping[str, Iterable[tuple[str, Origin]]], private: bool = False) -> Change:
        """Add sentences to several intents, as `add` does to one: all of them or none.

        Args:
            rows: By intent.
            private: Whether they go to files that do not leave this machine.
        """
        named = {intent: [(accepted(text), origin) for text, origin in some] for intent, some in rows.items()}
        everything = [row for some in named.values() for row in some]

        def plan(edition: Edition, draft: Draft) -> None:
            for intent in named:
                self._refuse_unknown(intent)
            self.refuse_rows(edition, everything, private)
            for intent, some in named.items():
                draft.add(file_of(intent, private), intent, [(text, origin.as_metadata()) for text, origin in some])

        return self.change(plan)

    def edit(self, sentence_id: str, new_text: str) -> Change:
        """Put another text in a sentence's place.

        Raises:
            InvalidSentenceError: The text cannot be an example.
            DuplicateSentenceError: Another sentence says the same.
        """
        text = accepted(new_text)

        def plan(edition: Edition, draft: Draft) -> None:
            (sentence,) = self._found(edition, [sentence_id])
            _refuse_known(edition, text, sentence)
            if text != sentence.text:
                draft.replace(sentence, text)

        return self.change(plan)

    def move(self, sentence_ids: Iterable[str], intent: str) -> Change:
        """Let sentences be another intent's; what is known of each goes with it.

        Raises:
            UnknownIntentError: There is no such intent in service.
        """
        named = list(dict.fromkeys(sentence_ids))

        def plan(edition: Edition, draft: Draft) -> None:
            self._refuse_unknown(intent)
            moved = [sentence for sentence in self._found(edition, named) if sentence.intent != intent]
            rows = [(sentence.private, self._row(sentence)) for sentence in moved]
            draft.cut(moved)
            for private in (False, True):
                draft.add(file_of(intent, private), intent, [row for kind, row in rows if kind is private])

        return self.change(plan)

    def delete(self, sentence_ids: Iterable[str]) -> Change:
        """Take sentences out."""
        named = list(dict.fromkeys(sentence_ids))
        return self.change(lambda edition, draft: draft.cut(self._found(edition, named)))

    def rewrite_private(self, sentence_id: str, new_text: str, origin: Origin | None = None) -> Change:
        """Let a trainer's version of a member's sentence enter the public file; the member's own words go.

        Args:
            sentence_id: A private sentence.
            new_text: The trainer's version, which names no conversation any more.
            origin: Who wrote it and when; of kind `REWRITTEN` where None.

        Raises:
            InvalidSentenceError: The text cannot be an example, or is still the member's.
            DuplicateSentenceError: Another sentence says the same.
            PrivateOriginError: The origin names a conversation.
        """
        text = accepted(new_text)
        origin = origin or Origin(REWRITTEN)
        if origin.conversation_id:
            raise PrivateOriginError

        def plan(edition: Edition, draft: Draft) -> None:
            (sentence,) = self._found(edition, [sentence_id])
            self._refuse_unknown(sentence.intent)
            if self.reader.fold.key(text) == self.reader.fold.key(sentence.text):
                raise InvalidSentenceError("Réécrivez la phrase : celle du membre ne devient pas publique.")
            if not sentence.private:
                raise InvalidSentenceError("Cette phrase est déjà publique.")
            _refuse_known(edition, text, sentence)
            draft.cut([sentence])
            draft.add(file_of(sentence.intent, False), sentence.intent, [(text, origin.as_metadata())])

        return self.change(plan)

    def undo(self, change: Change) -> Change:
        """Take a change back: to the byte where its lines are still as it left them, else sentence by sentence.

        Raises:
            DuplicateSentenceError: What would come back is there again, in another intent.
            ForgottenError: What would come back was erased meanwhile.
            StaleChangeError: It changed more than examples, and the files changed again.
        """
        self._refuse_forgotten(sentence.origin for sentence in change.removed)

        def plan(edition: Edition, draft: Draft) -> None:
            gone = self._found(edition, [sentence.id for sentence in change.added])
            leaving = {sentence.id for sentence in gone}
            back = []
            for sentence in change.removed:
                there = [one for one in edition.keys.same(sentence.text) if one.id not in leaving]
                if any(one.intent != sentence.intent for one in there):
                    raise DuplicateSentenceError(sentence.text, there[0])
                back += [] if there else [sentence]
            told = {patch.file for patch in change.patches}
            whole = len(back) == len(change.removed) and all(one.file in told for one in (*gone, *back))
            if whole and draft.take_back(change.patches, gone, back):
                return
            if any(not patch.file.startswith(f"{NLU}/") for patch in change.patches):
                raise StaleChangeError
            draft.cut(gone)
            for sentence in back:
                metadata = sentence.origin.as_metadata() if sentence.origin else {}
                voice = {VOICE: sentence.voice} if sentence.voice else {}
                draft.add(sentence.file, sentence.intent, [(sentence.text, {**voice, **metadata})])

        return self.change(plan)

    restore = undo

    def forget(self, conversation_id: str) -> Change:
        """Take out everything that was taken from a conversation: examples and regression questions.

        The caller must not keep what is returned.
        """

        def plan(edition: Edition, draft: Draft) -> None:
            for fault in edition.faults:
                if fault.file.startswith(PRIVATE):
                    raise BrokenFileError(fault)
            draft.cut(one for one in edition.sentences if one.origin and one.origin.conversation_id == conversation_id)
            for name, before, content in without_conversation(self.folder, conversation_id):
                draft.put(name, before, content)

        self._forgotten.add(conversation_id)
        change = self.change(plan)
        self.reader.forget(conversation_id)
        return change

    def refuse_rows(self, edition: Edition, rows: Sequence[tuple[str, Origin]], private: bool = False) -> None:
        """Refuse new sentences that must not enter the files.

        Raises:
            DuplicateSentenceError: One is there already, in whichever intent, or given twice.
            PrivateOriginError: A public one comes from a conversation.
            ForgottenError: One comes from a conversation that was erased.
        """
        if not private and any(origin.conversation_id for _, origin in rows):
            raise PrivateOriginError
        self._refuse_forgotten(origin for _, origin in rows)
        seen: set[str] = set()
        for text, _ in rows:
            _refuse_known(edition, text)
            key = self.reader.fold.key(text)
            if key in seen:
                raise DuplicateSentenceError(text, None)
            seen.add(key)

    def change(self, plan: Plan) -> Change:
        """Change the files by a plan, which is made anew where somebody edits them meanwhile.

        Args:
            plan: Says what shall change, in a draft; called while nobody else of ours writes.
        """
        if not self.owner:
            raise NotOwnerError
        self.read().keys.prepare()
        for _ in range(_ATTEMPTS):
            try:
                with changing(self.folder):
                    before = self.reader.read_unlocked()
                    draft = Draft(self.reader)
                    plan(before, draft)
                    old, new = draft.write()
                    after = self.reader.read_unlocked()
            except ChangedMeanwhileError:
                continue
            removed = [one for one in before.sentences if one.file in new and one.id not in after.by_id]
            added = [one for one in after.sentences if one.file in new and one.id not in before.by_id]
            return Change.of(tuple(removed), tuple(added), old, new)
        raise CrowdedError

    def _found(self, edition: Edition, sentence_ids: Sequence[str]) -> list[Sentence]:
        for identifier in sentence_ids:
            if identifier not in edition.by_id:
                raise ChangedSentenceError(identifier, self.reader.instead_of(identifier))
        return [edition.by_id[identifier] for identifier in sentence_ids]

    def _row(self, sentence: Sentence) -> Row:
        read = self.reader.file(sentence.file)
        assert read is not None
        return row_of(read.entries[sentence.id])

    def _refuse_unknown(self, intent: str) -> None:
        if intent not in catalogue_of(self.folder).intents:
            raise UnknownIntentError(intent)

    def _refuse_forgotten(self, origins: Iterable[Origin | None]) -> None:
        if any(origin and origin.conversation_id in self._forgotten for origin in origins):
            raise ForgottenError


def _refuse_known(edition: Edition, text: str, but: Sentence | None = None) -> None:
    for there in edition.keys.same(text):
        if there != but:
            raise DuplicateSentenceError(text, there)
