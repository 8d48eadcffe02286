"""Words of a sentence as the search for names sees them, and what is known of words of the trade."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot import name_lists as lists
from understanding import paths
from understanding.text import fold

LEAST_MENTIONS = 2
"""Examples in which a capitalised word must stand to be known as a thing of the trade."""

_WORD = re.compile(r"\[[^\]\s]{1,20}\]|[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_ELISION = re.compile(r"^(?:[dljmnstc]|qu)['’](?=\w)", re.IGNORECASE)
_EXAMPLE = re.compile(r"^\s+- (.+)$", re.MULTILINE)
_GAP = re.compile(r"\.?[ \u00a0\u202f]+$")
_SENTENCE_END = re.compile(r"[.!?…:\n«»\"(]\s*$")


@dataclass(frozen=True)
class Word:
    """A word of a text."""

    text: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """Folded."""
        return fold(self.text)

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.text[:1].isupper()

    @property
    def initial(self) -> bool:
        """Whether it is one capital letter."""
        return len(self.text) == 1 and self.capital


@dataclass(frozen=True)
class Entity:
    """What the language model takes for a person (`PER`), a place, an organisation or something else."""

    start: int
    end: int
    label: str


def split(text: str) -> list[Word]:
    """The words of a text; « l'atelier » is two, « Jean-Luc » one."""
    words = []
    for match in _WORD.finditer(text):
        start = match.start()
        elided = _ELISION.match(match.group())
        if elided:
            words.append(Word(elided.group()[:-1], start, start + elided.end() - 1))
            start += elided.end()
        words.append(Word(text[start : match.end()], start, match.end()))
    return words


@dataclass(frozen=True)
class Sentence:
    """A text with its words.

    Attributes:
        text: As it was written.
        words: In order.
        shouted: Whether it is written in capitals, so that these say nothing.
    """

    text: str
    words: list[Word]
    shouted: bool

    def before(self, index: int) -> str:
        """What stands before a word, to its nearest fifty characters."""
        start = self.words[index].start
        return self.text[max(0, start - 50) : start]

    def begins(self, index: int) -> bool:
        """Whether a word begins a sentence: its capital says nothing."""
        return index == 0 or _SENTENCE_END.search(self.before(index)) is not None

    def joined(self, index: int) -> Word | None:
        """The word at an index if only spaces stand between it and the one before, or the dot of an initial."""
        if index >= len(self.words) or index == 0:
            return None
        word = self.words[index]
        gap = self.text[self.words[index - 1].end : word.start]
        if self.text[word.end : word.end + 1].isdigit():  # « V5 »
            return None
        if not _GAP.match(gap) and gap not in ("'", "’"):
            return None
        if gap.startswith(".") and not self.words[index - 1].initial:
            return None
        return word

    def neighbour(self, index: int, *, capital: bool) -> bool:
        """Whether the word at an index is joined to the one before and capitalised."""
        word = self.joined(index)
        return word is not None and word.capital is capital

    def follows_civility(self, index: int) -> bool:
        """Whether « M. », « madame », « Dr » stands right before a word."""
        if index == 0:
            return False
        before = self.words[index - 1]
        gap = self.text[before.end : self.words[index].start]
        if before.key not in lists.CIVILITIES or not _GAP.match(gap):
            return False
        if before.key in lists.ALSO_SHORT and not before.capital:  # « pr » is « pour » too, « 4 m » a measure
            return (
                before.key == "m" and not gap.startswith(".") and not self.text[: before.start].rstrip()[-1:].isdigit()
            )
        return before.key != "m" or gap.startswith(".")

    def ends_soon(self, index: int) -> bool:
        """Whether at most six words are left."""
        return len(self.words) - index <= 6


def is_first_name(word: Word) -> bool:
    """Whether a word is a first name, such as « Luc » or « Jean-Luc »."""
    parts = word.key.split("-")
    if parts[0] in ("saint", "sainte"):
        return False
    return all(part in lists.FIRST_NAMES for part in parts) or word.key in lists.FIRST_NAMES


@lru_cache(maxsize=1)
def trade_words() -> tuple[frozenset[str], frozenset[str]]:
    """Folded words that the public examples write small, and those that they write with a capital inside a sentence."""
    small: dict[str, int] = {}
    capital: dict[str, int] = {}
    for path in sorted(paths.NLU.glob("*.yml")):
        for match in _EXAMPLE.finditer(path.read_text("utf-8", "replace")):
            words = split(match.group(1))
            if match.group(1).isupper():
                continue
            for word in words[1:]:
                counts = capital if word.capital else small
                counts[word.key] = counts.get(word.key, 0) + 1
    names = lists.FIRST_NAMES | lists.SURNAMES
    return (
        frozenset(word for word, count in small.items() if count >= LEAST_MENTIONS and word not in lists.FIRST_NAMES),
        frozenset(word for word, count in capital.items() if count >= LEAST_MENTIONS and word not in names),
    )


@lru_cache(maxsize=1)
def commune_names() -> frozenset[str]:
    """Folded names of all communes."""
    lines = (paths.COMMUNES / "communes.csv").read_text("utf-8").splitlines()
    column = lines[0].split(",").index("name")
    return frozenset(fold(line.split(",")[column]) for line in lines[1:] if line.count(",") >= column)
