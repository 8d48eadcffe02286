"""Definitions name other subjects: by slug in the file, by name on pages and in forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from directory.french import typeset
from understanding.catalogue import current_catalogue
from understanding.text import comparison_key
from website.console import words

_WORD = "[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
_COMPOSED = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
"""What can only be a slug."""
_BRACKET = re.compile(rf"(?<=\(){_WORD}(?:(?:\s*[,;]\s*|\s+(?:ou|et)\s+){_WORD})*(?=\s*[,;)])")
"""What may be slugs although it looks like words: a single word such as « formation » is one in such a place only."""
_QUOTED = re.compile(r"«\s*([^«»]*[^«»\s])\s*»")


@dataclass(frozen=True)
class Piece:
    """A part of a definition.

    Attributes:
        text: What is read there.
        slug: Of the subject whose name this is; empty for any other text.
    """

    text: str
    slug: str = ""


@dataclass(frozen=True)
class _Mention:
    """Where a definition names a subject: the slug alone, or a name with its quotation marks.

    Attributes:
        start: Of its text.
        end: Of its text.
        slug: Of the subject.
    """

    start: int
    end: int
    slug: str


def pieces(text: str) -> list[Piece]:
    """A definition as pages show it: what names a subject, by slug or « by name », stands apart under its name."""
    found: list[Piece] = []
    place, before = 0, ""
    for mention in sorted([*_bare(text), *_names(text)], key=lambda one: one.start):
        found += [Piece(typeset(f"{before}{text[place : mention.start]}« ")), _named(mention.slug)]
        place, before = mention.end, " »"
    rest = typeset(before + text[place:])
    return [*found, Piece(rest)] if rest else found


def as_typed(text: str) -> str:
    """A definition of the file as forms show it: « by name » wherever `as_written` finds the slug again."""
    known = _by_name()
    for mention in reversed(_bare(text)):
        label = words.subject(mention.slug)
        if known.get(comparison_key(label)) == mention.slug and _QUOTED.fullmatch(f"« {label} »"):
            text = f"{text[: mention.start]}« {label} »{text[mention.end :]}"
    return text


def as_written(text: str) -> str:
    """A definition of a form as the file keeps it: slugs, but for names where their slug would be read as a word."""
    some = list(_names(text))
    while True:
        content, kept, offset = text, [], 0
        for mention in some:
            start = mention.start + offset
            content = content[:start] + mention.slug + content[mention.end + offset :]
            kept.append((mention, _Mention(start, start + len(mention.slug), mention.slug)))
            offset += len(mention.slug) - (mention.end - mention.start)
        read = set(_slugs(content))
        good = [mention for mention, written in kept if written in read]
        if len(good) == len(some):
            return content
        some = good


def _named(slug: str) -> Piece:
    return Piece(typeset(words.subject(slug)), slug)


def _bare(text: str) -> list[_Mention]:
    """Slugs that do not stand in the quotation marks of a name."""
    names = list(_names(text))
    return [one for one in _slugs(text) if not any(name.start < one.start < name.end for name in names)]


def _slugs(text: str) -> Iterator[_Mention]:
    """Where slugs stand, in their order."""
    known = {*current_catalogue().intents, *current_catalogue().retired}
    found = {match.start(): match for match in _COMPOSED.finditer(text)}
    for bracket in _BRACKET.finditer(text):
        for word in re.compile(_WORD).finditer(text, bracket.start(), bracket.end()):
            if word[0] in ("ou", "et"):
                continue
            if word[0] not in known:
                break
            found[word.start()] = word
    for start, match in sorted(found.items()):
        if match[0] in known:
            yield _Mention(start, match.end(), match[0])


def _names(text: str) -> Iterator[_Mention]:
    """Where subjects are named in quotation marks, by name or by slug, in their order."""
    known = _by_name() if "«" in text else {}
    slugs = set(known.values())
    for match in _QUOTED.finditer(text):
        slug = match[1] if match[1] in slugs else known.get(comparison_key(match[1]))
        if slug is not None:
            yield _Mention(match.start(), match.end(), slug)


def _by_name() -> dict[str, str]:
    """The slug of what people call so, by the key of its name; rather one in service than a retired one."""
    catalogue = current_catalogue()
    slugs = [*catalogue.intents, *catalogue.retired]
    return {comparison_key(words.subject(slug)): slug for slug in reversed(slugs)}
