"""The stream of events: complete, in order, resumable, never in the way."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
import pytest
from sqlalchemy import text

from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Event, Member, Site, take
from website import stream
from website.events import MAX_LISTENERS, NOTHING, Listener, LocalHub, News
from website.keys import HUB


def messages(events: list[Event]) -> list[int | None]:
    return [event.id for event in events if event.name == "message"]


def is_answered(number: int) -> object:
    return lambda event: event.name == "answered" and event.data["answered_to"] >= number


def events_call(member: Member) -> bytes:
    """The call of the stream, for tests that look at the connection itself."""
    head = f"GET /api/conversations/{member.id}/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {member.token}"
    return f"{head}\r\n\r\n".encode()


async def test_what_is_missing_then_what_happens(any_site: Site, http: aiohttp.ClientSession) -> None:
    member = await Member(http, any_site.url).open()
    await member.ask("avant")
    async with member.events() as events:
        heard = await take(events, lambda event: event.name == "answered")
        assert messages(heard) == [1, 2, 3]
        assert [event.data for event in heard if event.name == "state"] == [{"state": "bot", "officer": None}]
        seq = await member.say("payer un tour")
        heard = await take(events, lambda event: event.data.get("answered_to") == seq)
        assert messages(heard) == [4, 5]
        typing = [event.data["typing"] for event in heard if event.name == "typing"]
        assert typing in ([True, False], [False], [True], [])
        shown = (await member.read(3))["messages"]
        assert [event.data for event in heard if event.name == "message"] == shown


async def test_typing_is_shown_while_the_bot_thinks(member: Member, rasa: FakeRasa) -> None:
    rasa.delay = 0.5
    async with member.events() as events:
        seq = await member.say("bonjour")
        heard = await take(events, lambda event: event.data.get("answered_to") == seq)
        names = [(event.name, event.data.get("typing")) for event in heard]
        assert names.index(("typing", True)) > 0
        assert {"typing": True, "sender": "bot"} in [event.data for event in heard]


@pytest.mark.parametrize(("last", "expected"), [(0, [1, 2, 3]), (2, [3]), (3, []), (99, [])])
async def test_resumes(member: Member, last: int, expected: list[int]) -> None:
    await member.ask("bonjour")
    async with member.events(last) as events:
        assert messages(await take(events, lambda event: event.name == "answered")) == expected


async def test_no_gap_and_no_double_over_many_drops(member: Member, rasa: FakeRasa) -> None:
    sending = asyncio.gather(*(member.say(f"message {number}") for number in range(10)))
    heard: list[int] = []
    while len(heard) < 21:
        async with member.events(heard[-1] if heard else None) as events:
            async for event in events:
                if event.id is not None:
                    heard.append(event.id)
                    if len(heard) % 3 == 0 or len(heard) == 21:
                        break  # drops the connection in the middle
    await sending
    assert heard == list(range(1, 22))


async def test_strange_last_event_id_gives_all(member: Member) -> None:
    for value in ("abc", "-1", "1e9", "9" * 40, "٣"):
        headers = {**member.headers, "Last-Event-ID": value}
        async with member.http.get(f"{member.address}/events", headers=headers) as response:
            assert await response.content.readline() == b"id: 1\n"


async def test_every_tab_hears_everything(member: Member) -> None:
    async with member.events() as one, member.events() as two:
        seq = await member.say("bonjour")
        for events in (one, two):
            heard = await take(events, lambda event: event.data.get("answered_to") == seq)
            assert messages(heard) == [1, 2, 3]


async def test_comment_keeps_the_stream_alive(member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "COMMENT_SECONDS", 0.1)
    async with member.http.get(f"{member.address}/events?after=0", headers=member.headers) as response:
        async with asyncio.timeout(10):
            while await response.content.readline() != b": \n":
                pass


async def test_ends_when_the_conversation_is_erased(member: Member) -> None:
    async with member.events() as events:
        await take(events, lambda event: event.name == "answered")
        async with member.http.delete(member.address, headers=member.headers) as response:
            assert response.status == 204
        rest = [event async for event in events]
        assert [(event.name, event.data["state"]) for event in rest] == [("state", "deleted")]


async def test_one_stream_too_many_ends_the_oldest(site: Site, member: Member) -> None:
    async with member.events() as oldest:
        assert (await anext(oldest)).id == 1
        others = [
            await member.http.get(f"{member.address}/events", headers=member.headers) for _ in range(MAX_LISTENERS)
        ]
        async with asyncio.timeout(10):
            assert [event.name async for event in oldest][-1] == "answered"
        for other in others:
            other.close()


async def test_client_that_reads_nothing_is_dropped(
    site: Site, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "WRITE_SECONDS", 0.3)
    _, writer = await asyncio.open_connection("127.0.0.1", site.settings.port, limit=1)
    writer.write(events_call(member))
    await writer.drain()
    transport = writer.transport
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()
    hub = site.app[HUB]
    async with asyncio.timeout(60):
        while not hub._listeners.get(member.id):
            await asyncio.sleep(0.05)
        monkeypatch.setattr(stream.Stream, "_chunk", _large)
        while hub._listeners.get(member.id):
            hub.publish(member.id, News(messages=True))
            await asyncio.sleep(0.05)
    transport.abort()
    assert (await member.read())["state"] == "bot"


async def test_a_failing_stream_ends_its_connection(site: Site, member: Member) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.settings.port)
    writer.write(events_call(member))
    heard = b""
    async with asyncio.timeout(20):
        while b"event: answered" not in heard:
            heard += await reader.read(1000)
        async with site.storage.write() as session:
            await session.execute(text("ALTER TABLE message RENAME TO hidden"))
        site.app[HUB].publish(member.id, News(messages=True))
        with contextlib.suppress(ConnectionError):
            while heard.count(b"HTTP/1.1") < 2 and (rest := await reader.read(1000)):
                heard += rest
    writer.close()
    # A second answer inside the first is read by nobody, and some wait for ever for the end of the first.
    assert heard.count(b"HTTP/1.1") == 1


async def _large(self: object, news: News) -> bytes:
    return b": " + b"x" * 1_000_000 + b"\n\n"


async def test_news_of_a_listener_never_pile_up() -> None:
    hub = LocalHub()
    with hub.listening("a") as listener:
        for number in range(10_000):
            hub.publish("a", News(messages=True, typing=number % 2 == 0))
        hub.publish("b", News(erased=True))
        assert await listener.wait(1) == News(messages=True, typing=False)
        assert await listener.wait(0.01) == NOTHING
    assert hub._listeners == {}


async def test_closed_hub_ends_all_listening() -> None:
    hub = LocalHub()
    with hub.listening("a") as early:
        hub.close()
        assert early.closed
        with hub.listening("a") as late:
            assert late.closed
            assert await late.wait(60) == NOTHING


def test_news_add_up() -> None:
    listener = Listener()
    listener.tell(News(typing=True))
    assert News(typing=True).then(News(messages=True)) == News(messages=True, typing=True)
    assert News(typing=True).then(News(typing=False)) == News(typing=False)
