"""Who of the staff is looking at which conversation, and who is typing."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

LOOKING_SECONDS = 45.0
"""A browser says again within this time that it is still there."""
TYPING_SECONDS = 6.0


@dataclass(frozen=True)
class Person:
    """Somebody who looks at a conversation."""

    id: str
    name: str
    typing: bool


class Presence(Protocol):
    """Who looks where, whichever process they are connected to."""

    def mark(self, conversation_id: str, account_id: str, name: str, *, here: bool, typing: bool) -> bool:
        """Note what somebody does at the moment.

        Returns:
            Whether that is news for others.
        """

    def who(self, conversation_id: str) -> list[Person]:
        """Everybody who looks now, by name."""

    def forget(self, conversation_id: str) -> None:
        """The conversation was erased."""


@dataclass
class _Seen:
    name: str
    until: float
    typing_until: float


class LocalPresence:
    """Presence within one process.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: defaultdict[str, dict[str, _Seen]] = defaultdict(dict)

    def mark(self, conversation_id: str, account_id: str, name: str, *, here: bool, typing: bool) -> bool:
        """Note what somebody does at the moment."""
        before = self.who(conversation_id)
        now = self._clock()
        if here:
            until = now + TYPING_SECONDS if typing else 0.0
            self._seen[conversation_id][account_id] = _Seen(name, now + LOOKING_SECONDS, until)
        else:
            self._seen[conversation_id].pop(account_id, None)
        return self.who(conversation_id) != before

    def who(self, conversation_id: str) -> list[Person]:
        """Everybody who looks now, by name."""
        now = self._clock()
        seen = {key: one for key, one in self._seen.get(conversation_id, {}).items() if one.until > now}
        if seen:
            self._seen[conversation_id] = seen
        else:
            self._seen.pop(conversation_id, None)
        people = [Person(key, one.name, one.typing_until > now) for key, one in seen.items()]
        return sorted(people, key=lambda person: (person.name, person.id))

    def forget(self, conversation_id: str) -> None:
        """The conversation was erased."""
        self._seen.pop(conversation_id, None)
