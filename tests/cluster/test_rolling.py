"""Two of everything behind nginx: each part restarts under load, and every message is answered once, in order."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cluster.layout import lay_out
from cluster.nginx import find_nginx
from cluster.running import STATE, Cluster
from cluster.stores import StoreError, find_stores
from faults.ledger import Verdict, judge, judge_played
from faults.limit import limited
from faults.members import Crowd
from faults.reading import settled
from faults.standin import PlayedStore
from settings import Settings
from supervisor.loopback import free_port
from supervisor.surroundings import with_secret
from tests.conftest import unavailable

MESSAGES = 300
MEMBERS = 8
SETTLING_S = 60.0
LONGEST_S = 300.0


@asynccontextmanager
async def _running(folder: Path) -> AsyncIterator[tuple[Cluster, Settings, Path]]:
    program = find_nginx()
    if program is None:
        unavailable("nginx is not installed")
    settings = with_secret(Settings(port=free_port(), rasa_port=free_port(), actions_port=free_port(), limit_address=0))
    try:
        stores = find_stores(settings, folder)
    except StoreError as missing:
        unavailable(str(missing))
    played = folder / "played.db"
    cluster = Cluster(lay_out(settings, stores, folder, program, played), folder)
    task = asyncio.create_task(cluster.run())
    try:
        await asyncio.wait({task, asyncio.create_task(cluster.ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        assert cluster.ready.is_set()
        yield cluster, settings, played
    finally:
        cluster.supervisor.stop()
        await task


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can get to."""
    with tempfile.TemporaryDirectory(prefix="cluster-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.mark.services
async def test_every_part_restarts_under_load_and_nothing_is_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMIT_ADDRESS", "0")
    async with _running(folder) as (cluster, settings, played):
        before = cluster.process_ids()
        crowd = await _load_while_restarting(cluster, settings.site_url)
        after = cluster.process_ids()
        verdict = await _verdict(crowd, settings.site_url, played)
        known = _state(folder)
    assert _state(folder) is None
    assert verdict.is_clean, (verdict.lost[:5], verdict.doubled[:5], verdict.disordered[:5])
    assert verdict.accepted >= MESSAGES
    print(f"accepted {verdict.accepted}, sent again {crowd.resent}, the slowest accepted after {crowd.longest:.1f} s")
    parts = {f"{part}-{number}" for part in ("site", "rasa", "actions") for number in (1, 2)}
    assert before.keys() == after.keys() == parts | {"postgres", "redis", "nginx"}
    assert {unit for unit in before if before[unit][0] != after[unit][0]} == parts, "each has another process"
    assert known is not None and known["restarts"] == 1 and known["trouble"] == ""
    assert _alive(pid for pids in after.values() for pid in pids) == []


def _state(folder: Path) -> dict[str, Any] | None:
    file = folder / STATE
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def _alive(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def _restart_and_kill(cluster: Cluster) -> None:
    """After the restart, a site and a Rasa are killed without a word, with all that they started."""
    await cluster.restart_told()
    for name in ("site-1", "rasa-2"):
        for pid in cluster.process_ids()[name]:
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(2)


async def _load_while_restarting(cluster: Cluster, url: str) -> Crowd:
    """Members write for as long as the parts restart, and until enough was accepted."""
    restarting = asyncio.create_task(_restart_and_kill(cluster))
    crowd = Crowd(url, MESSAGES, 1, lambda share: share < 0.9 or restarting.done(), 0.5)
    async with limited(LONGEST_S, LONGEST_S / 2, lambda: (crowd.accepted, restarting.done())):
        await crowd.work(MEMBERS)
    await restarting
    return crowd


async def _verdict(crowd: Crowd, url: str, played: Path) -> Verdict:
    verdict = Verdict()
    async with aiohttp.ClientSession() as http:
        deadline = time.monotonic() + SETTLING_S
        for conversation in crowd.conversations:
            judge(verdict, conversation, await settled(http, url, conversation, deadline))
    judge_played(verdict, PlayedStore(played).played())
    return verdict


@pytest.mark.services
def test_a_database_of_one_process_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="SQLite"):
        find_stores(dataclasses.replace(Settings(), database_url=f"sqlite:///{tmp_path / 'x.db'}"), tmp_path)


def test_what_is_given_is_not_started(tmp_path: Path) -> None:
    given = Settings(database_url="postgresql://desk@store/desk", redis_url="redis://store/0")
    stores = find_stores(given, tmp_path)
    assert (stores.database_url, stores.redis_url, stores.units) == (given.database_url, given.redis_url, ())


def test_what_is_missing_is_said_in_french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    with pytest.raises(StoreError, match="PostgreSQL n’est pas installé"):
        find_stores(Settings(), tmp_path)
    with pytest.raises(StoreError, match="Redis n’est pas installé"):
        find_stores(Settings(database_url="postgresql://desk@store/desk"), tmp_path)
