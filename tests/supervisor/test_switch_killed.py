"""Killed at any moment of an exchange, what was put online is served after the next start, and nothing is left over."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from database.migrate import upgrade
from database.storage import Storage
from releases import registry
from releases.hashes import present_code
from settings import ROOT, Settings
from supervisor.loopback import free_port
from tests.releases.conftest import KEY, Workshop, workshop
from tests.supervisor.stage import PATIENCE_S, Stage, alive, eventually

__all__ = ["workshop"]

SEED = 7
ROUNDS = 8
MODELS = ("un", "deux")
DRIVER = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from database.storage import Storage
from supervisor import following
from supervisor.processes import Supervisor
from supervisor.relay import Relay
from supervisor.serving import Serving
from tests.supervisor.test_serving import PACE, QuickRasa

async def main(notes, port, url):
    following.LOOK_EVERY_S = 0.02
    supervisor, relay, storage = Supervisor(grace=3), Relay(), Storage.open(url)
    serving = Serving(supervisor, relay, QuickRasa(Path(notes)), replace(PACE, again=0.1, again_most=0.1))
    await relay.start(int(port))
    follow = following.Following(supervisor, storage, serving, "ici")
    await asyncio.gather(supervisor.run(), serving.run(), follow.run())

asyncio.run(main(*sys.argv[1:]))
"""


class Machine:
    """A help desk's supervisor in a process of its own, over the stand-in for Rasa."""

    def __init__(self, folder: Path, url: str) -> None:
        self.stage = Stage(folder)
        self.port = free_port()
        self._command = [sys.executable, "-c", DRIVER, str(folder / "rasa.pids"), str(self.port), url]
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        """Start it."""
        self.process = subprocess.Popen(
            self._command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
        )
        return self.process

    def says(self) -> str:
        """The model that answers."""
        url = f"http://127.0.0.1:{self.port}/webhooks/site/webhook"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, json.dumps({"text": "x"}).encode())) as answer:
                return str(json.load(answer)["model"])
        except (OSError, urllib.error.URLError, ValueError):
            return ""

    def running(self) -> list[int]:
        """Process ids of the stand-ins that run."""
        return [pid for pid in self.stage.pids("rasa") if alive(pid)]


@pytest.fixture
def url(tmp_path: Path, workshop: Workshop) -> str:
    """A database that holds two models."""
    address = f"sqlite:///{tmp_path / 'desk.db'}"
    upgrade(Settings(database_url=address))

    async def fill() -> None:
        storage = Storage.open(address)
        for model_id in MODELS:
            made = workshop.model(id=model_id, size=1_000, code_hash=present_code())
            async with storage.write() as session:
                await registry.register_model(session, made, KEY)
        await storage.close()

    asyncio.run(fill())
    return address


def _put_online(url: str, model_id: str) -> None:
    async def decide() -> None:
        storage = Storage.open(url)
        async with storage.write() as session:
            await registry.put_online(session, model_id, None)
        await storage.close()

    asyncio.run(decide())


def test_whoever_is_killed_during_an_exchange_what_is_online_is_served_afterwards(tmp_path: Path, url: str) -> None:
    chance = random.Random(SEED)
    _put_online(url, MODELS[0])
    machine = Machine(tmp_path, url)
    try:
        assert eventually(lambda: machine.says() == MODELS[0])
        for turn in range(1, ROUNDS + 1):
            wanted = MODELS[turn % 2]
            _put_online(url, wanted)
            time.sleep(chance.uniform(0, 0.6))
            victim = chance.choice(("supervisor", "rasa"))
            if victim == "supervisor":
                machine.process.kill()
                machine.process.wait(PATIENCE_S)
                assert eventually(lambda: not machine.running()), "a killed supervisor leaves nothing behind"
                machine.start()
            elif left := machine.running():
                with contextlib.suppress(ProcessLookupError):  # the one that goes may be gone by now
                    os.kill(chance.choice(left), signal.SIGKILL)
            assert eventually(lambda: machine.says() == wanted), (turn, victim)  # noqa: B023
            assert eventually(lambda: len(machine.running()) == 1), (turn, victim)
    finally:
        machine.process.terminate()
        machine.process.wait(PATIENCE_S)
    assert eventually(lambda: not machine.running())
