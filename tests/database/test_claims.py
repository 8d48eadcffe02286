"""A name is held by one process at a time, and comes free with its connection, however that ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from database.claims import OwnClaims, PostgresClaims, claims

pytestmark = pytest.mark.services

PATIENCE_S = 10.0


@pytest.fixture
async def both(postgres_url: str) -> AsyncIterator[tuple[PostgresClaims, PostgresClaims]]:
    """The claims of two processes."""
    first, second = PostgresClaims(postgres_url), PostgresClaims(postgres_url)
    yield first, second
    await first.close()
    await second.close()


async def _comes_free(claims: PostgresClaims, name: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await claims.take(name):
            await asyncio.sleep(0.05)


async def test_one_holds_it_until_it_lets_go(both: tuple[PostgresClaims, PostgresClaims]) -> None:
    first, second = both
    assert await first.take("a")
    assert not await second.take("a")
    assert await second.take("b")
    await first.release("a")
    assert await second.take("a")


async def test_who_holds_it_twice_lets_go_twice(both: tuple[PostgresClaims, PostgresClaims]) -> None:
    first, second = both
    assert await first.take("a") and await first.take("a")
    await first.release("a")
    assert not await second.take("a")
    await first.release("a")
    assert await second.take("a")


async def test_many_ask_at_once_by_one_connection(both: tuple[PostgresClaims, PostgresClaims]) -> None:
    first, second = both
    names = [str(number) for number in range(200)]
    assert all(await asyncio.gather(*map(first.take, names)))
    assert not any(await asyncio.gather(*map(second.take, names)))


async def test_what_a_dead_process_held_comes_free(
    both: tuple[PostgresClaims, PostgresClaims], postgres_server: Any
) -> None:
    first, second = both
    assert await first.take("a")
    postgres_server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
        " WHERE locktype = 'advisory' AND datname = %s",
        [first._engine.url.database],
    )
    await _comes_free(second, "a")


async def test_who_was_cut_off_connects_again(
    both: tuple[PostgresClaims, PostgresClaims], postgres_server: Any
) -> None:
    first, _ = both
    assert await first.take("a")
    postgres_server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [first._engine.url.database]
    )
    with pytest.raises(Exception, match=r"terminat|clos"):
        await first.take("b")
    await _comes_free(first, "b")


async def test_who_is_cancelled_while_asking_leaves_the_others_their_claims(
    both: tuple[PostgresClaims, PostgresClaims],
) -> None:
    first, second = both
    assert await first.take("a")
    asking = asyncio.create_task(first.take("b"))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await first.take("c")
    assert not await second.take("a")


async def test_closing_gives_all_back_and_a_late_release_opens_nothing(
    both: tuple[PostgresClaims, PostgresClaims],
) -> None:
    first, second = both
    assert await first.take("a")
    await first.close()
    await first.release("a")
    assert first._connection is None
    await _comes_free(second, "a")


def test_sqlite_has_one_process_that_answers() -> None:
    assert isinstance(claims("sqlite:///var/x.db"), OwnClaims)
