"""One address, whichever process answers behind it: over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from supervisor import relay as relay_module
from supervisor.loopback import LOOPBACK
from supervisor.relay import Relay

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answerer:
    """A server that answers each line with its name, once it may."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.may = asyncio.Event()
        self.may.set()
        self.heard: list[bytes] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.heard.append(line)
            await self.may.wait()
            writer.write(self.name.encode() + b" " + line)
        writer.close()

    def close(self) -> None:
        assert self._server is not None
        self._server.close()


@asynccontextmanager
async def stage() -> AsyncIterator[tuple[Relay, int, Answerer, Answerer]]:
    """A relay with two servers, the first of which answers."""
    relay, first, second = Relay(), Answerer("un"), Answerer("deux")
    await first.start()
    await second.start()
    port = await relay.start(0)
    await relay.hand_over(first.port)
    yield relay, port, first, second
    await relay.close()
    first.close()
    second.close()


async def call(port: int, line: str = "bonjour") -> str:
    """What is answered to a line; empty where the line is cut."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(line.encode() + b"\n")
        return (await reader.readline()).decode().strip()
    except ConnectionResetError:
        return ""
    finally:
        writer.close()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


def play(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def timed() -> None:
        async with asyncio.timeout(30):
            await scene()

    asyncio.run(timed())


def test_new_calls_go_to_the_one_that_answers_now() -> None:
    async def scene() -> None:
        async with stage() as (relay, port, first, second):
            assert await call(port) == "un bonjour"
            await relay.hand_over(second.port)
            assert await call(port) == "deux bonjour"
            await relay.hand_over(first.port)
            assert await call(port) == "un bonjour"

    play(scene)


def test_a_call_is_held_until_the_one_before_it_is_answered() -> None:
    async def scene() -> None:
        async with stage() as (relay, port, first, second):
            first.may.clear()
            before = asyncio.create_task(call(port, "avant"))
            await until(lambda: first.heard)
            going = asyncio.create_task(relay.hand_over(second.port))
            await asyncio.sleep(0)
            after = asyncio.create_task(call(port, "après"))
            await asyncio.sleep(0.03)
            assert not second.heard and not after.done()
            first.may.set()
            assert await before == "un avant"
            assert await after == "deux après"
            await going

    play(scene)


def test_a_call_that_takes_long_holds_nobody_for_long_and_still_gets_its_answer() -> None:
    async def scene() -> None:
        async with stage() as (relay, port, first, second):
            first.may.clear()
            before = asyncio.create_task(call(port, "avant"))
            await until(lambda: first.heard)
            await relay.hand_over(second.port)
            assert await call(port) == "deux bonjour"
            drained = asyncio.create_task(relay.drain(first.port))
            await asyncio.sleep(0.1)
            assert not drained.done() and relay.calls(first.port) == 1
            first.may.set()
            assert await before == "un avant"
            await drained

    play(scene)


def test_a_connection_kept_open_goes_on_and_is_cut_when_its_process_goes() -> None:
    async def scene() -> None:
        async with stage() as (relay, port, first, second):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            for _ in range(2):
                writer.write(b"encore\n")
                assert await reader.readline() == b"un encore\n"
            await relay.hand_over(second.port)
            await relay.drain(first.port)
            assert await reader.read() == b""
            writer.close()
            assert await call(port) == "deux bonjour"

    play(scene)


def test_who_never_ends_is_cut_off_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "DRAIN_S", 0.1)

    async def scene() -> None:
        async with stage() as (relay, port, first, second):
            first.may.clear()
            before = asyncio.create_task(call(port))
            await until(lambda: first.heard)
            await relay.hand_over(second.port)
            await relay.drain(first.port)
            assert await before == ""

    play(scene)


def test_callers_are_hung_up_on_where_nobody_answers() -> None:
    async def scene() -> None:
        async with stage() as (relay, port, first, second):
            await relay.hand_over(None)
            assert await call(port) == ""
            first.close()
            await relay.hand_over(first.port)
            assert await call(port) == ""
            await relay.hand_over(second.port)
            assert await call(port) == "deux bonjour"

    play(scene)


def test_large_answers_pass_whole_to_a_slow_reader() -> None:
    async def scene() -> None:
        async with stage() as (_, port, _first, _second):
            reader, writer = await asyncio.open_connection(LOOPBACK, port, limit=1 << 27)
            long = b"a" * 30_000
            for _ in range(400):
                writer.write(long + b"\n")
            received = 0
            while received < 400 * (len(long) + 4):
                received += len(await reader.read(1 << 16))
            assert received == 400 * (len(long) + 4)
            writer.close()

    play(scene)


def test_nothing_is_lost_or_mixed_up_under_load_while_it_goes_to_and_fro() -> None:
    async def scene() -> None:
        async with stage() as (relay, port, first, second):
            done: list[Awaitable[str]] = []

            async def load() -> None:
                for number in range(400):
                    done.append(asyncio.create_task(call(port, str(number))))
                    await asyncio.sleep(0.001)

            loading = asyncio.create_task(load())
            while not loading.done():
                for answerer in (second, first):
                    await relay.hand_over(answerer.port)
                    await asyncio.sleep(0.005)
            answers = await asyncio.gather(*done)
            assert [answer.split()[-1] for answer in answers] == [str(number) for number in range(400)]
            assert {answer.split()[0] for answer in answers} == {"un", "deux"}

    play(scene)
