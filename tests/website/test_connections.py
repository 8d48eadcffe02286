"""How many connections to PostgreSQL a site needs, and what happens while all of them are in use."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from database import engine
from tests.support.fake_rasa import Answer, FakeRasa, said
from tests.support.staff import staff
from tests.website.conftest import PATIENCE_SECONDS, Event, Member, Site, StartSite, take
from tests.website.test_outage import answers

pytestmark = pytest.mark.services

MEMBERS = 24
QUESTIONS = 3


@pytest.fixture(autouse=True)
def a_slow_machine_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody give up who stands in line."""
    monkeypatch.setattr(engine, "WAIT_SECONDS", 600.0)


class Watched:
    """Looks again and again at who is connected to a database.

    Args:
        server: A connection to the server of the tests.
        name: The database.
    """

    def __init__(self, server: Any, name: str) -> None:
        self._server = server
        self._name = name
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most = 0
        self.processes: set[int] = set()

    def __enter__(self) -> Watched:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            rows = self._server.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [self._name]).fetchall()
            self.most = max(self.most, len(rows))
            self.processes |= {row[0] for row in rows}


async def _converse(member: Member) -> list[int]:
    """Ask several questions and hear the answers on an open stream; gives which were answered."""
    await member.open()
    async with member.events() as events:
        await take(events, lambda event: event.name == "answered")
        sent = [await member.say(f"un financement, question {number}") for number in range(QUESTIONS)]

        def is_last(event: Event) -> bool:
            return event.name == "answered" and event.data["answered_to"] == sent[-1]

        heard = await take(events, is_last)
    said_of = [event.data["reply_to"] for event in heard if event.name == "message" and event.data["reply_to"]]
    assert said_of == sent
    return sent


async def test_many_members_with_streams_stay_within_the_connections(
    postgres_server: Any, postgres_copy: str, start_site: StartSite, rasa: FakeRasa, http: aiohttp.ClientSession
) -> None:
    site = await start_site(rasa.port, database_url=postgres_copy, database_connections=3)
    with Watched(postgres_server, postgres_copy.partition("?")[0].rpartition("/")[2]) as watched:
        await asyncio.gather(*(_converse(Member(http, site.url)) for _ in range(MEMBERS)))
    assert 1 < watched.most <= 3 + 1, "those of the pool, and the one that holds what the site answers"
    assert len(watched.processes) <= 3 + 1, "none was closed and made anew"


async def test_nobody_needs_a_second_connection_while_holding_one(
    postgres_copy: str, start_site: StartSite, rasa: FakeRasa, http: aiohttp.ClientSession
) -> None:
    site = await start_site(rasa.port, database_url=postgres_copy, database_connections=1)
    await asyncio.gather(*(_converse(Member(http, site.url)) for _ in range(4)))
    member = await Member(http, site.url).open()
    await member.press("/demander_humain")
    await member.until(lambda transcript: transcript["state"] == "waiting")
    async with staff(site.storage, site.url) as officer:
        assert (await officer.get("/console"))[0] == 200
        base = f"/api/officer/conversations/{member.id}"
        assert (await officer.call(f"{base}/claim"))[0] == 200
        assert (await officer.call(f"{base}/messages", {"text": "Bonjour", "client_id": "a"}))[0] < 300
        assert (await officer.get(f"/console/c/{member.id}"))[0] == 200
    async with http.delete(member.address, headers=member.headers) as response:
        assert response.status == 204


class Full:
    """All connections of a site, in use."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> None:
        for _ in range(self._site.settings.database_connections):
            session = await self._stack.enter_async_context(self._site.storage.read())
            await session.execute(text("SELECT 1"))

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()


async def test_who_finds_no_connection_tries_again_and_nothing_is_lost(
    postgres_copy: str,
    start_site: StartSite,
    rasa: FakeRasa,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(engine, "WAIT_SECONDS", 3.0)
    site = await start_site(rasa.port, database_url=postgres_copy, database_connections=4)
    asked, free = threading.Event(), threading.Event()

    def script(typed: str) -> list[Answer]:
        asked.set()
        assert free.wait(PATIENCE_SECONDS)
        return [said("joué une fois")]

    rasa.script = script
    member = await Member(http, site.url).open()
    first = await member.say("première question")
    assert await asyncio.to_thread(asked.wait, PATIENCE_SECONDS)
    second = {"text": "deuxième question", "client_id": "deux"}
    async with Full(site):
        free.set()
        assert (await member.post(second))[0] == 500
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "a message could not be handled" not in caplog.text:  # its answer could not be stored
                await asyncio.sleep(0.05)
    status, told = await member.post(second)
    assert status == 202
    transcript = await member.answered(told["seq"])
    assert answers(transcript) == [first, told["seq"]]
    assert [message["text"] for message in transcript["messages"] if message["sender"] == "member"] == [
        "première question",
        "deuxième question",
    ]
    assert len(rasa.calls) == 2
