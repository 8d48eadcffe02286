"""A file of examples as text: where each sentence stands, and the text with sentences cut out, put in or replaced."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from datafiles import yaml_render
from datafiles.syntax import SyntaxFaultError, compose
from datafiles.yaml_text import NotEditableError, Place, Text
from understanding.corpus import VOICE, said, sentences, strip_annotations

EMPTY = 'version: "3.1"\nnlu:\n'
"""A file without examples."""
TOPIC = "# ajoutées dans l’atelier"

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_EXAMPLE = re.compile(r"\s*- \s*(\S.*?)\s*\Z", re.DOTALL)
_COMMENT = re.compile(r"\s*#")


@dataclass(frozen=True, slots=True)
class Entry:
    """An example in a file.

    Attributes:
        intent: Category or conversation intent.
        text: The sentence, without entity annotations.
        topic: What the comment above its block says.
        voice: Who wrote it, or "".
        metadata: Its own.
        line: Where it stands, from 1.
        block: Number of its block.
        span: Its lines, as positions in the text; None where they cannot be changed alone.
        value: The sentence within them; a place, where it is a YAML value of its own.
    """

    intent: str
    text: str
    topic: str
    voice: str
    metadata: Mapping[str, Any]
    line: int
    block: int
    span: tuple[int, int] | None
    value: tuple[int, int] | Place | None


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of the file, and which node holds its examples."""

    node: Node
    examples: Node | None
    intent: str
    metadata: Mapping[str, Any]


