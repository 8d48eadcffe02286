"""A machine serves what the database says is in service, and says there what it serves; over both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from database.storage import Storage
from releases import registry
from releases.hashes import present_code
from releases.models import RasaInstance
from releases.serving import in_service
from supervisor import following as following_module
from supervisor.following import Archives, Following
from supervisor.serving import NotStartedError, Wanted
from tests.releases.conftest import KEY, Workshop, storage, workshop
from tests.supervisor.test_serving import Served, opened

__all__ = ["storage", "workshop"]

MACHINE = "ici:5005"


async def _register(storage: Storage, workshop: Workshop, model_id: str, *sources: str) -> Path:
    made = workshop.model(*sources, id=model_id, size=10_000, code_hash=present_code())
    async with storage.write() as session:
        await registry.register_model(session, made, KEY)
    return made.archive


async def _put_online(storage: Storage, model_id: str) -> None:
    async with storage.write() as session:
        await registry.put_online(session, model_id, "a" * 32)


async def _row(storage: Storage) -> RasaInstance | None:
    async with storage.read() as session:
        return await session.scalar(select(RasaInstance).where(RasaInstance.name == MACHINE))


@asynccontextmanager
async def followed(storage: Storage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr(following_module, "LOOK_EVERY_S", 0.02)
    async with asyncio.timeout(90):
        async with opened(folder) as desk:
            task = asyncio.create_task(Following(desk.supervisor, storage, desk.serving, MACHINE).run())
            yield desk
        await task


async def _until(storage: Storage, so: Callable[[RasaInstance], Any]) -> RasaInstance:
    while (row := await _row(storage)) is None or not so(row):
        await asyncio.sleep(0.02)
    return row


async def test_a_release_is_served_and_said_and_so_is_going_back(
    storage: Storage, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model_id in ("un", "deux"):
        await _register(storage, workshop, model_id)
    async with followed(storage, tmp_path, monkeypatch) as desk:
        for model_id in ("un", "deux", "un"):
            await _put_online(storage, model_id)
            await desk.until_says(model_id)
            row = await _until(storage, lambda row: row.model_id == model_id)  # noqa: B023
            assert (row.next_model_id, row.trouble) == (None, "")
    assert await _row(storage) is None, "a machine that has stopped serves nothing"


async def test_what_does_not_start_is_told_in_the_database(
    storage: Storage, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model_id in ("un", "broken"):
        await _register(storage, workshop, model_id)
    await _put_online(storage, "un")
    async with followed(storage, tmp_path, monkeypatch) as desk:
        await desk.until_says("un")
        await _put_online(storage, "broken")
        row = await _until(storage, lambda row: row.trouble)
        assert (row.model_id, row.trouble) == ("un", "La version broken n’a pas démarré (code 3).")
        await _put_online(storage, "un")
        await _until(storage, lambda row: not row.trouble and row.next_model_id is None)


async def test_a_model_retired_in_service_gives_way_to_the_one_before(
    storage: Storage, workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _register(storage, workshop, "un")
    await _register(storage, workshop, "deux", "conversation")
    for model_id in ("un", "deux"):
        await _put_online(storage, model_id)
    async with followed(storage, tmp_path, monkeypatch) as desk:
        await desk.until_says("deux")
        async with storage.write() as session:
            await registry.retire_holding(session, "conversation")
        await desk.until_says("un")


async def test_each_decision_has_its_number(storage: Storage, workshop: Workshop) -> None:
    await _register(storage, workshop, "un")
    async with storage.read() as session:
        assert await in_service(session) is None
    numbers = []
    for _ in range(2):
        await _put_online(storage, "un")
        async with storage.read() as session:
            found = await in_service(session)
        assert found is not None and found.model_id == "un"
        numbers.append(found.decision)
    assert Wanted("un", numbers[0]) != Wanted("un", numbers[1])


async def test_an_archive_comes_from_the_database_and_is_checked(
    storage: Storage, workshop: Workshop, tmp_path: Path
) -> None:
    content = (await _register(storage, workshop, "un")).read_bytes()
    archives = Archives(storage, tmp_path / "models", KEY)
    path = await archives.fetch("un")
    assert path.read_bytes() == content
    path.write_bytes(b"changed by somebody")
    assert (await archives.fetch("un")).read_bytes() == content
    with pytest.raises(NotStartedError, match="signés"):
        await Archives(storage, tmp_path / "others", b"x" * 32).fetch("un")
    for unknown in ("deux", "../un"):
        with pytest.raises(NotStartedError, match="n’existe pas"):
            await archives.fetch(unknown)


async def test_without_a_database_what_is_on_the_disk_serves(tmp_path: Path) -> None:
    storage = Storage.open("postgresql://nobody@127.0.0.1:1/none")
    archives = Archives(storage, tmp_path, KEY)
    with pytest.raises(NotStartedError, match="base de données"):
        await archives.fetch("un")
    (tmp_path / "un.tar.gz").write_bytes(b"here")
    assert await archives.fetch("un") == tmp_path / "un.tar.gz"
    await storage.close()
