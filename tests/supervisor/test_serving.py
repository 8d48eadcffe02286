"""The model in service is exchanged without a gap, and what goes wrong leaves the one that answers alone."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from settings import ROOT, Settings
from supervisor.journal import Journal
from supervisor.processes import Process, Supervisor
from supervisor.rasa import RasaServer
from supervisor.relay import Relay
from supervisor.serving import NotStartedError, Pace, Serving, Wanted
from tests.supervisor.stage import Stage, alive

PACE = Pace(patience=60, look=0.02, first=0.05, most=0.2, again=600)
PROGRAM = ROOT / "tests" / "supervisor" / "quick_rasa.py"


class QuickRasa(RasaServer):
    """Starts the stand-in."""

    def __init__(self, notes: Path) -> None:
        super().__init__(Settings(shared_secret="s"), ROOT, self._nothing)
        self.notes = notes

    async def _nothing(self, model_id: str) -> Path:
        raise NotImplementedError

    async def process(self, model_id: str, port: int) -> Process:
        if model_id.startswith("gone"):
            raise NotStartedError("Les fichiers de cette version ne sont plus conservés.")
        return Process("rasa", [sys.executable, str(PROGRAM), str(self.notes), model_id, str(port)])


class Served:
    """A running desk: supervisor, relay, and who keeps the wanted model answering."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self.said = io.StringIO()
        self.supervisor = Supervisor(journal=Journal(self.said, colour=False), grace=3)
        self.relay = Relay()
        self.serving = Serving(self.supervisor, self.relay, QuickRasa(folder / "rasa.pids"), pace)
        self.stage = Stage(folder)
        self.port = 0
        self.http: aiohttp.ClientSession

    async def ask(self, text: str = "bonjour") -> dict[str, Any] | None:
        """What is answered to a message; None where nobody answers."""
        url = f"http://127.0.0.1:{self.port}/webhooks/site/webhook"
        try:
            async with self.http.post(url, json={"text": text}) as response:
                answer: dict[str, Any] = await response.json()
                return answer
        except (aiohttp.ClientError, OSError):
            return None

    async def until_says(self, model: str) -> None:
        """Wait until a model answers."""
        while ((await self.ask()) or {}).get("model") != model:
            await asyncio.sleep(0.02)

    def running(self) -> list[int]:
        """Process ids of the stand-ins that run."""
        return [pid for pid in self.stage.pids("rasa") if alive(pid)]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something is so."""
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def opened(folder: Path, pace: Pace = PACE) -> AsyncIterator[Served]:
    desk = Served(folder, pace)
    desk.port = await desk.relay.start(0)
    running = asyncio.create_task(desk.supervisor.run())
    serving = asyncio.create_task(desk.serving.run())
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as desk.http:
        try:
            yield desk
        finally:
            desk.supervisor.stop()
            await asyncio.gather(running, serving)
            await desk.relay.close()
    assert desk.running() == []


Scene = Callable[[Served], Coroutine[Any, Any, None]]


def play(folder: Path, scene: Scene, pace: Pace = PACE) -> None:
    async def run() -> None:
        async with asyncio.timeout(90), opened(folder, pace) as desk:
            await scene(desk)

    asyncio.run(run())


def test_another_model_takes_over_and_the_first_comes_back(tmp_path: Path) -> None:
    async def scene(desk: Served) -> None:
        desk.serving.want(Wanted("un"))
        await desk.until_says("un")
        desk.serving.want(Wanted("deux", 1))
        await desk.until_says("deux")
        await desk.until(lambda: len(desk.running()) == 1 and desk.serving.present == "deux")
        desk.serving.want(Wanted("un", 2))
        await desk.until_says("un")
        await desk.until(lambda: len(desk.running()) == 1)
        assert desk.serving.coming is None and desk.serving.trouble == ""

    play(tmp_path, scene)


def test_nothing_is_lost_under_load_while_models_are_exchanged(tmp_path: Path) -> None:
    async def scene(desk: Served) -> None:
        answers: list[asyncio.Task[dict[str, Any] | None]] = []

        async def load() -> None:
            while True:
                answers.append(asyncio.create_task(desk.ask(str(len(answers)))))
                await asyncio.sleep(0.01)

        desk.serving.want(Wanted("slow-un"))
        await desk.until_says("slow-un")
        loading = asyncio.create_task(load())
        for decision, model in enumerate(("slow-deux", "trois", "slow-un"), 1):
            desk.serving.want(Wanted(model, decision))
            await desk.until_says(model)
        loading.cancel()
        said = await asyncio.gather(*answers)
        assert [answer and answer["text"] for answer in said] == [str(number) for number in range(len(said))]
        assert {answer["model"] for answer in said if answer} == {"slow-un", "slow-deux", "trois"}

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("broken", "La version broken n’a pas démarré (code 3)."),
        ("cold", "La version cold démarre, mais ne répond pas aux phrases d’essai."),
        ("gone", "Les fichiers de cette version ne sont plus conservés."),
    ],
)
def test_a_model_that_does_not_start_leaves_the_other_in_service(tmp_path: Path, model: str, why: str) -> None:
    async def scene(desk: Served) -> None:
        desk.serving.want(Wanted("un"))
        await desk.until_says("un")
        desk.serving.want(Wanted(model, 1))
        await desk.until(lambda: desk.serving.trouble)
        assert desk.serving.trouble == why and desk.serving.coming is None
        await desk.until(lambda: len(desk.running()) == 1)
        started = len(desk.stage.pids("rasa"))
        await desk.until_says("un")
        await asyncio.sleep(0.3)
        assert len(desk.stage.pids("rasa")) == started, "it is not tried without end"
        desk.serving.want(Wanted("deux", 2))
        await desk.until_says("deux")
        assert desk.serving.trouble == ""

    play(tmp_path, scene)


def test_a_model_that_never_answers_is_given_up(tmp_path: Path) -> None:
    async def scene(desk: Served) -> None:
        desk.serving.want(Wanted("un"))
        await desk.until_says("un")
        desk.serving._pace = replace(PACE, patience=1)
        desk.serving.want(Wanted("mute", 1))
        await desk.until(lambda: desk.serving.trouble)
        assert desk.serving.trouble == "La version mute ne répond pas après 1\u00a0s d’attente."
        await desk.until(lambda: len(desk.running()) == 1)
        await desk.until_says("un")

    play(tmp_path, scene)


def test_a_later_decision_for_the_same_model_tries_it_again(tmp_path: Path) -> None:
    async def scene(desk: Served) -> None:
        desk.serving.want(Wanted("un"))
        await desk.until_says("un")
        for decision in (1, 2):
            desk.serving.want(Wanted("broken", decision))
            while len(desk.stage.pids("rasa")) != 1 + decision:
                await asyncio.sleep(0.02)
            await desk.until(lambda: desk.serving.trouble and desk.serving.coming is None)
        desk.serving.want(Wanted("un", 3))
        await desk.until(lambda: not desk.serving.trouble)
        assert len(desk.running()) == 1

    play(tmp_path, scene)


def test_a_model_that_did_not_start_is_tried_again_after_a_pause(tmp_path: Path) -> None:
    async def scene(desk: Served) -> None:
        desk.serving.want(Wanted("broken"))
        await desk.until(lambda: len(desk.stage.pids("rasa")) >= 3)
        assert "Nouvel essai dans 0.05\u00a0s" in desk.said.getvalue()
        desk.serving.want(Wanted("un", 1))
        await desk.until_says("un")

    play(tmp_path, scene)


def test_one_that_dies_is_started_again_with_the_same_model(tmp_path: Path) -> None:
    async def scene(desk: Served) -> None:
        desk.serving.want(Wanted("un"))
        await desk.until_says("un")
        os.kill(desk.running()[0], signal.SIGKILL)
        await desk.until(lambda: len(desk.stage.pids("rasa")) == 2)
        await desk.until_says("un")
        assert "«\u00a0rasa\u00a0» s’est arrêté (signal SIGKILL)" in desk.said.getvalue()

    play(tmp_path, scene)


def test_the_one_that_answers_dies_while_another_does_not_come(tmp_path: Path) -> None:
    async def scene(desk: Served) -> None:
        desk.serving.want(Wanted("un"))
        await desk.until_says("un")
        desk.serving.want(Wanted("mute", 1))
        await desk.until(lambda: len(desk.running()) == 2)
        os.kill(desk.stage.pids("rasa")[0], signal.SIGKILL)
        await desk.until_says("un")
        assert desk.serving.coming == "mute"

    play(tmp_path, scene)


def test_everything_ends_also_in_the_middle_of_an_exchange(tmp_path: Path) -> None:
    async def scene(desk: Served) -> None:
        desk.serving.want(Wanted("un"))
        await desk.until_says("un")
        desk.serving.want(Wanted("mute", 1))
        await desk.until(lambda: len(desk.running()) == 2)

    play(tmp_path, scene)
