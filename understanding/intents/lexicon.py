"""The trade's vocabulary by category: terms, acronyms, programmes, standards and their usual misspellings.

`data/nlu/lexique.yml` holds one or several Rasa lookup tables a category. A message gets, beside its n-grams, the
categories of the terms that stand in it. A term of many words, or one that few examples hold, so counts for more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from understanding import paths
from understanding.corpus import CorpusError, load_yaml
from understanding.intents.tokens import tokens

LONGEST = 4
"""Words of a term at most."""

Words = tuple[str, ...]


def singular(word: str) -> str:
    """A folded word without the mark of the plural: « fonds » → "fond", « avances » → "avance"; short words stay."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def key_of(term: str) -> Words:
    """What a term is looked up by: its words in the singular."""
    return tuple(map(singular, tokens(term)))


@dataclass(frozen=True)
class Lexicon:
    """Terms with the category that each speaks for.

    Attributes:
        terms: Category of each term, by the term as written.
    """

    terms: Mapping[str, str] = field(default_factory=dict)
    _by_key: dict[Words, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {key_of(term): category for term, category in self.terms.items()})

    def found(self, words: Iterable[str]) -> Iterator[str]:
        """The categories of the terms in a text, one a term.

        Args:
            words: The text's words, from `tokens`.
        """
        return (self._by_key[key] for key in self.keys(words))

    def keys(self, words: Iterable[str]) -> Iterator[Words]:
        """The keys of the terms in a text; of several that begin at a word the longest counts."""
        ready = [singular(word) for word in words]
        start = 0
        while start < len(ready):
            for length in range(min(LONGEST, len(ready) - start), 0, -1):
                key = tuple(ready[start : start + length])
                if key in self._by_key:
                    yield key
                    start += length - 1
                    break
            start += 1


EMPTY = Lexicon()


def read_lexicon(path: Path | None = None) -> Lexicon:
    """The lexicon of the data folder; empty where there is no file.

    Raises:
        CorpusError: The file is not YAML of the expected form.
    """
    path = path or paths.NLU / "lexique.yml"
    if not path.is_file():
        return EMPTY
    try:
        blocks = load_yaml(path)["nlu"]
        return Lexicon({term: block["lookup"] for block in blocks for term in _terms(block["examples"])})
    except (KeyError, TypeError, AttributeError) as error:
        raise CorpusError(f"{path.name}: {error}") from error


def _terms(examples: str) -> list[str]:
    return [line.strip()[2:].strip() for line in examples.splitlines() if line.strip().startswith("- ")]
