"""`/health`: one word for each part, whatever the parts do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from releases.serving import report, sign_off
from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Site, StartSite
from website import health as module

UP = {"status": "ok", "bot": "ok", "actions": "ok", "database": "ok"}


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)


async def words(site: Site, http: aiohttp.ClientSession) -> dict[str, Any]:
    async with http.get(f"{site.url}/health") as response:
        assert response.status == 200
        body: dict[str, Any] = await response.json()
        return body


class Actions:
    """A stand-in for the action server's health check."""

    async def __call__(self) -> int:
        """Start, and give the port."""

        async def answer(request: web.Request) -> web.Response:
            return web.json_response({"status": "ok"})

        app = web.Application()
        app.router.add_get("/health", answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        port: int = self.runner.addresses[0][1]
        return port


@pytest.fixture
async def actions() -> AsyncIterator[Actions]:
    made = Actions()
    yield made
    await made.runner.cleanup()


async def test_all_parts(start_site: StartSite, actions: Actions, http: aiohttp.ClientSession, rasa: FakeRasa) -> None:
    rasa.away = True
    site = await start_site(rasa.port, actions_port=await actions())
    assert await words(site, http) == {"status": "starting", "bot": "starting", "actions": "ok", "database": "ok"}
    rasa.away = False
    assert await words(site, http) == UP
    rasa.away = True
    assert await words(site, http) == {"status": "degraded", "bot": "down", "actions": "ok", "database": "ok"}
    await actions.runner.cleanup()
    assert (await words(site, http))["actions"] == "down"


async def test_a_machine_without_a_model_to_serve_is_down_not_starting(
    start_site: StartSite, actions: Actions, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    rasa.away = True
    site = await start_site(rasa.port, actions_port=await actions())
    async with site.storage.write() as session:
        await report(session, "ici:5005", None, None, "Rien à servir.")
    assert (await words(site, http))["bot"] == "down"
    async with site.storage.write() as session:
        await sign_off(session, "ici:5005")
    assert (await words(site, http))["bot"] == "starting"


@pytest.mark.services
async def test_database_away(
    postgres_url: str,
    postgres_server: Any,
    start_site: StartSite,
    actions: Actions,
    http: aiohttp.ClientSession,
    rasa: FakeRasa,
) -> None:
    site = await start_site(rasa.port, actions_port=await actions(), database_url=postgres_url)
    assert await words(site, http) == UP
    name = postgres_url.rpartition("/")[2].partition("?")[0]
    postgres_server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    postgres_server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    assert await words(site, http) == {**UP, "status": "degraded", "database": "down"}
    for path, status in (("/health/ready", 503), ("/health/live", 200)):
        async with http.get(site.url + path) as response:
            assert response.status == status
    postgres_server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert (await words(site, http))["database"] == "ok"
