"""The console's measurement: what it fills, and that no query of the console reads all messages."""

from __future__ import annotations

import pytest

from bench.console import OFFICER, QUERIES, measure, plan, query_for
from bench.filled import fill
from database.storage import Storage
from website.console.inbox import count


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small filled database."""
    url = f"sqlite:///{tmp_path_factory.mktemp('bench') / 'console.db'}"
    fill(url, 60, 4)
    return url


async def test_no_query_reads_all_messages(address: str) -> None:
    storage = Storage.open(address)
    queries = [query_for(filters) for filters in QUERIES.values()]
    plans = [
        line for query in [*queries, lambda session: count(session, OFFICER)] for line in await plan(storage, query)
    ]
    await storage.close()
    assert any("search_index" in line for line in plans) and any("SEARCH message" in line for line in plans)
    assert [line for line in plans if line.startswith("SCAN message")] == []


async def test_it_measures_and_filling_again_adds_nothing(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(address, 60, 4)
    medians = await measure(address, 1, plans=False)
    assert set(medians) >= {"counts", *QUERIES}
    assert "60 conversations, 240 messages, sqlite" in capsys.readouterr().out
