"""Who of the staff looks at what, whichever site they are connected to."""

from __future__ import annotations

from collections.abc import Callable

from website.console.presence import LocalPresence
from website.fanout.channel import Channel, Values

TOPIC = "presence"


class SharedPresence(LocalPresence):
    """Each site keeps what it hears: browsers say again and again that they are there, so nobody is missed for long.

    Args:
        channel: Between the sites.
        changed: Told of a conversation at which others look now, as another site says.
    """

    def __init__(self, channel: Channel, changed: Callable[[str], None]) -> None:
        super().__init__()
        self._channel = channel
        self._changed = changed
        channel.on(TOPIC, self._heard)

    def mark(self, conversation_id: str, account_id: str, name: str, *, here: bool, typing: bool) -> bool:
        """Note what somebody does at the moment, and tell the other sites."""
        values = {"conversation": conversation_id, "account": account_id, "name": name, "here": here, "typing": typing}
        self._channel.say(TOPIC, values)
        return super().mark(conversation_id, account_id, name, here=here, typing=typing)

    def _heard(self, values: Values) -> None:
        conversation_id = str(values["conversation"])
        news = super().mark(
            conversation_id,
            str(values["account"]),
            str(values["name"]),
            here=bool(values["here"]),
            typing=bool(values["typing"]),
        )
        if news:
            self._changed(conversation_id)
