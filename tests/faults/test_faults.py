"""Everything is killed, once in a short run: nothing is lost, doubled or out of order; what the harness is made of."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from faults.__main__ import main, report
from faults.chaos import WEIGHTS
from faults.limit import StandstillError, limited
from faults.network import Network
from faults.run import Plan, run
from faults.servers import MissingError, find_postgres, find_redis
from tests.conftest import unavailable

PLAN = Plan(seed=3, kills=8, messages=120, members=10, mean=0.3, think=0.1, longest=300)
heard: list[bytes] = []
"""What the server of the tests was told."""


@pytest.fixture
def servers() -> None:
    """The programs of PostgreSQL and Redis."""
    try:
        find_postgres()
        find_redis()
    except MissingError as missing:
        unavailable(str(missing))


@pytest.mark.services
async def test_nothing_is_lost_while_everything_is_killed(servers: None) -> None:
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:  # PostgreSQL's own user has to get there
        outcome = await run(PLAN, Path(folder))
    print(report(PLAN, outcome))
    assert outcome.verdict.is_clean, report(PLAN, outcome)
    assert outcome.killed == PLAN.kills
    assert outcome.verdict.accepted == PLAN.messages
    assert outcome.verdict.answers >= PLAN.messages
    assert {"network cut", "actions slow", "database read-only", "commits unconfirmed", *WEIGHTS} <= outcome.done.keys()
    assert ("disk full" in outcome.done) == outcome.disk


@pytest.mark.services
def test_a_run_that_takes_too_long_is_ended(servers: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--longest", "1", "--members", "2"]) == 3
    told = capsys.readouterr().err
    assert "STOOD STILL: not at its end after 1 s" in told
    assert "x Crowd._write" in told


async def test_a_standstill_says_where() -> None:
    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(
        StandstillError, match=r"nothing moved for 0 s, at 7\n(.*\n)*  2 x .*wait_for_ever:\d+ > Event.wait"
    ):
        async with limited(60, 0.05, lambda: 7), asyncio.TaskGroup() as group:
            group.create_task(wait_for_ever())
            group.create_task(wait_for_ever())


async def test_what_moves_is_not_ended() -> None:
    moves = iter(range(1000))
    async with limited(60, 0.2, lambda: next(moves)):
        await asyncio.sleep(0.6)


async def test_what_runs_out_of_time_itself_is_no_standstill() -> None:
    with pytest.raises(TimeoutError):
        async with limited(60, 60, lambda: 0):
            raise TimeoutError


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingError, match="PostgreSQL"):
        find_postgres()
    with pytest.raises(MissingError, match="redis-server"):
        find_redis()


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    """A network before a server that says again what it is told."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            heard.append(data)
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        network = Network(server.sockets[0].getsockname()[1])
        await network.open()
        yield network
        await network.close()


async def ask(network: Network, word: bytes = b"x") -> bytes:
    """What comes back; nothing where the connection breaks."""
    reader, writer = await asyncio.open_connection("127.0.0.1", network.port)
    try:
        writer.write(word)
        return await reader.read(100)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_cut_network_breaks_open_connections_and_new_ones(network: Network) -> None:
    assert await ask(network) == b"x"
    reader, writer = await asyncio.open_connection("127.0.0.1", network.port)
    writer.write(b"x")
    assert await reader.read(100) == b"x"
    network.cut()
    with pytest.raises(ConnectionError):
        if not await reader.read(100):
            raise ConnectionResetError
    writer.close()
    assert await ask(network) == b""
    network.mend()
    assert await ask(network) == b"x"


async def test_what_is_left_unconfirmed_arrives(network: Network) -> None:
    heard.clear()
    network.unconfirmed = b"COMMIT"
    assert await ask(network, b"a COMMIT b") == b""
    assert await ask(network, b"begin") == b"begin"
    network.unconfirmed = None
    assert await ask(network, b"COMMIT") == b"COMMIT"
    assert heard == [b"a COMMIT b", b"begin", b"COMMIT"]
