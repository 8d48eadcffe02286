"""Rasa's SQL tracker store, able to forget a conversation for good."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import sqlite3
from typing import Any, Iterator, Text

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

logger = logging.getLogger(__name__)

BUSY_MILLISECONDS = 20_000
"""How long a writer waits for another Rasa on SQLite."""
MERGE_ATTEMPTS = 20
MERGE_PAUSE_S = 0.1


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

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.engine.hide_parameters = True  # errors are logged with the statement, not with what members write
        self._held: Any = None
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            # Each transaction opens the file anew; where nobody else has it open, its end merges the log each time.
            self._held = self.engine.connect()
            self._held.exec_driver_sql(
                "SELECT count(*) FROM sqlite_master"
            ).fetchone()  # SQLite opens files when it reads

    async def erase(self, sender_id: Text) -> int:
        """Delete all events of a conversation, and take no further ones.

        Returns:
            How many events were deleted.
        """
        with self.session_scope() as session:
            _write_alone(session, sender_id)
            session.merge(self.ErasedSender(sender_sha256=hashed(sender_id)))
            deleted: int = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id).delete()
            session.commit()
        if self._held is not None:
            await self._merge_log()
        return deleted

    async def _merge_log(self) -> None:
        """Write through to the disk, and leave nothing of what was deleted in SQLite's log."""
        for _ in range(MERGE_ATTEMPTS):
            busy, _, _ = self._held.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
            await asyncio.sleep(MERGE_PAUSE_S)
        raise RuntimeError("the log of the tracker store is in use; the erasure is tried again")

    def _additional_events(self, session: Any, tracker: DialogueStateTracker) -> Iterator[Any]:
        """The events to store, asked for by `save` inside its transaction: none once the conversation was erased."""
        _write_alone(session, tracker.sender_id)
        if session.get(self.ErasedSender, hashed(tracker.sender_id)) is not None:
            logger.info("a conversation was erased meanwhile; nothing of it is stored")
            return iter(())
        events: Iterator[Any] = super()._additional_events(session, tracker)
        return events


def _write_alone(session: Any, sender_id: Text) -> None:
    """Until the transaction ends nobody else writes to the conversation, whichever process it is."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sa.text("BEGIN IMMEDIATE"))
    else:
        key = int.from_bytes(bytes.fromhex(hashed(sender_id))[:8], "big", signed=True)
        session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """What is deleted is overwritten in the file too; what is stored goes to a log first.

    The site holds every message and answer for good: after a power cut Rasa may lack the last moments of a dialogue.
    """
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA secure_delete = ON")
    with contextlib.suppress(sqlite3.OperationalError):  # two that start at once: the other one switches
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA synchronous = NORMAL")
