"""The table of communes in the site's process, read once."""

from __future__ import annotations

from functools import lru_cache

from understanding.places.table import CommuneTable


@lru_cache(maxsize=1)
def communes() -> CommuneTable:
    """The table. Reading it takes a moment: to be called in a thread where it may be the first time."""
    return CommuneTable()
