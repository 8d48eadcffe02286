"""Cutting and pasting in YAML text by the marks of its nodes; values themselves are compared in `yaml_edit`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from datafiles import yaml_render

_COMMENTS = re.compile(r"(\s*:)(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*#[^\n]*")
"""Comments between a key and a value on lines of its own."""
_DASH = re.compile(r"[ ]*-[ \t]*\Z")


class NotEditableError(ValueError):
    """The text is written in a way that cannot be changed in place; it has to be edited by hand."""


@dataclass(frozen=True)
class Place:
    """A value in the text.

    Attributes:
        node: The value.
        key: Its key, in a mapping.
        inline: Whether it stands between brackets.
    """

    node: Node
    key: Node | None
    inline: bool

    def below(self, node: Node, key: Node | None) -> Place:
        """A value in this one."""
        return Place(node, key, isinstance(self.node, CollectionNode) and bool(self.node.flow_style))


class Text:
    """YAML text; every method gives the text with one change.

    Args:
        text: The text, in which the marks of the nodes count.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"

    def replaced(self, place: Place, value: Any) -> str:
        """With another value at a place."""
        node, text = place.node, self._text
        start, end = node.start_mark.index, self._end(node)
        inline = place.inline or not yaml_render.needs_block(value)
        if isinstance(node, ScalarNode) and not isinstance(value, dict | list) and start < end:
            return text[:start] + yaml_render.scalar(value, inline=place.inline, style=node.style) + text[end:]
        start = len(text[:start].rstrip())
        comments = place.key and _COMMENTS.fullmatch(text, place.key.end_mark.index, start)
        if comments and inline and not place.inline:
            colon = comments.end(1)
            return f"{text[:colon]} {yaml_render.on_one_line(value)}{text[colon:start]}{text[end:]}"
        if place.key is None or not text[place.key.end_mark.index : start].strip() == ":":
            raise NotEditableError("something stands between a key and its value")
        if inline:
            words = yaml_render.flow(value) if place.inline else yaml_render.on_one_line(value)
            return f"{text[:start]} {words}{text[end:]}"
        lines = yaml_render.block(value, place.key.start_mark.column + yaml_render.STEP)
        return text[:start] + self._newline + self._newline.join(lines) + text[max(start, end) :]

    def with_key(self, node: MappingNode, number: int, key: Any, value: Any) -> str:
        """With another key in a mapping, as the one of that number."""
        if node.flow_style:
            return self._with_part(node, number, f"{yaml_render.flow(key)}: {yaml_render.flow(value)}")
        column = node.value[0][0].start_mark.column
        lines = yaml_render.entry(key, value, column)
        return self.with_lines(self.after(node.value[max(number, 1) - 1][1]), lines)

    def without_key(self, node: MappingNode, number: int) -> str:
        """Without one key of a mapping."""
        if node.flow_style:
            return self._without_part(node, number)
        key, value = node.value[number]
        start, end = self._line_start(key), self.after(value)
        if self._text[start : key.start_mark.index].strip(" "):  # the first key of a list's item
            if number + 1 == len(node.value):
                raise NotEditableError("the only key of an entry")
            start, end = key.start_mark.index, node.value[number + 1][0].start_mark.index
            self._refuse_comment(self._end(value), end)
        return self._text[:start] + self._text[end:]

    def with_item(self, node: SequenceNode, number: int, value: Any) -> str:
        """With another item in a list, as the one of that number."""
        if node.flow_style:
            return self._with_part(node, number, yaml_render.flow(value))
        inline = any(isinstance(item, CollectionNode) and item.flow_style for item in node.value)
        lines = yaml_render.item(value, node.start_mark.column, inline=inline)
        return self.with_lines(self._gap(node, number), lines)

    def without_item(self, node: SequenceNode, number: int) -> str:
        """Without one item of a list that has several."""
        if len(node.value) == 1:
            raise NotEditableError("the only item of a list")
        if node.flow_style:
            return self._without_part(node, number)
        start, end = self.item_span(node.value[number])
        return self._text[:start] + self._text[end:]

    def with_item_moved(self, node: SequenceNode, old: int, new: int) -> str:
        """With one item of a list in another place; its lines go with it."""
        text = self._text
        if node.flow_style:
            start, end = self._part(node, old)
            moved = text[start:end]
            others = [text[slice(*self._part(node, number))] for number in range(len(node.value)) if number != old]
            others.insert(new, moved)
            return self._with_parts_replaced(node, others)
        start, end = self.item_span(node.value[old])
        position = self._gap(node, new + 1 if new > old else new)
        lines = text[start:end].rstrip("\r\n").split(self._newline)
        if position > start:
            return Text(text).with_lines(position, lines, drop=(start, end))
        return Text(text[:start] + text[end:]).with_lines(position, lines)

    def _with_parts_replaced(self, node: SequenceNode, parts: Sequence[str]) -> str:
        text, position = "", 0
        for number, part in enumerate(parts):
            start, end = self._part(node, number)
            text += self._text[position:start] + part
            position = end
        return text + self._text[position:]

    def after(self, node: Node) -> int:
        """The beginning of the line after a value."""
        position = self._text.find("\n", self._end(node))
        return len(self._text) if position < 0 else position + 1

    def with_lines(self, position: int, lines: Sequence[str], drop: tuple[int, int] = (0, 0)) -> str:
        """With lines at the beginning of a line, or at the end of the text; and without what is dropped before."""
        before = self._text[: drop[0]] + self._text[drop[1] : position]
        block = self._newline.join(lines)
        if before and not before.endswith("\n"):
            return before + self._newline + block + self._text[position:]
        return before + block + self._newline + self._text[position:]

    def _gap(self, node: SequenceNode, number: int) -> int:
        """Where a new item goes in: right after the one before, or before the first."""
        return self.item_span(node.value[number - 1])[1] if number else self.item_span(node.value[0])[0]

    def item_span(self, node: Node) -> tuple[int, int]:
        """The lines of an item of a list that is written over several lines, as positions in the text.

        Raises:
            NotEditableError: The item does not begin its line.
        """
        start = self._line_start(node)
        if not _DASH.match(self._text[start : node.start_mark.index]):
            raise NotEditableError("an item that does not begin its line")
        return start, self.after(node)

    def _line_start(self, node: Node) -> int:
        return self._text.rfind("\n", 0, node.start_mark.index) + 1

    def _end(self, node: Node) -> int:
        """Where a value really ends: what is written over several lines ends, for the parser, where the next begins."""
        if isinstance(node, CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(node, MappingNode) else last)
        start, end = node.start_mark.index, node.end_mark.index
        return max(start, len(self._text[:end].rstrip())) if start < end else int(end)

    def _part(self, node: CollectionNode, number: int) -> tuple[int, int]:
        """Where an entry between brackets stands."""
        part = node.value[number]
        first, last = part if isinstance(node, MappingNode) else (part, part)
        return first.start_mark.index, max(first.end_mark.index, self._end(last))

    def _with_part(self, node: CollectionNode, number: int, words: str) -> str:
        text = self._text
        if not node.value:
            start, end = node.start_mark.index, node.end_mark.index
            return text[: start + 1] + words + text[end - 1 :]
        if number == 0:
            start = self._part(node, 0)[0]
            return f"{text[:start]}{words}, {text[start:]}"
        end = self._part(node, number - 1)[1]
        return f"{text[:end]}, {words}{text[end:]}"

    def _without_part(self, node: CollectionNode, number: int) -> str:
        start, end = self._part(node, number)
        if number:
            before = self._part(node, number - 1)[1]
            self._refuse_comment(before, start)
            start = before
        elif len(node.value) > 1:
            after = self._part(node, 1)[0]
            self._refuse_comment(end, after)
            end = after
        return self._text[:start] + self._text[end:]

    def _refuse_comment(self, start: int, end: int) -> None:
        if "#" in self._text[start:end]:
            raise NotEditableError("a comment would be lost")
