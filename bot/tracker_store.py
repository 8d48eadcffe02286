"""Rasa's SQL tracker store, able to forget a conversation."""

from __future__ import annotations

from typing import Text

from rasa.core.tracker_store import SQLTrackerStore


class ErasableTrackerStore(SQLTrackerStore):
    """Keeps conversations in an SQL database and erases one when its member asks."""

    async def erase(self, sender_id: Text) -> int:
        """Delete all events of a conversation.

        Returns:
            How many events were deleted.
        """
        with self.session_scope() as session:
            deleted: int = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id).delete()
            session.commit()
        return deleted
