"""An erased conversation stays erased, whoever still plays a message of it: on real databases, with real processes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import ErasableTrackerStore, hashed
from settings import ROOT

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
WORD = "zinguerie"

WRITER = """
import asyncio, sys
from rasa.shared.core.domain import Domain
from tests.bot.test_tracker_store import save_words
from bot.tracker_store import ErasableTrackerStore
store = ErasableTrackerStore(domain=Domain.empty(), host=sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    asyncio.run(save_words(store, sys.argv[2], number + 1))
print("done", flush=True)
"""


def _postgres() -> str:
    _, _, rest = POSTGRES.partition("://")
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(f"postgresql+psycopg2://{rest}", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    except sa.exc.OperationalError:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip("no PostgreSQL server answers at TEST_POSTGRES_URL")
    return f"postgresql+psycopg2://{rest.rsplit('/', 1)[0]}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind that goes away after the test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'rasa.db'}"
        return
    made = _postgres()
    yield made
    base, name = made.rsplit("/", 1)
    engine = sa.create_engine(f"{base}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def opened(address: str) -> ErasableTrackerStore:
    return ErasableTrackerStore(domain=Domain.empty(), host=address)


async def save_words(store: ErasableTrackerStore, sender: str, number: int) -> None:
    """Store a conversation of so many messages; those that are there already are not stored again."""
    tracker = DialogueStateTracker.from_events(sender, [UserUttered(f"{WORD} {index}") for index in range(number)])
    await store.save(tracker)


def events(store: ErasableTrackerStore, sender: str) -> int:
    with store.session_scope() as session:
        found: int = session.query(store.SQLEvent).filter(store.SQLEvent.sender_id == sender).count()
        return found


def test_what_is_saved_is_read_again(address: str) -> None:
    store = opened(address)
    for number in (1, 3, 3):
        asyncio.run(save_words(store, "a", number))
    assert events(store, "a") == 3
    read = asyncio.run(store.retrieve("a"))
    assert read is not None and [event.text for event in read.events] == [f"{WORD} {index}" for index in range(3)]


def test_nothing_is_taken_after_the_erasure(address: str) -> None:
    store, other = opened(address), opened(address)
    asyncio.run(save_words(store, "a", 2))
    asyncio.run(save_words(store, "b", 2))
    assert asyncio.run(store.erase("a")) == 2
    assert asyncio.run(store.erase("a")) == 0
    for late in (store, other):
        asyncio.run(save_words(late, "a", 3))
    assert (events(store, "a"), events(store, "b")) == (0, 2)
    with store.session_scope() as session:
        assert [row.sender_sha256 for row in session.query(store.ErasedSender)] == [hashed("a")]


def test_threads_that_write_while_it_is_erased(address: str) -> None:
    for attempt in range(10):
        sender = f"s{attempt}"
        gate = threading.Barrier(4)

        def write(sender: str = sender, gate: Any = gate) -> None:
            store = opened(address)
            gate.wait()
            for number in range(1, 6):
                asyncio.run(save_words(store, sender, number))

        writers = [threading.Thread(target=write) for _ in range(3)]
        for writer in writers:
            writer.start()
        store = opened(address)
        gate.wait()
        asyncio.run(store.erase(sender))
        for writer in writers:
            writer.join()
        assert events(store, sender) == 0


def test_other_processes_that_write_while_it_is_erased(address: str) -> None:
    store = opened(address)
    command = [sys.executable, "-W", "ignore", "-c", WRITER, address, "a"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    writers = [subprocess.Popen(command, **pipes) for _ in range(2)]
    for writer in writers:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("\n")
        writer.stdin.flush()
    while events(store, "a") < 3:
        pass
    assert asyncio.run(store.erase("a")) >= 3
    for writer in writers:
        assert writer.communicate()[0] == "done\n" and writer.returncode == 0
    assert events(store, "a") == 0


def test_the_file_holds_no_word_of_it(tmp_path: Path) -> None:
    store = opened(f"sqlite:///{tmp_path / 'rasa.db'}")
    asyncio.run(save_words(store, "a", 200))
    assert any(WORD.encode() in file.read_bytes() for file in tmp_path.iterdir())
    asyncio.run(store.erase("a"))
    assert [file.name for file in tmp_path.iterdir() if WORD.encode() in file.read_bytes()] == []
    with sqlite3.connect(tmp_path / "rasa.db") as database:
        assert database.execute("select count(*) from events").fetchone() == (0,)
