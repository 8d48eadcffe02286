"""Rasa's SQL tracker store, able to forget a conversation for good, and quick.

Rasa's own opens the database anew for each transaction on SQLite, reads a conversation twice for a message and inserts
its events one by one through the ORM: some 17 ms of a message's 72.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import sqlite3
from typing import Any, Dict, Iterator, Optional, Text

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import QueuePool

logger = logging.getLogger(__name__)

BUSY_MILLISECONDS = 20_000
"""How long a writer waits for another Rasa on SQLite."""
MERGE_ATTEMPTS = 20
MERGE_PAUSE_S = 0.1
LOCK = sa.text("SELECT pg_advisory_xact_lock(:key)")


def hashed(sender_id: Text) -> Text:
    """How an erased conversation is remembered: enough to recognise it, not to name it."""
    return hashlib.sha256(sender_id.encode("utf-8", "surrogatepass")).hexdigest()


class ErasableTrackerStore(SQLTrackerStore):
    """Keeps conversations in an SQL database and erases one when its member asks.

    What was erased stays erased: a message that is still being played, in this Rasa or in another one over the same
    database, finds the conversation's tombstone and stores nothing.
    """

    class ErasedSender(SQLTrackerStore.Base):  # type: ignore[name-defined,misc,unused-ignore]
        """The tombstone of a conversation."""

        __tablename__ = "erased_sender"

        sender_sha256 = sa.Column(sa.String(64), primary_key=True)

    engine: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._at_hand: Dict[Text, DialogueStateTracker] = {}
        if self.engine.dialect.name == "sqlite":
            self._keep_connections()
        self.engine.hide_parameters = True  # errors are logged with the statement, not with what members write

    def _keep_connections(self) -> None:
        """Open SQLite's file once: opened anew, it is prepared each time, and its last closing merges the log."""
        address = self.engine.url
        self.engine.dispose()
        self.engine = sa.create_engine(address, poolclass=QueuePool, connect_args={"check_same_thread": False})
        sa.event.listen(self.engine, "connect", _prepare_sqlite)
        self.sessionmaker.configure(bind=self.engine)

    @contextlib.contextmanager
    def at_hand(self, tracker: DialogueStateTracker) -> Iterator[None]:
        """Give a conversation that was read, or begun, to whoever asks for it: for the time in which its lock is held.

        Args:
            tracker: The conversation as it is stored.
        """
        self._at_hand[tracker.sender_id] = tracker
        try:
            yield
        finally:
            del self._at_hand[tracker.sender_id]

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """The latest session of a conversation, or None where nothing of it is stored."""
        if sender_id in self._at_hand:
            return self._at_hand[sender_id]
        with self.engine.connect() as connection:
            stored = connection.execute(LATEST_SESSION, {"sender": sender_id}).scalars().all()
        if not stored or not self.domain:
            return None
        return DialogueStateTracker.from_dict(sender_id, [json.loads(data) for data in stored], self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new of a conversation; nothing where it was erased meanwhile."""
        await self.stream_events(tracker)
        with self.engine.connect() as connection, _alone(connection, tracker.sender_id):
            if connection.execute(IS_ERASED, {"sha256": hashed(tracker.sender_id)}).scalar() is not None:
                logger.info("a conversation was erased meanwhile; nothing of it is stored")
                return
            known = connection.execute(EVENTS_OF_SESSION, {"sender": tracker.sender_id}).scalar()
            rows = [_row(tracker.sender_id, event) for event in list(tracker.events)[known:]]
            if rows:
                connection.execute(EVENTS.insert(), rows)

    async def erase(self, sender_id: Text) -> int:
        """Delete all events of a conversation, and take no further ones.

        Returns:
            How many events were deleted.
        """
        with self.engine.connect() as connection, _alone(connection, sender_id):
            if connection.execute(IS_ERASED, {"sha256": hashed(sender_id)}).scalar() is None:
                connection.execute(TOMBSTONES.insert(), {"sender_sha256": hashed(sender_id)})
            deleted: int = connection.execute(EVENTS.delete().where(EVENTS.c.sender_id == sender_id)).rowcount
        if self.engine.dialect.name == "sqlite":
            await self._merge_log()
        return deleted

    async def _merge_log(self) -> None:
        """Write through to the disk, and leave nothing of what was deleted in SQLite's log."""
        for _ in range(MERGE_ATTEMPTS):
            with self.engine.connect() as connection:
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            if not busy:
                return
            await asyncio.sleep(MERGE_PAUSE_S)
        raise RuntimeError("the log of the tracker store is in use; the erasure is tried again")


EVENTS, TOMBSTONES = SQLTrackerStore.SQLEvent.__table__, ErasableTrackerStore.ErasedSender.__table__

_SENDER: Any = sa.bindparam("sender")
_SESSION_START = (
    sa.select(sa.func.max(EVENTS.c.timestamp))
    .where(EVENTS.c.sender_id == _SENDER, EVENTS.c.type_name == SessionStarted.type_name)
    .scalar_subquery()
)
_OF_SESSION = (
    EVENTS.c.sender_id == _SENDER,
    sa.or_(EVENTS.c.timestamp >= _SESSION_START, _SESSION_START.is_(None)),
)
LATEST_SESSION = sa.select(EVENTS.c.data).where(*_OF_SESSION).order_by(EVENTS.c.id)
EVENTS_OF_SESSION = sa.select(sa.func.count()).select_from(EVENTS).where(*_OF_SESSION)
"""Since the last session began, or since the beginning where none did; the same events as in Rasa's own store."""
IS_ERASED = sa.select(TOMBSTONES.c.sender_sha256).where(TOMBSTONES.c.sender_sha256 == sa.bindparam("sha256"))


def _row(sender_id: Text, event: Event) -> Dict[Text, Any]:
    """An event as Rasa's own store keeps it."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def behind(wrapper: Any) -> Any:
    """The store that Rasa wraps, for what only ours can do; the store itself where it is not wrapped."""
    return getattr(wrapper, "_tracker_store", wrapper)


@contextlib.contextmanager
def _alone(connection: Any, sender_id: Text) -> Iterator[None]:
    """A transaction in which nobody else writes to the conversation, whichever process it is."""
    with connection.begin():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            key = int.from_bytes(bytes.fromhex(hashed(sender_id))[:8], "big", signed=True)
            connection.execute(LOCK, {"key": key})
        yield


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """What is deleted is overwritten in the file too; what is stored goes to a log first.

    The site holds every message and answer for good: after a power cut Rasa may lack the last moments of a dialogue.
    """
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA secure_delete = ON")
    with contextlib.suppress(sqlite3.OperationalError):  # two that start at once: the other one switches
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = NORMAL")
