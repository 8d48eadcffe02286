"""Whether a page shows a conversation anew: each opening is logged once, not each time that its page is refreshed."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 600.0
"""A page that was not refreshed for so long is opened anew."""
MAX_OPEN = 10_000


class Openings:
    """Which session has which conversation open.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[tuple[str, str], float] = {}

    def is_new(self, session: str, conversation_id: str, *, refresh: bool) -> bool:
        """Note that a session is shown a conversation.

        Args:
            session: The session's name.
            conversation_id: The conversation.
            refresh: Whether the page says that it only brings up to date what it shows.

        Returns:
            Whether that is an opening.
        """
        key, now = (session, conversation_id), self._clock()
        before = self._open.pop(key, None)
        self._open[key] = now
        if len(self._open) > MAX_OPEN:
            del self._open[next(iter(self._open))]
        return not refresh or before is None or now - before > SECONDS
