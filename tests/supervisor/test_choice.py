"""Which model is served when everything starts."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from releases import registry, wishes
from releases.hashes import code_hash
from releases.models import Release
from releases.serving import outage
from supervisor import model
from supervisor.choice import FirstModel
from tests.supervisor.shop import ACCOUNT, KEY, Shop, eventually


@pytest.fixture
def shop(sqlite_shop: Shop) -> Shop:
    """A checkout without a model."""
    return sqlite_shop


async def _start(shop: Shop, owner: bool = True, root: Path | None = None) -> str | None:
    """What is served after a start, which here ends at once."""
    supervisor = shop.supervisors[-1][0] if shop.supervisors else shop.runner()
    return await FirstModel(supervisor, shop.storage, root or shop.root, KEY, owner, "here:1").choose()


async def _outage(shop: Shop) -> str:
    async with shop.storage.read() as session:
        return await outage(session)


def _train(shop: Shop) -> model.Model:
    return model.train(shop.root, [sys.executable, str(shop.rasa)])


async def _decide(shop: Shop, model_id: str) -> None:
    async with shop.storage.write() as session:
        await registry.put_online(session, model_id, ACCOUNT, code=code_hash(shop.root))


async def test_without_a_decision_the_files_decide(shop: Shop) -> None:
    first = await _start(shop)
    assert first is not None and first == await shop.online() == await _start(shop)
    shop.edit("nlu: [1]")
    assert await _start(shop) == first, "it answers while another is trained"

    async def relieved() -> bool:
        return await shop.online() != first

    await eventually(relieved)
    second = await shop.online()
    assert await _start(shop) == second
    shop.edit("nlu: []")  # as it was: the first model fits again
    assert await _start(shop) == first == await shop.online()
    async with shop.storage.read() as session:
        releases = (await session.execute(select(Release.account_id))).scalars().all()
    assert releases == [None, None, None]


async def test_a_model_of_the_command_line_is_taken(shop: Shop) -> None:
    made = await asyncio.to_thread(_train, shop)
    assert await _start(shop) == made.id == await shop.online()


async def test_a_decision_stays_until_the_next_one(shop: Shop) -> None:
    first = await _start(shop)
    shop.edit("nlu: [1]")
    second = (await asyncio.to_thread(_train, shop)).id
    assert first and await _start(shop) == second
    await _decide(shop, first)
    assert await _start(shop) == first
    shop.edit("nlu: [2]")
    assert await _start(shop) == first
    await _decide(shop, second)
    assert await _start(shop) == second


async def test_an_update_of_the_code_trains_anew(shop: Shop) -> None:
    first = await _start(shop)
    assert first
    await _decide(shop, first)
    (shop.root / "understanding/text.py").write_text("# new")
    await asyncio.sleep(1)  # models of the same data are told apart by the second in which they were made
    second = await _start(shop)
    assert second not in (None, first)
    shop.edit("nlu: [1]")
    assert await _start(shop) == second


async def test_a_training_that_fails_leaves_the_older_model_in_service(shop: Shop) -> None:
    first = await _start(shop)
    shop.edit("nlu: [1]")
    (shop.beside / "code").write_text("1")
    assert await _start(shop) == first == await shop.online()


async def test_a_model_of_other_code_never_serves(shop: Shop) -> None:
    first = await _start(shop)
    assert first
    await _decide(shop, first)
    (shop.root / "understanding/text.py").write_text("# new")
    (shop.beside / "code").write_text("1")
    starting = asyncio.create_task(_start(shop))

    async def unavailable() -> bool:
        return bool(await _outage(shop)) and not starting.done()

    await eventually(unavailable)
    assert f"{first}.tar.gz" in shop.files(), "it is there, and stays for who goes back to the older code"
    (shop.beside / "code").unlink()
    shop.edit("nlu: [1]")
    second = await starting
    assert second not in (None, first) and second == await shop.online()
    assert not await _outage(shop)


async def test_what_failed_and_leaves_nothing_to_serve_is_tried_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supervisor.choice.AGAIN_FIRST_S", 0.1)
    (shop.beside / "code").write_text("1")
    starting = asyncio.create_task(_start(shop))

    async def unavailable() -> bool:
        return bool(await _outage(shop)) and not starting.done()

    await eventually(unavailable)
    (shop.beside / "code").unlink()  # a disk that was full has room again
    assert await starting is not None


async def test_a_model_that_is_put_online_ends_the_outage(shop: Shop) -> None:
    (shop.beside / "code").write_text("1")
    starting = asyncio.create_task(_start(shop))

    async def unavailable() -> bool:
        return bool(await _outage(shop))

    await eventually(unavailable)
    (shop.beside / "code").unlink()
    made = await shop.over(await shop.ask())
    assert made.model_id and not starting.done()
    await _decide(shop, made.model_id)
    assert await starting == made.model_id


async def test_without_any_model_mended_data_are_trained_by_themselves(shop: Shop) -> None:
    shop.edit("nlu: {")
    starting = asyncio.create_task(_start(shop))

    async def failed() -> bool:
        async with shop.storage.read() as session:
            return not await wishes.current_trainings(session) and not starting.done()

    await eventually(failed)
    await asyncio.sleep(0.3)
    shop.edit("nlu: []")
    assert await starting is not None


async def test_a_machine_that_does_not_own_the_data_serves_what_the_owner_put_online(
    shop: Shop, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("config.yml", "domain.yml", "bot", "understanding", "requirements"):
        (elsewhere / name).symlink_to(shop.root / name)
    waiting = asyncio.create_task(_start(shop, owner=False, root=elsewhere))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    first = await _start(shop)
    assert await waiting == first
    assert [path.name for path in (elsewhere / "models").iterdir()] == [f"{first}.tar.gz"]


async def test_a_damaged_archive_is_fetched_again(shop: Shop) -> None:
    first = await _start(shop)
    assert first
    await _decide(shop, first)
    archive = shop.root / "models" / f"{first}.tar.gz"
    whole = archive.read_bytes()
    archive.write_bytes(b"cut")
    assert await _start(shop) == first
    assert archive.read_bytes() == whole


async def test_a_retired_model_is_not_served_and_leaves_the_disk(shop: Shop) -> None:
    private = shop.root / "data/nlu/membres/aides.yml"
    private.parent.mkdir()
    private.write_text("nlu:\n- intent: a\n  examples:\n  - text: b\n    metadata: {conversation: c1}\n")
    first = await _start(shop)
    assert first
    await _decide(shop, first)
    private.unlink()
    async with shop.storage.write() as session:
        assert await registry.retire_holding(session, "c1") == [first]
    second = await _start(shop)
    assert second not in (None, first) and second == await shop.online()
    assert not any(first in name for name in shop.files())