class ExampleFile:
    """The text of a file of examples.

    Args:
        text: Without byte order mark.

    Raises:
        SyntaxFaultError: It is no file of examples.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        root = compose(text)
        if not isinstance(root, MappingNode):
            raise SyntaxFaultError(1, "le fichier doit commencer par « nlu: »")
        self._key: Node | None = None
        self._nlu: Node | None = None
        for key, value in root.value:
            if getattr(key, "value", None) == "nlu":
                self._key, self._nlu = key, value
        self._inline = bool(root.flow_style)
        self._blocks = list(_blocks(self._nlu)) if self._nlu is not None else []
        self.entries: tuple[Entry, ...] = tuple(self._entries())

    def without(self, gone: Iterable[Entry]) -> str:
        """The text without some examples; a block that is left without any goes, its comments stay.

        Raises:
            NotEditableError: One cannot be changed alone.
        """
        by_block: defaultdict[int, list[Entry]] = defaultdict(list)
        for entry in gone:
            by_block[entry.block].append(entry)
        sizes = Counter(entry.block for entry in self.entries)
        cuts: list[tuple[int, int]] = []
        for number, entries in by_block.items():
            spans = [entry.span for entry in entries if entry.span is not None]
            if len(spans) < len(entries):
                raise NotEditableError("examples that do not stand on lines of their own")
            cuts += self._whole_block(number, spans) if len(spans) == sizes[number] else spans
        text = self.text
        for start, end in sorted(cuts, reverse=True):
            text = text[:start] + text[end:]
        return text

    def replaced(self, entry: Entry, sentence: str) -> str:
        """The text with another sentence in the place of one.

        Raises:
            NotEditableError: It cannot be changed alone.
        """
        if isinstance(entry.value, Place) and entry.span:
            return Text(self.text).replaced(entry.value, sentence)
        if isinstance(entry.value, tuple):
            start, end = entry.value
            return self.text[:start] + sentence + self.text[end:]
        raise NotEditableError("an example that does not stand on a line of its own")

    def with_added(self, intent: str, rows: Sequence[tuple[str, Mapping[str, str]]]) -> str:
        """The text with new examples in a block of their own at the end.

        Args:
            intent: Of all of them.
            rows: Sentences with their metadata.

        Raises:
            NotEditableError: The file is not written in blocks.
        """
        if self._inline or (self._nlu is None and self._key is None):
            raise NotEditableError("no list of blocks")
        if not isinstance(self._nlu, SequenceNode) or not self._nlu.value:
            return self._with_first_block(intent, rows)
        if self._nlu.flow_style:
            raise NotEditableError("blocks between brackets")
        text, last = Text(self.text), self._blocks[-1] if self._blocks else None
        if last and last.node is self._nlu.value[-1] and last.intent == intent and not last.metadata:
            items = last.examples
            if isinstance(items, SequenceNode) and items.value and not items.flow_style:
                start, end = text.item_span(items.value[-1])
                return text.with_lines(end, _items(rows, self._indent(start)))
        start, end = text.item_span(self._nlu.value[-1])
        return text.with_lines(end, _new_block(intent, rows, self._indent(start)))

    def with_intent(self, old: str, new: str) -> str:
        """The text with another intent in the head of each block of one, and of each list of terms for it.

        Raises:
            NotEditableError: A head is not written as usual.
        """
        heads = [value for key, value in self._heads() if value.value == old]
        text = self.text
        for node in reversed(heads):
            start, end = node.start_mark.index, node.end_mark.index
            if text[start:end].strip("'\"") != old:
                raise NotEditableError("an intent that is written elsewhere")
            text = text[:start] + new + text[end:]
        return text

    @property
    def lookups(self) -> set[str]:
        """Categories for which the file lists terms."""
        return {value.value for key, value in self._heads() if key == "lookup"}

    def _heads(self) -> Iterator[tuple[str, ScalarNode]]:
        """Of which intent or category each block is, with its key."""
        for node in self._nlu.value if isinstance(self._nlu, SequenceNode) else ():
            for key, value in node.value if isinstance(node, MappingNode) else ():
                name = getattr(key, "value", None)
                if name in ("intent", "lookup") and isinstance(value, ScalarNode):
                    yield name, value

    def _with_first_block(self, intent: str, rows: Sequence[tuple[str, Mapping[str, str]]]) -> str:
        key, value = self._key, self._nlu
        if key is None or value is None:
            raise NotEditableError("no list of blocks")
        start, end = value.start_mark.index, value.end_mark.index
        if start < end:  # « [] » or « ~ »
            return ExampleFile(self.text[:start].rstrip(" ") + self.text[end:]).with_added(intent, rows)
        text = Text(self.text)
        return text.with_lines(text.after(key), _new_block(intent, rows, key.start_mark.column))

    def _indent(self, position: int) -> int:
        return len(self.text[position:]) - len(self.text[position:].lstrip(" ")) if position < len(self.text) else 0

    def _whole_block(self, number: int, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """What to cut where no example of a block is left: all of it, but for comments and lines that are none."""
        block = self._blocks[number]
        start, end = Text(self.text).item_span(block.node)
        if isinstance(block.examples, ScalarNode):
            first = self.text.find("\n", block.examples.start_mark.index) + 1
            covered = sum(end - start for start, end in spans)
            blank = sum(len(line[0]) for line in _LINE.finditer(self.text, first, end) if not line[0].strip())
            return [(start, end)] if covered + blank == end - first else list(spans)
        return [line.span() for line in _LINE.finditer(self.text, start, end) if not _COMMENT.match(line[0])]

    def _entries(self) -> Iterator[Entry]:
        places = self._places()
        holders = Counter(id(block.examples) for block in self._blocks)
        for number, block in enumerate(self._blocks):
            topic = self._topic(block.node)
            for text, own, line, span, value in places[number]:
                shared = holders[id(block.examples)] > 1
                yield Entry(
                    intent=block.intent,
                    text=strip_annotations(text),
                    topic=topic,
                    voice=said(own, VOICE) or str(block.metadata.get(VOICE, "")),
                    metadata=metadata if isinstance(metadata := own.get("metadata"), dict) else {},
                    line=line,
                    block=number,
                    span=None if shared else span,
                    value=None if shared else value,
                )

    def _places(self) -> list[list[_Found]]:
        lines = _Lines(self.text)
        found: list[list[_Found]] = []
        for block in self._blocks:
            if isinstance(block.examples, ScalarNode):
                found.append(self._lines_of(block.examples, lines))
            elif isinstance(block.examples, SequenceNode):
                found.append(list(self._items_of(block.examples, lines)))
            else:
                found.append([])
        return found

    def _lines_of(self, node: ScalarNode, lines: _Lines) -> list[_Found]:
        """The examples of a text of one sentence a line."""
        texts = [text for text, _ in sentences(node.value)]
        first = self.text.find("\n", node.start_mark.index) + 1
        at = lines.number(node.start_mark.index)
        placed: list[_Found] = []
        if node.style == "|" and first:
            for number, line in enumerate(_LINE.finditer(self.text, first, node.end_mark.index), at + 1):
                example = _EXAMPLE.match(line[0])
                if example:
                    value = (line.start() + example.start(1), line.start() + example.end(1))
                    end = line.end() if line[0].endswith("\n") else self._line_end(line.end())
                    placed.append((example[1], {}, number, (line.start(), end), value))
        if [row[0] for row in placed] == texts:
            return placed
        return [(text, {}, at, None, None) for text in texts]

    def _items_of(self, node: SequenceNode, lines: _Lines) -> Iterator[_Found]:
        """The examples of a list of entries."""
        text = Text(self.text)
        for item in node.value:
            own = _plain(item)
            for sentence, _ in sentences([own]):
                key, value = next((key, value) for key, value in item.value if getattr(key, "value", None) == "text")
                span: tuple[int, int] | None = None
                if not node.flow_style:
                    try:
                        span = text.item_span(item)
                    except NotEditableError:
                        pass
                place = Place(value, key, bool(item.flow_style)) if span else None
                yield sentence, own, lines.number(item.start_mark.index), span, place

    def _line_end(self, position: int) -> int:
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end + 1

    def _topic(self, node: Node) -> str:
        start = self.text.rfind("\n", 0, node.start_mark.index) + 1
        words: list[str] = []
        while start:
            line_start = self.text.rfind("\n", 0, start - 1) + 1
            line = self.text[line_start:start].strip()
            if not line.startswith("#"):
                break
            words.insert(0, line.lstrip("# "))
            start = line_start
        return " ".join(words)


_Found = tuple[str, Mapping[str, Any], int, "tuple[int, int] | None", "tuple[int, int] | Place | None"]


class _Lines:
    """Numbers of lines, asked for in ascending order of position."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._number = 1

    def number(self, position: int) -> int:
        """The line of a position, from 1."""
        self._number += self._text.count("\n", self._position, position)
        self._position = max(self._position, position)
        return self._number


