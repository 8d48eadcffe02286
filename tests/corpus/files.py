"""Files of a data folder beside each other."""

from __future__ import annotations

import difflib
from pathlib import Path

from corpus.edition import Sentence
from corpus.writer import CorpusWriter
from understanding.corpus import read_corpus

Contents = dict[str, bytes]


def contents(folder: Path) -> Contents:
    """All files, by path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


def lines(before: Contents, after: Contents) -> list[str]:
    """Which lines differ: « - » gone, « + » new."""
    found = []
    for name in sorted({*before, *after}):
        old, new = (one.get(name, b"").decode().splitlines(keepends=True) for one in (before, after))
        found += [line.rstrip("\n") for line in difflib.unified_diff(old, new, n=0) if line[:3] not in ("---", "+++")]
    return [line for line in found if line[:2] != "@@"]


def named(writer: CorpusWriter, text: str) -> Sentence:
    """A sentence by its text."""
    (sentence,) = [one for one in writer.read().sentences if one.text == text]
    return sentence


def texts(folder: Path) -> list[tuple[str, str, str]]:
    """What training reads."""
    return sorted((one.intent, one.text, one.voice) for one in read_corpus(folder / "nlu"))
