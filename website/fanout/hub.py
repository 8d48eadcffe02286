"""News of conversations, told to the listeners of every site."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime, timedelta

from sqlalchemy import select

from database.storage import Storage
from website.events import LocalHub, News
from website.fanout.channel import Channel, Values
from website.models import Conversation

TOPIC = "news"
SLACK = timedelta(seconds=10)
"""How far the clocks of two machines may be apart."""
AT_ONCE = 500
"""Conversations asked for in one query."""
ANYTHING = News(messages=True, state=True, answered=True, staff=True)
"""What may have happened while nothing was heard."""

_NAMES = frozenset(field.name for field in fields(News))


class SharedHub(LocalHub):
    """A hub for several sites over one database.

    Args:
        channel: Between them.
    """

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel
        channel.on(TOPIC, self._heard)

    def publish(self, conversation_id: str, news: News) -> None:
        """Tell the listeners here and at the other sites."""
        super().publish(conversation_id, news)
        self._channel.say(TOPIC, {"conversation": conversation_id, **asdict(news)})

    def _heard(self, values: Values) -> None:
        news = News(**{name: value for name, value in values.items() if name in _NAMES})
        self.tell_here(str(values["conversation"]), news)

    def tell_here(self, conversation_id: str, news: News) -> None:
        """Tell the listeners of this site alone."""
        super().publish(conversation_id, news)


class Changes:
    """Finds out from the database what a site did not hear of.

    Args:
        storage: The database.
        hub: Told of what changed.
    """

    def __init__(self, storage: Storage, hub: SharedHub) -> None:
        self._storage = storage
        self._hub = hub

    async def tell(self, since: datetime) -> None:
        """Tell of all conversations that changed since a moment, and end the listening to those that are no more."""
        listened = sorted(self._hub.listened())
        here: set[str] = set()
        async with self._storage.read() as session:
            changed = await session.scalars(select(Conversation.id).where(Conversation.updated_at >= since - SLACK))
            moved = list(changed)
            for start in range(0, len(listened), AT_ONCE):
                some = listened[start : start + AT_ONCE]
                here.update(await session.scalars(select(Conversation.id).where(Conversation.id.in_(some))))
        for conversation_id in moved:
            self._hub.tell_here(conversation_id, ANYTHING)
        for conversation_id in set(listened) - here:
            self._hub.tell_here(conversation_id, News(erased=True))
