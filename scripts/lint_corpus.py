"""Check the example sentences: `python -m scripts.lint_corpus`.

Prints `file:line: fault` for every sentence that is refused, and exits with 1 where there is one. Refused are
duplicates, sentences made from a template, sentences that stand in two categories, copies and light rewordings of the
questions kept for validation, unknown intents, and intents with too few examples.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from corpus.blocks import ExampleFile
from corpus.edition import Origin
from datafiles.syntax import SyntaxFaultError, decoded
from settings import ROOT
from understanding import paths
from understanding.catalogue import OUT_OF_SCOPE, Catalogue, load_catalogue
from understanding.text import clean, comparison_key, fold

QUESTIONS = ROOT / "eval" / "questions.jsonl"
REWORDED = 0.8
"""A sentence as similar as this to a question for validation is refused (normalised Levenshtein similarity)."""
NEAR = 0.9
"""Sentences of two intents as similar as this are refused."""
OPENING_WORDS = 4
OPENING_SHARE = 0.01
"""Share of an intent's sentences that may begin with the same words."""
OPENING_LEAST = 4
"""So many may in any case, in small intents."""
RUN_WORDS = 6
RUN_MOST = 5
"""Sentences that may share a run of words."""
LEAST_CATEGORY, LEAST_CONVERSATION, LEAST_OUT_OF_SCOPE = 120, 30, 100
LEAST_TAUGHT = 20
"""Examples of a category that has only what trainers added."""
PRIVATE = "membres"
"""Folder of members' own sentences."""
ROWS = 512
"""Sentences that are compared with all others at a time."""


