"""Two Rasa hold one conversation one after the other, over a real Redis that may be away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from rasa.core.lock_store import LockError

from bot import lock_store
from bot.lock_store import SharedLockStore
from tests.support.redis_server import RedisServer

pytestmark = pytest.mark.services


@pytest.fixture
def stores(redis: RedisServer) -> tuple[SharedLockStore, SharedLockStore]:
    """The stores of two Rasa."""
    return SharedLockStore(url=redis.url), SharedLockStore(url=redis.url)


async def _hold(store: SharedLockStore, name: str, log: list[str], seconds: float = 0.1) -> None:
    async with store.lock("a"):
        log.append(f"{name} in")
        await asyncio.sleep(seconds)
        log.append(f"{name} out")


async def test_two_processes_hold_it_one_after_the_other(stores: tuple[SharedLockStore, SharedLockStore]) -> None:
    log: list[str] = []
    await asyncio.gather(*(_hold(store, str(number), log) for number, store in enumerate(stores * 3)))
    assert len(log) == 12
    assert all(log[at].split()[0] == log[at + 1].split()[0] for at in range(0, 12, 2)), log


async def test_who_waits_is_served_at_once(stores: tuple[SharedLockStore, SharedLockStore]) -> None:
    log: list[str] = []
    began = time.monotonic()
    await asyncio.gather(*(_hold(store, "x", log, 0.01) for store in stores))
    assert time.monotonic() - began < 0.9, "Rasa's own pause between two attempts is a second"


async def test_other_conversations_wait_for_nobody(stores: tuple[SharedLockStore, SharedLockStore]) -> None:
    async with stores[0].lock("b"):
        await asyncio.wait_for(_hold(stores[1], "other", [], 0), 5)


async def test_it_is_held_for_longer_than_it_would_live_by_itself(
    stores: tuple[SharedLockStore, SharedLockStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_store, "LIFETIME_S", 0.6)
    monkeypatch.setattr(lock_store, "RENEW_S", 0.1)
    log: list[str] = []
    first = asyncio.create_task(_hold(stores[0], "first", log, 1.5))
    await asyncio.sleep(0.2)
    await asyncio.gather(first, _hold(stores[1], "second", log, 0))
    assert log == ["first in", "first out", "second in", "second out"]


async def test_what_a_killed_process_held_becomes_free(
    stores: tuple[SharedLockStore, SharedLockStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_store, "LIFETIME_S", 0.5)
    monkeypatch.setattr(lock_store, "RENEW_S", 60.0)  # as a process that is no more
    killed = stores[0].lock("a")
    await killed.__aenter__()
    log: list[str] = []
    await asyncio.wait_for(_hold(stores[1], "second", log, 0), 5)
    assert log == ["second in", "second out"]
    await killed.__aexit__(None, None, None)


async def test_a_late_end_does_not_take_the_lock_from_the_next(
    stores: tuple[SharedLockStore, SharedLockStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_store, "PATIENCE_S", 0.3)
    monkeypatch.setattr(lock_store, "LIFETIME_S", 0.5)
    monkeypatch.setattr(lock_store, "RENEW_S", 60.0)
    first, second = stores
    late = first.lock("a")
    await late.__aenter__()
    await asyncio.sleep(0.6)
    monkeypatch.setattr(lock_store, "LIFETIME_S", 30.0)
    async with second.lock("a"):
        await late.__aexit__(None, None, None)
        with pytest.raises(LockError):
            await _hold(first, "first", [])


@pytest.fixture
async def away(redis: RedisServer, stores: tuple[SharedLockStore, SharedLockStore]) -> AsyncIterator[None]:
    """Redis is killed."""
    redis.kill()
    yield


@pytest.mark.usefixtures("away")
async def test_without_redis_each_process_still_locks_for_itself(
    stores: tuple[SharedLockStore, SharedLockStore],
) -> None:
    log: list[str] = []
    await asyncio.gather(*(_hold(stores[0], str(number), log) for number in range(3)))
    assert all(log[at].split()[0] == log[at + 1].split()[0] for at in range(0, 6, 2)), log


@pytest.mark.usefixtures("away")
async def test_it_is_shared_again_once_redis_is_back(
    stores: tuple[SharedLockStore, SharedLockStore], redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_store, "AWAY_S", 0.1)
    monkeypatch.setattr(lock_store, "PATIENCE_S", 0.3)
    await _hold(stores[0], "alone", [], 0)
    redis.start()
    await asyncio.sleep(0.2)
    async with stores[0].lock("a"):
        with pytest.raises(LockError):
            await _hold(stores[1], "other", [])
