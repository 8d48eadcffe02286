"""The real site on a free port, a stand-in for Rasa behind it, and members who call it."""

from __future__ import annotations

import asyncio
import json
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from database.migrate import upgrade
from database.storage import Storage
from settings import Settings
from tests.support.fake_rasa import SECRET, FakeRasa
from tests.website.stocked import desk as desk
from tests.website.stocked import directory as directory
from tests.website.stocked import postgres_copy as postgres_copy
from tests.website.stocked import stocked_file as stocked_file
from tests.website.stocked import stocked_template as stocked_template
from tests.website.stocked import stocked_url as stocked_url
from website.keys import STORAGE
from website.main import create_app
from website.server import Runner

PATIENCE_SECONDS = 20.0


@dataclass
class Event:
    """One Server-Sent Event."""

    name: str
    data: dict[str, Any]
    id: int | None


class Member:
    """A member's client: keeps id and token, knows the calls."""

    def __init__(self, http: aiohttp.ClientSession, url: str, id: str = "", token: str = "") -> None:
        self.http = http
        self.url = url
        self.id = id
        self.token = token

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def address(self) -> str:
        return f"{self.url}/api/conversations/{self.id}"

    async def open(self, **body: Any) -> Member:
        async with self.http.post(f"{self.url}/api/conversations", json=body) as response:
            assert response.status == 201
            body = await response.json()
        self.id, self.token = body["id"], body["token"]
        return self

    async def post(self, body: Any, **options: Any) -> tuple[int, dict[str, Any]]:
        async with self.http.post(f"{self.address}/messages", json=body, headers=self.headers, **options) as response:
            return response.status, await response.json()

    async def say(self, text: str) -> int:
        """Send a text, as often as the limits ask."""
        return await self._send({"text": text, "client_id": uuid.uuid4().hex})

    async def press(self, payload: str) -> int:
        """Press a button."""
        return await self._send({"payload": payload, "client_id": uuid.uuid4().hex})

    async def _send(self, body: dict[str, str]) -> int:
        while True:
            async with self.http.post(f"{self.address}/messages", json=body, headers=self.headers) as response:
                answer = await response.json()
                if response.status == 429:
                    await asyncio.sleep(int(response.headers["Retry-After"]))
                    continue
                assert response.status == 202, answer
                seq: int = answer["seq"]
                return seq

    async def read(self, after: int = 0) -> dict[str, Any]:
        address = f"{self.address}/messages?after={after}"
        async with self.http.get(address, headers=self.headers) as response:
            assert response.status == 200
            body: dict[str, Any] = await response.json()
            return body

    async def until(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Read again until the transcript is as wanted."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                transcript = await self.read()
                if wanted(transcript):
                    return transcript
                await asyncio.sleep(0.05)

    async def answered(self, seq: int) -> dict[str, Any]:
        """Wait for the answer to a message."""
        return await self.until(lambda transcript: transcript["answered_to"] >= seq)

    async def ask(self, text: str) -> dict[str, Any]:
        """Send a text and wait for its answer."""
        return await self.answered(await self.say(text))

    @asynccontextmanager
    async def events(self, last: int | None = None) -> AsyncIterator[AsyncIterator[Event]]:
        """The open stream, as events; comments are left out."""
        headers = {**self.headers, **({} if last is None else {"Last-Event-ID": str(last)})}
        async with self.http.get(f"{self.address}/events", headers=headers) as response:
            assert response.status == 200
            assert response.content_type == "text/event-stream"
            yield _events(response.content)


async def _events(content: aiohttp.StreamReader) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    while line := await content.readline():
        text = line.decode().rstrip("\n")
        if text:
            name, _, value = text.partition(": ")
            fields[name] = value
            continue
        if "event" in fields:
            number = fields.get("id")
            yield Event(fields["event"], json.loads(fields["data"]), None if number is None else int(number))
        fields = {}


async def take(events: AsyncIterator[Event], last: Callable[[Event], object]) -> list[Event]:
    """Events up to the one that is waited for."""
    taken: list[Event] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for event in events:
            taken.append(event)
            if last(event):
                return taken
    raise AssertionError(f"the stream ended after {taken}")


class Site:
    """The site in this process, on a port of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._runner: web.AppRunner | None = None
        self._app: web.Application | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def storage(self) -> Storage:
        """Its database."""
        assert self._app is not None
        return self._app[STORAGE]

    @property
    def app(self) -> web.Application:
        """The application itself."""
        assert self._app is not None
        return self._app

    async def start(self) -> None:
        self._app = create_app(self.settings)
        self._runner = Runner(self._app, self.settings, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.settings.port).start()
        self.settings = replace(self.settings, port=self._runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None


StartSite = Callable[..., Awaitable[Site]]


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    """A stand-in for Rasa."""
    with FakeRasa() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without cookies."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, to copy."""
    file = tmp_path_factory.mktemp("empty") / "site.db"
    upgrade(Settings(database_url=f"sqlite:///{file}"))
    return file


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_database: Path) -> str:
    """A database of its own."""
    shutil.copy(empty_database, tmp_path / "site.db")
    return f"sqlite:///{tmp_path / 'site.db'}"


@pytest.fixture
async def start_site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[StartSite]:
    """Starts sites and stops them at the end; keyword arguments are settings."""
    started: list[Site] = []
    backups = tmp_path / "backups"

    async def start(rasa_port: int, **changes: Any) -> Site:
        values = {
            "port": 0,
            "rasa_port": rasa_port,
            "actions_port": rasa_port,
            "database_url": sqlite_url,
            "shared_secret": SECRET,
            "limit_address": 0,
            "rasa_timeout": 5.0,
            "backup_dir": str(backups),
            **changes,
        }
        site = Site(Settings(**values))
        await site.start()
        started.append(site)
        return site

    yield start
    for site in started:
        await site.stop()


@pytest.fixture
async def site(rasa: FakeRasa, start_site: StartSite) -> Site:
    """The site over SQLite."""
    return await start_site(rasa.port)


@pytest.fixture
async def any_site(database_url: str, rasa: FakeRasa, start_site: StartSite) -> Site:
    """The site, once over SQLite and once over PostgreSQL."""
    return await start_site(rasa.port, database_url=database_url)


@pytest.fixture
async def member(site: Site, http: aiohttp.ClientSession) -> Member:
    """A member with an open conversation."""
    return await Member(http, site.url).open()
