"""The words of a message, where they stand in it, and which of them hang together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from understanding.places.gazetteer import place_key
from understanding.text import fold

_TOKEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Token:
    """A word.

    Attributes:
        text: As it is written.
        key: Folded.
        start: Where it begins in the message.
        end: Where it ends.
    """

    text: str
    key: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The words of a message, in order."""
    return [Token(match[0], fold(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def key_of(window: Sequence[Token]) -> str:
    """Words as the gazetteer compares names."""
    return place_key(" ".join(token.key for token in window))


def hang_together(text: str, window: Sequence[Token]) -> bool:
    """Whether only spaces, hyphens and apostrophes lie between words."""
    return all(text[left.end : right.start].strip(" -'’") == "" for left, right in zip(window, window[1:]))
