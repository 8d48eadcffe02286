"""Measure how well names of people are masked: `.venv-rasa/bin/python -m scripts.measure_masking`.

Sentences stand in tests/bot/names: in `tuning.txt` those on which the rules were adjusted, in `checking.txt` those on
which nothing was. Names stand in braces. Words are counted: found of those to be masked, right of those that were.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "bot" / "names"
_NAME = re.compile(r"\{([^}]*)\}")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass
class Figures:
    """What was counted.

    Attributes:
        names: Words of names.
        found: Of these, masked.
        masked: Words that were masked.
        sentences: Sentences without a name.
        untouched: Of these, left as they were.
        faults: Sentences with a name missed or a word too many, as they came out.
    """

    names: int = 0
    found: int = 0
    masked: int = 0
    sentences: int = 0
    untouched: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of the names' words that were masked."""
        return self.found / self.names

    @property
    def precision(self) -> float:
        """Share of the masked words that are names."""
        return self.found / self.masked


def read(path: Path) -> list[str]:
    """The labelled sentences of a file."""
    return [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def measure(lines: list[str], find: Callable[[str], list[tuple[int, int]]]) -> Figures:
    """Count.

    Args:
        lines: Sentences with names in braces.
        find: Gives where names stand in a text.
    """
    figures = Figures()
    for line in lines:
        text, wanted = _labelled(line)
        given = find(text)
        words = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        names = {word for word in words if _inside(word, wanted)}
        masked = {word for word in words if _inside(word, given)}
        figures.names += len(names)
        figures.found += len(names & masked)
        figures.masked += len(masked)
        figures.sentences += not names
        figures.untouched += not names and not masked
        if names != masked:
            missed = [text[start:end] for start, end in sorted(names - masked)]
            too_many = [text[start:end] for start, end in sorted(masked - names)]
            figures.faults.append(f"{line}   missed {missed}, too many {too_many}")
    return figures


def _labelled(line: str) -> tuple[str, list[tuple[int, int]]]:
    text, spans, last = "", [], 0
    for match in _NAME.finditer(line):
        text += line[last : match.start()]
        spans.append((len(text), len(text) + len(match.group(1))))
        text += match.group(1)
        last = match.end()
    return text + line[last:], spans


def _inside(word: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    return any(start <= word[0] and word[1] <= end for start, end in spans)


def main() -> None:
    """Print the figures, and with `--faults` what went wrong in a file."""
    from bot.names import load

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", action="append", default=[], help="tuning or checking")
    wanted = parser.parse_args().faults
    finder = load()
    for name in ("tuning", "checking"):
        figures = measure(read(FOLDER / f"{name}.txt"), finder.find)
        print(
            f"{name}: recall {figures.recall:.1%} of {figures.names} words of names, "
            f"precision {figures.precision:.1%}, "
            f"{figures.untouched} of {figures.sentences} sentences without a name untouched"
        )
        if name in wanted:
            print("\n".join(figures.faults))


if __name__ == "__main__":
    main()
