"""Databases that are filled by copying: as many as asked for, whole, and none that waits."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bench.load import filling
from bench.load.filling import MESSAGES, fill_site, fill_trackers
from database.engine import make_engine
from website.models import Conversation, Message, SearchDocument, State

EVENTS = "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT NOT NULL, type_name TEXT, timestamp FLOAT, "
EVENTS += "intent_name TEXT, action_name TEXT, data TEXT)"


def test_the_site_is_filled_by_copies(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BASE", 40)
    for size in (30, 100, 215):
        fill_site(database_url, size)
    engine = make_engine(database_url)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Conversation)) == 215
        assert connection.scalar(select(func.count()).select_from(Message)) == 215 * MESSAGES
        assert connection.scalar(select(func.count()).select_from(SearchDocument)) == 215
        waiting = connection.scalar(
            select(func.count())
            .select_from(Conversation)
            .where(Conversation.state.in_((State.WAITING, State.OFFICER)), Conversation.id.not_like("00000000%"))
        )
        assert waiting == 0
    engine.dispose()


def test_the_tracker_store_is_filled_with_copies_of_its_longest(tmp_path: Path) -> None:
    file = tmp_path / "rasa.db"
    with sqlite3.connect(file) as store:
        store.execute(EVENTS)
        rows = [("court", "user", "{}"), ("long", "session", "a"), ("long", "user", "b"), ("long", "bot", "c")]
        store.executemany("INSERT INTO events (sender_id, type_name, data) VALUES (?, ?, ?)", rows)
    fill_trackers(f"sqlite:///{file}", 12)
    fill_trackers(f"sqlite:///{file}", 12)
    with sqlite3.connect(file) as store:
        assert store.execute("SELECT count(DISTINCT sender_id) FROM events").fetchone() == (12,)
        copy = store.execute("SELECT type_name, data FROM events WHERE sender_id = 'copie-7' ORDER BY id").fetchall()
    assert copy == [("session", "a"), ("user", "b"), ("bot", "c")]
