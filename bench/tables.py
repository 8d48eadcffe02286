"""Markdown: tables, numbers, and generated parts of a hand-written page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any


class MarkerError(ValueError):
    """A page has no place for a generated part; the message names it."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, the first column to the left, the others to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def percent(share: dict[str, float] | None) -> str:
    """A share with its interval, in per cent: « 88.4 (83.1–92.4) »."""
    if share is None:
        return "–"
    return f"{100 * share['value']:.1f} ({100 * share['low']:.1f}–{100 * share['high']:.1f})"


def points(difference: dict[str, float]) -> str:
    """A difference of shares with its interval, in points: « +24.0 (+17.1 to +31.2) »."""
    return f"{100 * difference['value']:+.1f} ({100 * difference['low']:+.1f} to {100 * difference['high']:+.1f})"


def number(value: float | None, unit: str = "") -> str:
    """A number with three significant digits and its unit; a dash for None."""
    if value is None:
        return "–"
    digits = max(0, 3 - len(str(int(abs(value))))) if abs(value) >= 1 else 2
    return f"{value:,.{digits}f}".replace(",", " ") + (f" {unit}" if unit else "")


def ratio(other: float | None, ours: float | None) -> str:
    """How many times less ours is: « 6.2 × less »."""
    if not other or not ours:
        return "–"
    return f"{number(other / ours)} × less" if other >= ours else f"{number(ours / other)} × more"


def replace_part(page: str, name: str, content: str) -> str:
    """Put a generated part between its two markers, `<!-- name -->` and `<!-- /name -->`.

    Raises:
        MarkerError: The page does not have them, in this order.
    """
    pattern = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.DOTALL)
    if not pattern.search(page):
        raise MarkerError(f"no place for the part « {name} »")
    return pattern.sub(lambda found: f"{found[1]}{content.strip()}\n{found[2]}", page, count=1)


def cell(result: dict[str, Any] | None, *keys: str) -> Any:
    """A value deep in a result, or None where something is missing on the way."""
    found: Any = result
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            return None
        found = found[key]
    return found
