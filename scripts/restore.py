"""Takes a backup back: `make restore FILE=…`. What was erased since it was made stays erased.

The hashes of what was erased come from the present database, where there is one, and from the file beside the backups.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from database.engine import make_engine
from database.migrate import upgrade
from database.storage import Storage
from releases.registry import retire_holding
from releases.signing import key_file
from scripts import backup as saved
from settings import Settings
from supervisor.surroundings import tracker_store_url
from understanding import paths
from website.conversations import erase_rows
from website.models import Conversation, digest
from website.privacy import journal, receipts
from website.privacy.files import TrainersFiles
from website.privacy.models import Erasure, Kind
from website.privacy.objection import set_objection
from website.search import forget_erased

Row = Mapping[str, Any]


class RestoreError(RuntimeError):
    """Nothing was taken back; the message says why, in French."""


def restore(file: Path, settings: Settings, data: Path = paths.DATA) -> int:
    """Put everything back as it was, but for what was erased since.

    Args:
        file: The backup.
        settings: Say where everything is.
        data: Folder of the data files.

    Returns:
        How many conversations were erased again.

    Raises:
        RestoreError: The desk runs, or the file is no backup of this kind of database.
    """
    _refuse_running(settings)
    known = _receipts(settings)
    with tempfile.TemporaryDirectory(dir=_folder(settings)) as scratch:
        content = _unpacked(file, Path(scratch))
        _put_database(content, settings)
        _put_trackers(content, settings)
        _put_files(content, settings, data)
    upgrade(settings)
    return asyncio.run(_erase_again(settings, known, data))


def _folder(settings: Settings) -> Path:
    folder = Path(settings.backup_dir)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _refuse_running(settings: Settings) -> None:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", settings.port), timeout=2):
        raise RestoreError(f"Le guichet répond sur le port {settings.port} : arrêtez-le, puis recommencez.")


def _receipts(settings: Settings) -> list[Row]:
    """The receipts of the database that is about to be replaced, as far as it can be read."""
    try:
        engine = make_engine(settings.database_url)
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(Erasure.__table__)).mappings()]
    except SQLAlchemyError:
        return []
    finally:
        engine.dispose()


def _unpacked(file: Path, scratch: Path) -> Path:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(scratch, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise RestoreError(f"Ce fichier n’est pas une sauvegarde lisible : {file}") from error
    if not (scratch / saved.MANIFEST).exists():
        raise RestoreError(f"Ce fichier n’est pas une sauvegarde du guichet : {file}")
    return scratch


def _put_database(content: Path, settings: Settings) -> None:
    database = saved.sqlite_file(settings.database_url)
    name = saved.DUMP if database is None else saved.DATABASE
    if not (content / name).exists():
        raise RestoreError("Cette sauvegarde vient d’une base d’une autre sorte que DATABASE_URL.")
    if database is not None:
        _put_sqlite(content / name, database)
        return
    address, environment = saved.libpq(settings.database_url)
    command = [
        "psql",
        "--quiet",
        "--no-psqlrc",
        "--single-transaction",
        "--set",
        "ON_ERROR_STOP=1",
        "--dbname",
        address,
    ]
    begin = ["--command", "DROP SCHEMA public CASCADE; CREATE SCHEMA public"]
    done = subprocess.run(
        [*command, *begin, "--file", str(content / name)], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RestoreError(f"La base n’a pas pu être reprise, elle est restée comme avant : {done.stderr.strip()}")


def _put_sqlite(source: Path, target: Path) -> None:
    """Through SQLite itself, so that whoever has the file open sees the change, and one that is full loses nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as new, closing(sqlite3.connect(target, timeout=10)) as old:
        new.backup(old)
        old.execute("PRAGMA journal_mode = WAL")
        old.execute("VACUUM")
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _put_trackers(content: Path, settings: Settings) -> None:
    trackers = saved.sqlite_file(tracker_store_url(settings))
    if trackers is not None and (content / saved.TRACKERS).exists():
        trackers.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(content / saved.TRACKERS, trackers.with_suffix(".part"))
        os.replace(trackers.with_suffix(".part"), trackers)


