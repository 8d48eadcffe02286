"""What the fault harness is made of."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from faults.desk import MissingError, find_postgres, find_redis
from faults.network import Network


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingError, match="PostgreSQL"):
        find_postgres()
    with pytest.raises(MissingError, match="redis-server"):
        find_redis()


async def test_a_cut_network_breaks_open_connections_and_new_ones() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"x")
            return await reader.read(100)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        network = Network(server.sockets[0].getsockname()[1])
        await network.open()
        assert await ask(network.port) == b"x"
        reader, writer = await asyncio.open_connection("127.0.0.1", network.port)
        writer.write(b"x")
        assert await reader.read(100) == b"x"
        network.cut()
        with pytest.raises(ConnectionError):
            if not await reader.read(100):
                raise ConnectionResetError
        assert await ask(network.port) == b""
        network.mend()
        assert await ask(network.port) == b"x"
        await network.close()
