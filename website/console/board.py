"""What changes for the staff: which conversations, and who looks at them. One listener for each open stream."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from website.events import News


class BoardListener:
    """One stream's view; holds each conversation once, however often it changes meanwhile."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._people: set[str] = set()
        self._woken = asyncio.Event()
        self.closed = False

    def tell(self, conversation_id: str, *, people: bool) -> None:
        """Note that a conversation changed, or who looks at it."""
        (self._people if people else self._changed).add(conversation_id)
        self._woken.set()

    def close(self) -> None:
        """End the listening."""
        self.closed = True
        self._woken.set()

    async def wait(self, seconds: float) -> tuple[set[str], set[str]]:
        """What changed since the last call; waits for it.

        Args:
            seconds: How long to wait at most.

        Returns:
            The conversations that changed, and those at which others look now; both empty where the time passed.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return set(), set()
        if not self.closed:
            self._woken.clear()
        changed, self._changed = self._changed, set()
        people, self._people = self._people, set()
        return changed, people


class Board:
    """Tells the staff's streams what changes."""

    def __init__(self) -> None:
        self._listeners: list[BoardListener] = []
        self._closed = False

    def heard(self, conversation_id: str, news: News) -> None:
        """What the hub tells of every conversation."""
        if news.messages or news.state or news.answered or news.erased or news.staff:
            self.changed(conversation_id)

    def changed(self, conversation_id: str) -> None:
        """A conversation changed."""
        for listener in self._listeners:
            listener.tell(conversation_id, people=False)

    def people(self, conversation_id: str) -> None:
        """Others look at a conversation now, or type."""
        for listener in self._listeners:
            listener.tell(conversation_id, people=True)

    @contextmanager
    def listening(self) -> Iterator[BoardListener]:
        """Listen while the context is open."""
        listener = BoardListener()
        self._listeners.append(listener)
        if self._closed:
            listener.close()
        try:
            yield listener
        finally:
            self._listeners.remove(listener)

    def close(self) -> None:
        """End all listening, now and later: the site shuts down."""
        self._closed = True
        for listener in self._listeners:
            listener.close()
