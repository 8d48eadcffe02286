"""Changing YAML text in the fewest places: order, comments, quotes and every line that is not meant stay as they are.

`rewrite` compares what the text says with what it should say, makes one small change, reads the text again, and so on
until both are equal: what it returns has been read back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import yaml
from yaml.nodes import MappingNode, SequenceNode

from datafiles.yaml_text import NotEditableError, Place, Text

__all__ = ["NotEditableError", "load", "rewrite"]

_MOST_STEPS = 500
_IDENTITIES = ("id", "slug", "text")

Step = Callable[[], str]


def load(text: str) -> Any:
    """What YAML text says, as plain values.

    Raises:
        NotEditableError: It cannot be read, or uses anchors, with which one place stands for several.
    """
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise NotEditableError("aliases")
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise NotEditableError("unreadable") from error


def rewrite(text: str, wanted: Any) -> str:
    """The text, changed so that it says what is wanted.

    Entries of lists are recognised by `id`, `slug` or `text`, others by their whole content; an entry that changes
    place takes its lines with it, comments on lines of their own stay where they are.

    Args:
        text: YAML text whose outermost value is a mapping.
        wanted: Plain values; keys of mappings keep the text's order.

    Raises:
        NotEditableError: The text is written in a way that cannot be changed without touching other lines.
    """
    for _ in range(_MOST_STEPS):
        current = load(text)
        if same(current, wanted):
            return text
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, MappingNode) or not isinstance(wanted, dict) or root.flow_style:
            raise NotEditableError("the outermost value is no mapping")
        step = _difference(Text(text), Place(root, None, False), current, wanted)
        changed = step() if step else text
        if changed == text:
            break
        text = changed
    raise NotEditableError("no change leads there")


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are equal, and of equal types at every depth."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _difference(text: Text, place: Place, current: Any, wanted: Any) -> Step | None:
    """The first small change that brings a value nearer to what is wanted; None where it is so already."""
    if same(current, wanted):
        return None
    node = place.node
    if isinstance(node, MappingNode) and isinstance(current, dict) and isinstance(wanted, dict) and wanted:
        return _mapping(text, place, node, current, wanted)
    if isinstance(node, SequenceNode) and isinstance(wanted, list) and wanted and current:
        return _sequence(text, place, node, current, wanted)
    return lambda: text.replaced(place, wanted)


def _mapping(text: Text, place: Place, node: MappingNode, current: dict[Any, Any], wanted: Any) -> Step | None:
    names = [getattr(key, "value", None) for key, _ in node.value]
    if names != [str(name) for name in current]:
        raise NotEditableError("keys that are no plain texts")
    for number, (key, (_, value)) in enumerate(zip(current, node.value)):
        if key in wanted:
            step = _difference(text, place.below(value, node.value[number][0]), current[key], wanted[key])
            if step:
                return step
    before: Any = None
    for key in wanted:
        if key not in current:
            number = list(current).index(before) + 1 if before is not None else len(names)
            return lambda: text.with_key(node, number, key, wanted[key])
        before = key
    gone = next(number for number, key in enumerate(current) if key not in wanted)
    return lambda: text.without_key(node, gone)


def _sequence(text: Text, place: Place, node: SequenceNode, current: list[Any], wanted: list[Any]) -> Step | None:
    here, there = _identities(current), _identities(wanted)
    for number, (name, value) in enumerate(zip(there, wanted)):
        if name not in here:
            position = here.index(there[number - 1]) + 1 if number else 0
            return lambda: text.with_item(node, position, value)
    for number, name in enumerate(here):
        if name not in there:
            return lambda: text.without_item(node, number)
    moved = _move(here, there)
    if moved:
        return lambda: text.with_item_moved(node, *moved)
    for value_node, one, other in zip(node.value, current, wanted):
        step = _difference(text, place.below(value_node, None), one, other)
        if step:
            return step
    return None


def _identities(items: Sequence[Any]) -> list[tuple[str, int]]:
    """A name for each item by which it is found again; equal ones are numbered."""
    seen: dict[str, int] = {}
    names = []
    for item in items:
        key = next((key for key in _IDENTITIES if isinstance(item, dict) and key in item), None)
        name = repr(item[key] if key else item)
        seen[name] = seen.get(name, 0) + 1
        names.append((name, seen[name]))
    return names


def _move(here: list[tuple[str, int]], there: list[tuple[str, int]]) -> tuple[int, int] | None:
    """From where to where one item goes; the one that has further to go, so that others need not move."""
    for number, (is_here, should) in enumerate(zip(here, there)):
        if is_here != should:
            forward, backward = there.index(is_here), here.index(should)
            return (number, forward) if forward > backward else (backward, number)
    return None
