"""Check the lexicon: `python -m scripts.lint_lexicon`.

Prints `file:line: fault` for every term that is refused, and exits with 1 where there is one. Refused are terms of an
unknown category, terms that stand twice (case, accents and the plural do not count), terms that are too long to be
found, and terms that no example sentence holds: the classifier could learn nothing from those.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.lint_corpus import Fault
from understanding import paths
from understanding.catalogue import load_catalogue
from understanding.corpus import read_corpus
from understanding.intents.lexicon import LONGEST, Lexicon, Words, key_of
from understanding.intents.tokens import tokens

FILE = paths.NLU / "lexique.yml"
Entry = tuple[int, str, str]
"""Line, category and term."""


def entries(path: Path) -> Iterator[Entry]:
    """All terms of a file."""
    category = ""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = line.strip()
        if text.startswith("- lookup:"):
            category = text.partition(":")[2].strip()
        elif text.startswith("- ") and category:
            yield number, category, text[2:].strip()


def check(found: Iterable[Entry], intents: Iterable[str], sentences: Iterable[str], path: Path = FILE) -> list[Fault]:
    """All faults of a lexicon.

    Args:
        found: Its entries.
        intents: What a term may speak for.
        sentences: The corpus.
        path: Named in the faults.
    """
    rows = list(found)
    lexicon = Lexicon({term: category for _, category, term in rows})
    used = {key for sentence in sentences for key in lexicon.keys(tokens(sentence))}
    known, first = set(intents), dict[Words, int]()
    faults = []
    for line, category, term in rows:
        key = key_of(term)
        earlier = first.setdefault(key, line)
        if category not in known:
            faults.append(Fault(path, line, f"unknown category {category!r}"))
        elif not 1 <= len(key) <= LONGEST:
            faults.append(Fault(path, line, f"{term!r} has {len(key)} words; 1 to {LONGEST} can be found"))
        elif earlier != line:
            faults.append(Fault(path, line, f"{term!r} stands in line {earlier} already"))
        elif key not in used:
            faults.append(Fault(path, line, f"no example holds {term!r}, or only within a longer term"))
    return faults


def main() -> int:
    """The command."""
    intents = load_catalogue().intents
    faults = check(entries(FILE), intents, (example.text for example in read_corpus())) if FILE.exists() else []
    for fault in faults:
        print(fault)
    print(f"{len(faults)} faults in the lexicon." if faults else "The lexicon is in order.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