@dataclass(frozen=True)
class Line:
    """An example sentence and where it stands.

    Attributes:
        path: The file.
        number: Its line, from 1.
        intent: Category or conversation intent.
        text: The sentence without entity annotations.
        taught: Whether it was added in the studio, by trainers, who write as they like.
        key: The sentence without case, accents and punctuation.
        words: Words of the key.
    """

    path: Path
    number: int
    intent: str
    text: str
    taught: bool = False
    key: str = field(init=False, compare=False)
    words: tuple[str, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", comparison_key(self.text))
        object.__setattr__(self, "words", tuple(self.key.split()))

    @property
    def where(self) -> str:
        """File and line, for a message."""
        return f"{self.path.name}:{self.number}"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line; `line` 0 is the whole file or corpus."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        path = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        return f"{path}:{self.line}: {self.message}" if self.line else f"{path}: {self.message}"


class UnreadableError(ValueError):
    """A file is no file of examples; the message names file and line."""


def read_lines(folder: Path) -> list[Line]:
    """All sentences with their lines, but for those of members, which do not leave the machine.

    Raises:
        UnreadableError: A file cannot be read.
    """
    paths_read = [path for path in sorted(folder.rglob("*.yml")) if PRIVATE not in path.relative_to(folder).parts]
    return [line for path in paths_read for line in _lines_of(path)]


def _lines_of(path: Path) -> Iterator[Line]:
    try:
        entries = ExampleFile(decoded(path.read_bytes())).entries
    except SyntaxFaultError as fault:
        raise UnreadableError(f"{path}:{fault.line}: {fault.sentence}") from fault
    for entry in entries:
        yield Line(path, entry.line, entry.intent, entry.text, Origin.of(entry.metadata) is not None)


def duplicates(lines: Iterable[Line]) -> Iterator[Fault]:
    """Sentences that differ only by case, accents or punctuation."""
    first: dict[str, Line] = {}
    for line in lines:
        earlier = first.setdefault(line.key, line)
        if earlier is not line:
            yield Fault(line.path, line.number, f"same as {earlier.where}: {line.text!r}")


def same_openings(lines: Iterable[Line]) -> Iterator[Fault]:
    """First words that too many sentences of an intent share."""
    by_opening: dict[tuple[str, tuple[str, ...]], list[Line]] = defaultdict(list)
    size: Counter[str] = Counter()
    for line in lines:
        size[line.intent] += 1
        if len(line.words) >= OPENING_WORDS:
            by_opening[line.intent, line.words[:OPENING_WORDS]].append(line)
    for (intent, opening), found in by_opening.items():
        allowed = max(OPENING_LEAST, size[intent] * OPENING_SHARE)
        if len(found) > allowed:
            for line in found[int(allowed) :]:
                said = " ".join(opening)
                yield Fault(line.path, line.number, f"{len(found)} sentences of {intent} begin with {said!r}")


def same_runs(lines: Iterable[Line]) -> Iterator[Fault]:
    """Runs of words that too many sentences share."""
    holders: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        for run in {line.words[i : i + RUN_WORDS] for i in range(len(line.words) - RUN_WORDS + 1)}:
            holders[run].append(line)
    for run, found in holders.items():
        for line in found[RUN_MOST:]:
            yield Fault(line.path, line.number, f"{len(found)} sentences hold {' '.join(run)!r}")


def near_duplicates(lines: Sequence[Line]) -> Iterator[Fault]:
    """Nearly the same sentence in two intents. Only lengths that can be as similar as `NEAR` are compared."""
    order = sorted(range(len(lines)), key=lambda index: len(lines[index].key))
    keys = [lines[index].key for index in order]
    lengths = np.array([len(key) for key in keys])
    for start in range(0, len(keys), ROWS):
        rows = keys[start : start + ROWS]
        end = int(np.searchsorted(lengths, lengths[start + len(rows) - 1] / NEAR, side="right"))
        similar = cdist(rows, keys[start:end], scorer=Levenshtein.normalized_similarity, score_cutoff=NEAR)
        for row, column in np.argwhere(similar).tolist():
            one, other = sorted((order[start + row], order[start + column]))
            if column > row and lines[one].intent != lines[other].intent and lines[one].key != lines[other].key:
                line, near = lines[other], lines[one]
                told = f"nearly {near.where} ({near.intent}, {similar[row, column]:.2f}): {line.text!r}"
                yield Fault(line.path, line.number, told)


def reworded_questions(lines: Sequence[Line], questions: Sequence[str]) -> Iterator[Fault]:
    """Copies and light rewordings of the questions for validation."""
    if not lines or not questions:
        return
    forms = [[fold(clean(text)) for text in questions], [comparison_key(text) for text in questions]]
    for start in range(0, len(lines), ROWS):
        rows = lines[start : start + ROWS]
        written = [[fold(clean(line.text)) for line in rows], [line.key for line in rows]]
        similar = np.maximum(
            *(
                cdist(ours, theirs, scorer=Levenshtein.normalized_similarity, score_cutoff=REWORDED)
                for ours, theirs in zip(written, forms)
            )
        )
        for row in map(int, np.flatnonzero(similar.max(axis=1))):
            column = int(similar[row].argmax())
            told = f"question {column + 1} for validation ({similar[row, column]:.2f}): {rows[row].text!r}"
            yield Fault(rows[row].path, rows[row].number, told)


def intents(lines: Iterable[Line], catalogue: Catalogue, folder: Path) -> Iterator[Fault]:
    """Unknown intents, and intents with too few examples."""
    known = {*catalogue.intents, *catalogue.retired}
    counts: Counter[str] = Counter()
    written: set[str] = set()
    for line in lines:
        counts[line.intent] += 1
        written.update([] if line.taught else [line.intent])
        if line.intent not in known and counts[line.intent] == 1:
            yield Fault(line.path, line.number, f"unknown intent {line.intent!r}")
    for intent in catalogue.intents:
        least = LEAST_CATEGORY if intent in catalogue.categories else LEAST_CONVERSATION
        if intent == OUT_OF_SCOPE:
            least = LEAST_OUT_OF_SCOPE
        elif intent not in written:
            least = LEAST_TAUGHT
        if counts[intent] < least:
            yield Fault(folder, 0, f"{intent}: {counts[intent]} examples, at least {least} are needed")


def read_questions(path: Path = QUESTIONS) -> list[str]:
    """Texts of the questions for validation."""
    return [json.loads(row)["text"] for row in path.read_text("utf-8").splitlines() if row.strip()]


def check(folder: Path = paths.NLU, questions: Sequence[str] | None = None) -> list[Fault]:
    """All faults of the sentences below a folder, by file and line.

    Raises:
        UnreadableError: A file cannot be read.
    """
    lines = read_lines(folder)
    written = [line for line in lines if not line.taught]
    faults = [
        *intents(lines, load_catalogue(), folder),
        *duplicates(lines),
        *same_openings(written),
        *same_runs(written),
        *near_duplicates(written),
        *reworded_questions(lines, read_questions() if questions is None else questions),
    ]
    return sorted(set(faults), key=lambda fault: (fault.path, fault.line, fault.message))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.lint_corpus", description="Check the example sentences.")
    parser.add_argument("folder", nargs="?", type=Path, default=paths.NLU)
    faults = check(parser.parse_args(arguments).folder)
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults." if faults else "The example sentences are in order.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
