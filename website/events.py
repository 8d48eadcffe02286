"""Who listens to a conversation, and how listeners hear that something happened.

An event says only *that* there are new messages: a listener reads them from the database, so that none is lost, doubled
or out of order, and a listener that reads slowly costs no memory.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

MAX_LISTENERS = 20
"""Streams of one conversation; one more ends the oldest."""


@dataclass(frozen=True)
class News:
    """What happened since a listener last asked.

    Attributes:
        messages: There are new messages.
        state: The state changed, or who holds the conversation.
        typing: The assistant began (True) or ceased (False) to write.
        officer_typing: The same of an officer.
        answered: `answered_to` grew.
        erased: The conversation is no more.
        staff: Something changed that only the staff is shown.
    """

    messages: bool = False
    state: bool = False
    typing: bool | None = None
    officer_typing: bool | None = None
    answered: bool = False
    erased: bool = False
    staff: bool = False

    def then(self, later: News) -> News:
        """This and what came after it, as one."""
        return News(
            self.messages or later.messages,
            self.state or later.state,
            self.typing if later.typing is None else later.typing,
            self.officer_typing if later.officer_typing is None else later.officer_typing,
            self.answered or later.answered,
            self.erased or later.erased,
            self.staff or later.staff,
        )


NOTHING = News()


class Listener:
    """One listener of one conversation; holds at most one `News`, whatever happens meanwhile."""

    def __init__(self) -> None:
        self._news = NOTHING
        self._woken = asyncio.Event()
        self.closed = False

    def tell(self, news: News) -> None:
        """Note what happened."""
        self._news = self._news.then(news)
        self._woken.set()

    def close(self) -> None:
        """End the listening."""
        self.closed = True
        self._woken.set()

    async def wait(self, seconds: float) -> News:
        """What happened since the last call; waits for it.

        Args:
            seconds: How long to wait at most.

        Returns:
            The news, `NOTHING` where the time passed or the listening ended.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return NOTHING
        if not self.closed:
            self._woken.clear()
        news, self._news = self._news, NOTHING
        return news


class Hub(Protocol):
    """Tells the listeners of a conversation what happens in it, whichever process they are in."""

    def publish(self, conversation_id: str, news: News) -> None:
        """Tell all listeners."""

    def listening(self, conversation_id: str) -> AbstractContextManager[Listener]:
        """Listen while the context is open."""

    def watch(self, watcher: Callable[[str, News], None]) -> None:
        """Hear of every conversation, from now on."""

    def close(self) -> None:
        """End all listening."""


class LocalHub:
    """A hub for one process."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, list[Listener]] = defaultdict(list)
        self._watchers: list[Callable[[str, News], None]] = []
        self._closed = False

    def publish(self, conversation_id: str, news: News) -> None:
        """Tell all listeners of a conversation."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.tell(news)
        for watcher in self._watchers:
            watcher(conversation_id, news)

    def watch(self, watcher: Callable[[str, News], None]) -> None:
        """Hear of every conversation, from now on."""
        self._watchers.append(watcher)

    def listened(self) -> set[str]:
        """The conversations that somebody listens to here."""
        return set(self._listeners)

    @contextmanager
    def listening(self, conversation_id: str) -> Iterator[Listener]:
        """Listen while the context is open."""
        listener = Listener()
        listeners = self._listeners[conversation_id]
        listeners.append(listener)
        if self._closed:
            listener.close()
        if len(listeners) > MAX_LISTENERS:
            listeners[0].close()
            del listeners[0]
        try:
            yield listener
        finally:
            if listener in listeners:
                listeners.remove(listener)
            if not listeners:
                self._listeners.pop(conversation_id, None)

    def close(self) -> None:
        """End all listening, now and later: the site shuts down."""
        self._closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.close()
