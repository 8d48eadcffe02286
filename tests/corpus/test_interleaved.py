"""Two trainers and a person with an editor at the same files, in any order: nothing is lost or comes by itself."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from corpus.changes import Change
from corpus.checks import trouble
from corpus.edition import Edition, Origin, Sentence
from corpus.errors import ChangedSentenceError, DuplicateSentenceError
from corpus.keys import fold_key
from corpus.writer import CorpusWriter
from tests.corpus.conftest import CATEGORIES, EMPLOI, FORMATION
from understanding.corpus import read_corpus

INTENTS = ["formation", "emploi", "saluer"]
WORDS = ["deux", "l'atelier", "CQPM", "où ?", "« oui »", "a: b", "# rien", "- x", '"y"', "100 %", "é", "|", "&a", "\\n"]
sentences = (
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join).filter(lambda text: trouble(text) is None)
)
trainers = st.integers(0, 1)
places = st.integers(0, 10_000)


class TwoTrainersAndAHand(RuleBasedStateMachine):
    """Each trainer works on what was read last, which may be old; the set of sentences is known all the time."""

    @initialize(windows=st.booleans())
    def begin(self, windows: bool) -> None:
        """A small folder, on Unix or on Windows."""
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        (self.folder / "nlu").mkdir()
        (self.folder / "categories.yml").write_text(CATEGORIES, "utf-8")
        (self.folder / "conversation.yml").write_text("intents:\n  - {slug: saluer, scope: Bonjour.}\n", "utf-8")
        self.end = "\r\n" if windows else "\n"
        for name, text in (("formation", FORMATION), ("emploi", EMPLOI)):
            self.file(name).write_bytes(text.replace("\n", self.end).encode())
        self.writers = [CorpusWriter(self.folder) for _ in range(2)]
        self.seen: list[Edition] = [writer.read() for writer in self.writers]
        self.changes: list[list[Change]] = [[], []]
        self.expected = Counter((one.intent, one.text) for one in self.seen[0].sentences)

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.temporary.cleanup()

    def file(self, name: str) -> Path:
        """A file of examples."""
        return self.folder / "nlu" / f"{name}.yml"

    def known(self, text: str) -> bool:
        """Whether a sentence is there, but for case and punctuation."""
        return any(fold_key(text) == fold_key(other) for _, other in +self.expected)

    def pick(self, who: int, where: int) -> Sentence | None:
        """A sentence that a trainer sees on the page."""
        sentences = self.seen[who].sentences
        return sentences[where % len(sentences)] if sentences else None

    def there(self, who: int, sentence: Sentence) -> bool:
        """Whether it really is still there."""
        return sentence.id in self.writers[who].read().by_id

    @rule(who=trainers)
    def read(self, who: int) -> None:
        """A trainer opens the page again."""
        self.seen[who] = self.writers[who].read()

    @rule(who=trainers, intent=st.sampled_from(INTENTS), text=sentences, private=st.booleans())
    def add(self, who: int, intent: str, text: str, private: bool) -> None:
        """A trainer adds a sentence."""
        try:
            self.changes[who].append(self.writers[who].add(intent, [(text, Origin("studio"))], private))
        except DuplicateSentenceError:
            assert self.known(text)
        else:
            assert not self.known(text)
            self.expected[intent, text] += 1

    @rule(who=trainers, where=places, text=sentences)
    def edit(self, who: int, where: int, text: str) -> None:
        """A trainer changes a sentence that was seen."""
        sentence = self.pick(who, where)
        if sentence is None:
            return
        there = self.there(who, sentence)
        try:
            self.changes[who].append(self.writers[who].edit(sentence.id, text))
        except ChangedSentenceError:
            assert not there
        except DuplicateSentenceError:
            assert there and self.known(text)
        else:
            assert there
            self.expected[sentence.intent, sentence.text] -= 1
            self.expected[sentence.intent, text] += 1

    @rule(who=trainers, where=st.lists(places, min_size=1, max_size=4), intent=st.sampled_from(INTENTS))
    def move(self, who: int, where: list[int], intent: str) -> None:
        """A trainer moves sentences that were seen."""
        picked = {one.id: one for one in (self.pick(who, place) for place in where) if one}
        there = all(self.there(who, one) for one in picked.values())
        try:
            self.changes[who].append(self.writers[who].move(list(picked), intent))
        except ChangedSentenceError:
            assert not there
        else:
            assert there
            self.expected.subtract((one.intent, one.text) for one in picked.values())
            self.expected.update((intent, one.text) for one in picked.values())

    @rule(who=trainers, where=st.lists(places, min_size=1, max_size=4))
    def delete(self, who: int, where: list[int]) -> None:
        """A trainer deletes sentences that were seen."""
        picked = {one.id: one for one in (self.pick(who, place) for place in where) if one}
        there = all(self.there(who, one) for one in picked.values())
        try:
            self.changes[who].append(self.writers[who].delete(list(picked)))
        except ChangedSentenceError:
            assert not there
        else:
            assert there
            self.expected.subtract((one.intent, one.text) for one in picked.values())

    @rule(who=trainers)
    def undo(self, who: int) -> None:
        """A trainer takes the last change back."""
        if not self.changes[who]:
            return
        change = self.changes[who].pop()
        try:
            self.writers[who].undo(change)
        except (ChangedSentenceError, DuplicateSentenceError):
            return
        self.expected.subtract((one.intent, one.text) for one in change.added)
        for one in change.removed:
            if not self.known(one.text):
                self.expected[one.intent, one.text] += 1

    @rule(name=st.sampled_from(INTENTS), text=sentences, front=st.booleans())
    def write_by_hand(self, name: str, text: str, front: bool) -> None:
        """Somebody writes a sentence in an editor, in a block of its own."""
        if self.known(text):
            return
        file = self.file(name)
        content = file.read_bytes().decode() if file.exists() else f"nlu:{self.end}"
        block = f"- intent: {name}{self.end}  examples: |{self.end}    - {text}{self.end}"
        head = content.index("\n", content.index("nlu:")) + 1
        if not content.endswith(self.end):
            content += self.end
        changed = content[:head] + block + content[head:] if front else content + block
        file.write_bytes(changed.encode())
        self.expected[name, text] += 1

    @rule(where=places)
    def delete_by_hand(self, where: int) -> None:
        """Somebody deletes a line in an editor."""
        lines = [
            (file, line)
            for file in sorted((self.folder / "nlu").glob("*.yml"))
            for line in file.read_bytes().decode().splitlines(keepends=True)
            if line.startswith("    - ")
        ]
        if not lines:
            return
        file, line = lines[where % len(lines)]
        content = file.read_bytes().decode()
        at = content.index(line)
        before = Counter((one.intent, one.text) for one in read_corpus(self.folder / "nlu"))
        file.write_bytes((content[:at] + content[at + len(line) :]).encode())
        self.expected = self.expected - (before - Counter((e.intent, e.text) for e in read_corpus(self.folder / "nlu")))

    @invariant()
    def the_files_say_what_is_expected(self) -> None:
        """What training reads is what was written, whoever wrote it."""
        if hasattr(self, "folder"):
            said = Counter((one.intent, one.text) for one in read_corpus(self.folder / "nlu"))
            assert said == +self.expected
            for file in self.folder.rglob("nlu/*.yml"):
                content = file.read_bytes()
                assert self.end == "\n" or b"\n" not in content.replace(b"\r\n", b"") or file.stem == "saluer"


TestTwoTrainersAndAHand = TwoTrainersAndAHand.TestCase
TestTwoTrainersAndAHand.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