def _put_files(content: Path, settings: Settings, data: Path) -> None:
    if (content / saved.KEY).exists():
        key = key_file(settings)
        key.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(content / saved.KEY, key)
        key.chmod(0o600)
    if not (content / saved.DATA).exists():
        return
    kept = set(saved.data_files(content / saved.DATA))
    for name in set(saved.data_files(data)) - kept:
        (data / name).unlink()
    for name in kept:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(content / saved.DATA / name, data / name)


async def _erase_again(settings: Settings, known: list[Row], data: Path) -> int:
    storage = Storage.open(settings.database_url)
    try:
        async with storage.write() as session:
            erased = await _note(session, known, journal.read(Path(settings.backup_dir)))
            ids = await _matching(session, erased)
            for conversation_id, kind in ids.items():
                conversation = await session.get_one(Conversation, conversation_id)
                if kind is Kind.OBJECTED:
                    await set_objection(session, conversation, True)
                else:
                    await erase_rows(session, conversation, kind)
                await retire_holding(session, conversation_id)
            await forget_erased(session)
        gone = [conversation_id for conversation_id, kind in ids.items() if kind is not Kind.OBJECTED]
        _forget_trackers(settings, gone)
        if settings.data_owner:
            files = TrainersFiles(data)
            hashes = {digest(conversation_id): conversation_id for conversation_id in files.conversations()}
            for hashed in hashes.keys() & erased.keys():
                files.forget(hashes[hashed])
        await storage.empty_log()
        return len(gone)
    finally:
        await storage.close()


async def _note(session: AsyncSession, known: list[Row], lines: Iterable[tuple[Kind, str]]) -> dict[str, Kind]:
    """Keep the receipts given since the backup; those of which only the hash is left come back closed.

    Returns:
        What was erased, by its hash; an erasure counts more than an objection.
    """
    there = set(await session.scalars(select(Erasure.number)))
    rows = [dict(row) for row in known if row["number"] not in there]
    if rows:
        await session.execute(insert(Erasure), rows)
    erased: dict[str, Kind] = {}
    for row in known:
        _remember(erased, Kind(row["kind"]), row["conversation_sha256"])
    hashes = {row["conversation_sha256"] for row in known}
    now = utc_now()
    for kind, hashed in lines:
        _remember(erased, kind, hashed)
        if hashed not in hashes:
            hashes.add(hashed)
            session.add(
                Erasure(
                    number=receipts.new_number(), kind=kind, conversation_sha256=hashed, noted_at=now, closed_at=now
                )
            )
    await session.flush()
    return erased


def _remember(erased: dict[str, Kind], kind: Kind, hashed: str) -> None:
    if hashed not in erased or kind is not Kind.OBJECTED:
        erased[hashed] = kind


async def _matching(session: AsyncSession, erased: Mapping[str, Kind]) -> dict[str, Kind]:
    ids = await session.scalars(select(Conversation.id))
    return {
        conversation_id: erased[digest(conversation_id)] for conversation_id in ids if digest(conversation_id) in erased
    }


def _forget_trackers(settings: Settings, ids: list[str]) -> None:
    """Rasa's memory of what was erased; the tombstones too, if the backup is older than they are."""
    engine = create_engine(_ours(tracker_store_url(settings)))
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA secure_delete = ON"))
        if not connection.dialect.has_table(connection, "events"):
            return
        for conversation_id in ids:
            connection.execute(text("DELETE FROM events WHERE sender_id = :id"), {"id": conversation_id})
    engine.dispose()


def _ours(address: str) -> str:
    """The tracker store's address with the driver of this environment."""
    scheme, _, rest = address.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme.startswith("postgresql") else address


def main(arguments: list[str]) -> int:
    """Take a backup back and say what became of what was erased since.

    Returns:
        The exit code.
    """
    try:
        again = restore(Path(arguments[0]), Settings.from_environment())
    except RestoreError as error:
        print(str(error).replace(" :", "\u00a0:"), file=sys.stderr)
        return 1
    print(f"Sauvegarde reprise. Conversations effacées depuis, et effacées de nouveau\u00a0: {again}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
