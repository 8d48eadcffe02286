"""Backup and restore: everything comes back, but for what was erased since."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import tarfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from corpus.edition import Origin
from corpus.writer import CorpusWriter
from database.engine import make_engine
from database.migrate import upgrade
from scripts.backup import MANIFEST, BackupError, backup
from scripts.restore import RestoreError, restore
from settings import Settings
from supervisor.loopback import free_port
from tests.website.console.desk import Desk
from tests.website.privacy.test_learnt import data_folder
from tests.website.stocked import desk as desk
from tests.website.stocked import directory as directory
from tests.website.stocked import postgres_copy as postgres_copy
from tests.website.stocked import stocked_file as stocked_file
from tests.website.stocked import stocked_template as stocked_template
from tests.website.stocked import stocked_url as stocked_url
from website.conversations import erase_rows
from website.models import Conversation, digest
from website.privacy import journal
from website.privacy.models import Erasure, Kind
from website.privacy.objection import set_objection
from website.records import locked

WORD = "zinguerie"


class Machine:
    """All that a backup holds, in folders of a test."""

    def __init__(self, desk: Desk, address: str, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.data = data_folder(folder / "data")
        self.trackers = folder / "rasa.db"
        self.settings = Settings(database_url=address, backup_dir=str(folder / "backups"), port=free_port())
        with sqlite3.connect(self.trackers) as database:
            database.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)")

    async def talk(self, *texts: str) -> str:
        """A conversation that Rasa and the example files know of."""
        conversation_id = await self.desk.open(*texts)
        with sqlite3.connect(self.trackers) as database:
            database.execute("INSERT INTO events (sender_id, data) VALUES (?, ?)", (conversation_id, texts[0]))
        origin = Origin("member", conversation_id=conversation_id)
        CorpusWriter(self.data).add("formation", [(texts[0], origin)], private=True)
        return conversation_id

    async def erase(self, conversation_id: str) -> str:
        """At the member's wish."""
        async with self.desk.storage.write() as session:
            number = await erase_rows(session, await locked(session, conversation_id))
        journal.note(self.folder / "backups", Kind.ASKED, digest(conversation_id))
        return number

    async def restore(self, file: Path) -> int:
        """With nothing running."""
        await self.desk.storage.close()
        return await asyncio.to_thread(restore, file, self.settings, self.data)

    async def conversations(self) -> set[str]:
        """Their ids."""
        async with self.desk.storage.read() as session:
            return set(await session.scalars(select(Conversation.id)))

    def remembered(self) -> set[str]:
        """Whom Rasa knows."""
        with sqlite3.connect(self.trackers) as database:
            return {row[0] for row in database.execute("SELECT sender_id FROM events")}

    def holding(self) -> list[str]:
        """The files that hold the word, but for backups."""
        files = [file for file in self.folder.rglob("*") if file.is_file() and file.suffix != ".tar"]
        return [file.name for file in files if WORD.encode() in file.read_bytes()]


@pytest.fixture
def machine(desk: Desk, stocked_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """On SQLite, then on PostgreSQL."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("TRACKER_STORE_URL", f"sqlite:///{tmp_path / 'rasa.db'}")
    return Machine(desk, stocked_url, tmp_path)


async def test_all_comes_back_but_for_what_was_erased_since(machine: Machine) -> None:
    erased, kept = await machine.talk(f"la {WORD} du hangar"), await machine.talk("le carrelage du hangar")
    objecting = await machine.talk("les murs du hangar")
    file = backup(machine.settings, machine.data)
    assert file.stat().st_mode & 0o777 == 0o600
    number = await machine.erase(erased)
    async with machine.desk.storage.write() as session:
        await set_objection(session, await locked(session, objecting), True)
    later = await machine.desk.open("après la sauvegarde")
    assert await machine.restore(file) == 1
    assert await machine.conversations() == {kept, objecting}, later
    assert machine.remembered() == {kept, objecting}
    assert machine.holding() == []
    examples = {one.text for one in CorpusWriter(machine.data).read().sentences}
    assert "le carrelage du hangar" in examples and "les murs du hangar" not in examples
    async with machine.desk.storage.read() as session:
        assert (await session.get_one(Erasure, number)).conversation_sha256 == digest(erased)
        assert (await session.get_one(Conversation, objecting)).objected_at is not None
        found = await session.scalar(select(Erasure).where(Erasure.number != number, Erasure.kind == Kind.ASKED))
    assert found is not None and found.closed_at is None and found.conversation_id == erased


async def test_after_the_loss_of_the_machine_the_file_beside_the_backups_tells(machine: Machine) -> None:
    erased, kept = await machine.talk(f"la {WORD} du hangar"), await machine.talk("le carrelage du hangar")
    file = backup(machine.settings, machine.data)
    await machine.erase(erased)
    engine = make_engine(machine.settings.database_url, foreign_keys=False)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE erasure"))
        connection.execute(text("DELETE FROM conversation"))
    engine.dispose()
    machine.trackers.unlink()
    assert await machine.restore(file) == 1
    assert await machine.conversations() == {kept} and machine.remembered() == {kept}
    assert machine.holding() == []


async def test_an_old_backup_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_STORE_URL", f"sqlite:///{tmp_path / 'rasa.db'}")
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'x.db'}", backup_dir=str(tmp_path / "backups"), port=free_port()
    )
    data = tmp_path / "data"
    data.mkdir()
    upgrade(settings, "0012")
    engine = make_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO erasure VALUES ('abc', '2026-01-01 00:00:00')"))
    engine.dispose()
    file = backup(settings, data_folder(data))
    (tmp_path / "x.db").unlink()
    await asyncio.to_thread(restore, file, settings, data)
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, conversation_id, conversation_sha256 FROM erasure")).all()
    engine.dispose()
    assert rows == [("asked", "abc", digest("abc"))]


def test_old_backups_go_and_a_failed_one_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_STORE_URL", f"sqlite:///{tmp_path / 'rasa.db'}")
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}", backup_dir=str(tmp_path / "backups"))
    upgrade(settings)
    (tmp_path / "data").mkdir()
    old = backup(settings, tmp_path / "data", datetime.now(UTC) - timedelta(days=40))
    os.utime(old, (time.time() - 40 * 86400,) * 2)
    new = backup(settings, tmp_path / "data")
    assert sorted((tmp_path / "backups").iterdir()) == [new]
    with tarfile.open(new) as tar:
        assert MANIFEST in tar.getnames()
    broken = Settings(database_url=f"sqlite:///{tmp_path / 'none' / 'x.db'}", backup_dir=str(tmp_path / "backups"))
    with pytest.raises(BackupError):
        backup(broken, tmp_path / "data")
    assert sorted((tmp_path / "backups").iterdir()) == [new]


def test_what_is_no_backup_is_refused_and_a_running_desk_too(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'x.db'}", backup_dir=str(tmp_path / "backups"), port=free_port()
    )
    (tmp_path / "x.tar").write_bytes(b"rien")
    for file in ("x.tar", "absent.tar"):
        with pytest.raises(RestoreError, match="sauvegarde"):
            restore(tmp_path / file, settings, tmp_path)
    with socket.create_server(("127.0.0.1", settings.port)), pytest.raises(RestoreError, match="arrêtez"):
        restore(tmp_path / "x.tar", settings, tmp_path)
