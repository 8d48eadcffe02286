"""Clients that hold connections open by sending slowly, or nothing, or too much."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Member, Site, StartSite

PATIENCE_SECONDS = 15.0


async def _until_closed(site: Site, *parts: bytes) -> bytes:
    """What the site says to somebody who sends these parts and then waits."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.settings.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.01)
    async with asyncio.timeout(PATIENCE_SECONDS):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    "parts", [(), (b"GET / HTTP/1.1\r\n",), (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-A: ", b"b", b"c")]
)
async def test_who_sends_no_whole_call_is_cut(start_site: StartSite, rasa: FakeRasa, parts: tuple[bytes, ...]) -> None:
    site = await start_site(rasa.port, idle_seconds=0.3)
    assert await _until_closed(site, *parts) == b""


@pytest.mark.parametrize("path", ["/api/conversations", "/connexion"])
async def test_a_body_that_does_not_come_is_refused_and_others_go_on(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa, path: str
) -> None:
    site = await start_site(rasa.port, body_seconds=0.5)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{site.settings.port}\r\nContent-Length: 50\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    slow = [asyncio.create_task(_until_closed(site, (head + kind).encode(), b"{")) for _ in range(50)]
    member = await Member(http, site.url).open()
    transcript = await member.ask("Bonjour")
    assert transcript["messages"][-1]["sender"] == "bot"
    for answer in await asyncio.gather(*slow):
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"trop de temps" in answer


async def test_a_body_that_came_leaves_the_view_all_its_time(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    """The limit is for the client's sending, not for our work: a stream or a slow answer is not cut."""
    site = await start_site(rasa.port, body_seconds=0.3)
    member = await Member(http, site.url).open()
    async with member.events() as events:
        await anext(events)
        await asyncio.sleep(0.6)
        await member.say("Bonjour")
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for event in events:
                if event.name == "message" and event.data["sender"] == "bot":
                    return
    raise AssertionError("the stream ended")


@pytest.mark.parametrize(
    "call",
    [
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 500 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
async def test_what_is_no_call_of_ours_is_refused_without_a_word_on_the_server(site: Site, call: bytes) -> None:
    answer = await _until_closed(site, call)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.") and b" 400 " in head.splitlines()[0]
    assert body == b"Bad Request"
    assert b"aiohttp" not in head and b"Python" not in head
    assert b"X-Content-Type-Options: nosniff" in head and b"default-src 'none'" in head


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", ["/api/conversations", "/api/stop", "/connexion", "/mot-de-passe-oublie"])
async def test_too_large_a_body(site: Site, http: aiohttp.ClientSession, path: str, chunked: bool) -> None:
    large = b"csrf=" + b"x" * 200_000

    async def pieces() -> object:
        for start in range(0, len(large), 10_000):
            yield large[start : start + 10_000]

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with http.post(site.url + path, data=pieces() if chunked else large, headers=headers) as response:
        assert response.status == 413
