"""nginx's configuration files as data, for tests that compare them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(r'\s*(?:#[^\n]*|(?P<quoted>"[^"]*")|(?P<sign>[{};])|(?P<word>[^\s{};"]+))')


@dataclass
class Directive:
    """A line of a configuration.

    Attributes:
        words: Its name and arguments.
        inside: What stands between its braces; empty where it has none.
    """

    words: tuple[str, ...]
    inside: list[Directive] = field(default_factory=list)


def parse(text: str) -> list[Directive]:
    """The directives of a configuration that nginx takes."""
    return list(_block(_tokens(text.strip())))


def find(directives: list[Directive], *words: str) -> list[Directive]:
    """The directives that begin with these words, however deep they stand."""
    found = []
    for directive in directives:
        if directive.words[: len(words)] == words:
            found.append(directive)
        found += find(directive.inside, *words)
    return found


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        assert token is not None, text[place : place + 40]
        place = token.end()
        if token.lastgroup:
            yield token[token.lastgroup]


def _block(tokens: Iterator[str]) -> Iterator[Directive]:
    words: list[str] = []
    for token in tokens:
        if token == "}":
            return
        if token == ";":
            yield Directive(tuple(words))
            words = []
        elif token == "{":
            yield Directive(tuple(words), list(_block(tokens)))
            words = []
        else:
            words.append(token)