def _blocks(nlu: Node) -> Iterator[_Block]:
    for node in nlu.value if isinstance(nlu, SequenceNode) else ():
        if not isinstance(node, MappingNode):
            continue
        parts = {key.value: value for key, value in node.value if isinstance(key, ScalarNode)}
        if "intent" in parts and isinstance(parts["intent"], ScalarNode):
            metadata = _plain(parts["metadata"]) if "metadata" in parts else {}
            yield _Block(node, parts.get("examples"), parts["intent"].value, metadata)


def _plain(node: Node) -> dict[str, Any]:
    """What a mapping says; empty where it is none."""
    if not isinstance(node, MappingNode):
        return {}
    try:
        value: Any = SafeConstructor().construct_document(node)
    except Exception:  # a date that is none, a key that is a list
        return {}
    return value if isinstance(value, dict) else {}


def _new_block(intent: str, rows: Sequence[tuple[str, Mapping[str, str]]], indent: int) -> list[str]:
    margin = " " * indent
    head = [f"{margin}{TOPIC}", f"{margin}- intent: {intent}", f"{margin}  examples:"]
    return head + _items(rows, indent + yaml_render.STEP)


def _items(rows: Sequence[tuple[str, Mapping[str, str]]], indent: int) -> list[str]:
    margin, lines = " " * indent, []
    for sentence, metadata in rows:
        quoted = yaml_render.scalar(sentence, inline=False, style='"')
        lines.append(f"{margin}- text: {quoted}")
        if metadata:
            lines.append(f"{margin}  metadata: {yaml_render.flow(dict(metadata))}")
    return lines
