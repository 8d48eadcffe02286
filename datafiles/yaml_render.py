"""Plain values as YAML text in the manner of the data files: short lists on one line, telephone numbers in quotes."""

from __future__ import annotations

from typing import Any

import yaml

_ENDLESS = 1 << 30
STEP = 2
"""Spaces by which nested lines are set in."""
_QUOTES = {"'", '"'}


def scalar(value: Any, *, inline: bool, style: str | None = None) -> str:
    """One value on one line.

    Args:
        value: A text, number, date, truth value, or None.
        inline: Whether it stands between brackets, where commas and brackets need quotes.
        style: The quotes of the text that it replaces.
    """
    if not isinstance(value, str):
        return str(yaml.safe_dump(value, width=_ENDLESS)).split("\n")[0]
    if style not in _QUOTES and not value[:1].isdigit() and _plain(value, inline):
        return value
    quotes = style if style in _QUOTES else '"'
    return str(yaml.safe_dump(value, default_style=quotes, allow_unicode=True, width=_ENDLESS)).rstrip("\n")


def _plain(value: str, inline: bool) -> bool:
    """Whether a text without quotes is read back as the same text."""
    try:
        alone = yaml.safe_load(f"- {value}\n") == [value] and yaml.safe_load(f"{value}: x\n") == {value: "x"}
        return alone and (not inline or yaml.safe_load(f"[{value}, x]") == [value, "x"])
    except (yaml.YAMLError, TypeError):
        return False


def flow(value: Any) -> str:
    """Any value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value, inline=True)


def needs_block(value: Any) -> bool:
    """Whether a value is written over several lines, where the surroundings allow it."""
    if isinstance(value, dict):
        return bool(value)
    return isinstance(value, list) and any(isinstance(item, dict) for item in value)


def entry(key: Any, value: Any, indent: int) -> list[str]:
    """Lines of one key of a mapping that is written over several lines."""
    start = " " * indent + scalar(key, inline=False) + ":"
    if needs_block(value):
        return [start, *block(value, indent + STEP)]
    return [f"{start} {on_one_line(value)}"]


def block(value: Any, indent: int) -> list[str]:
    """Lines of a mapping or of a list of mappings."""
    if isinstance(value, dict):
        return [line for key, one in value.items() for line in entry(key, one, indent)]
    return [f"{' ' * indent}- {on_one_line(item)}" for item in value]


def item(value: Any, indent: int, *, inline: bool) -> list[str]:
    """Lines of one item of a list.

    Args:
        value: The item.
        indent: Of the dash.
        inline: Whether its neighbours stand on one line each.
    """
    if inline or not needs_block(value):
        return [f"{' ' * indent}- {on_one_line(value)}"]
    lines = block(value, indent + STEP)
    return [f"{' ' * indent}- {lines[0].lstrip(' ')}", *lines[1:]]


def on_one_line(value: Any) -> str:
    """Any value on one line, where no brackets stand around it."""
    return flow(value) if isinstance(value, dict | list) else scalar(value, inline=False)
