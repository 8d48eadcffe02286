"""The check of containers: a part that answers is well, one that is away, starting or refuses is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from scripts.health import answers, main
from settings import SECRET_HEADER, Settings
from supervisor.loopback import free_port
from supervisor.parts import Part
from supervisor.probes import CALLED

SECRET = "Pq7-xK2vLw9Zt4Rb8Nc3Hd6Yf1Gj5"


class Machine:
    """What answers on the ports of all parts."""

    def __init__(self) -> None:
        port = free_port()
        self.settings = Settings(port=port, rasa_port=port, actions_port=port, shared_secret=SECRET)
        self.status = 200
        self.heard: list[tuple[str, str | None]] = []

    async def answer(self, request: web.Request) -> web.Response:
        """Note the call."""
        self.heard.append((request.path, request.headers.get(SECRET_HEADER)))
        return web.json_response({}, status=self.status)


@pytest.fixture
async def machine() -> AsyncIterator[Machine]:
    """A running one."""
    machine = Machine()
    app = web.Application()
    app.router.add_get("/{path:.*}", machine.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", machine.settings.port).start()
    yield machine
    await runner.cleanup()


@pytest.mark.parametrize("part", CALLED)
async def test_a_part_is_well_once_it_takes_calls(machine: Machine, part: Part) -> None:
    assert await asyncio.to_thread(answers, machine.settings, part)
    machine.status = 503
    assert not await asyncio.to_thread(answers, machine.settings, part)
    assert not await asyncio.to_thread(answers, Settings(port=1, rasa_port=1, actions_port=1), part)


async def test_only_rasa_is_told_the_secret(machine: Machine) -> None:
    for part in CALLED:
        await asyncio.to_thread(answers, machine.settings, part)
    assert machine.heard == [("/health/ready", None), ("/webhooks/site/", SECRET), ("/health", None)]


async def test_the_command_says_it_by_its_exit_code(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(machine.settings.port))
    assert await asyncio.to_thread(main, ["site"]) == 0
    machine.status = 500
    assert await asyncio.to_thread(main, ["site"]) == 1


@pytest.mark.parametrize("arguments", [[], ["nginx"], ["site", "rasa"]])
def test_what_is_no_part_is_refused(arguments: list[str]) -> None:
    assert main(arguments) == 2


def test_a_secret_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHARED_SECRET_FILE", "/nowhere/shared-secret")
    monkeypatch.delenv("SHARED_SECRET", raising=False)
    assert main(["rasa"]) == 2
    assert "SHARED_SECRET_FILE" in capsys.readouterr().err
