"""Numbers, shares and durations in French."""

from __future__ import annotations

_NO_BREAK_SPACE = "\u00a0"
NONE = "–"


def number(value: int) -> str:
    """« 1 234 »."""
    return f"{value:,}".replace(",", _NO_BREAK_SPACE)


def share(part: int, whole: int) -> str:
    """« 63 % »; a dash where there is nothing to have a share in."""
    return f"{round(100 * part / whole)}{_NO_BREAK_SPACE}%" if whole else NONE


def duration(seconds: float | None) -> str:
    """« 12 min », « 3 h 05 », « < 1 min »; a dash where there is none."""
    if seconds is None:
        return NONE
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"<{_NO_BREAK_SPACE}1{_NO_BREAK_SPACE}min"
    if minutes < 60:
        return f"{minutes}{_NO_BREAK_SPACE}min"
    hours, rest = divmod(minutes, 60)
    return f"{number(hours)}{_NO_BREAK_SPACE}h" + (f"{_NO_BREAK_SPACE}{rest:02}" if rest else "")


def within(seconds: float | None) -> str:
    """« en moins de 12 min », « en moins d’une minute »."""
    short = seconds is not None and round(seconds / 60) < 1
    return "en moins d’une minute" if short else f"en moins de {duration(seconds)}"


def plural(value: int, word: str) -> str:
    """« 1 conversation », « 12 conversations »."""
    return f"{number(value)}{_NO_BREAK_SPACE}{word}{'s' if value > 1 else ''}"
