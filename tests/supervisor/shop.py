"""A runner of trainings over a small checkout, and what the studio asks of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from database.storage import Storage
from releases import registry, wishes
from releases.hashes import code_hash
from releases.models import Training, TrainingCause, TrainingStatus
from supervisor import model
from supervisor.processes import Supervisor
from supervisor.surroundings import base_environment
from supervisor.trainings import Trainings
from tests.supervisor.stage import PATIENCE_S

KEY = b"k" * 32
ACCOUNT = "a" * 32
OVER = (TrainingStatus.DONE, TrainingStatus.FAILED, TrainingStatus.CANCELLED)


class Shop:
    """A runner over a small checkout, and what the studio asks of it."""

    def __init__(self, root: Path, rasa: Path, url: str) -> None:
        self.root = root
        self.rasa = rasa
        self.beside = rasa.parent
        self.url = url
        self.storage = Storage.open(url)
        self.supervisors: list[tuple[Supervisor, asyncio.Task[None]]] = []

    def runner(self, machine: str = "here:1", compare: list[str] | None = None) -> Supervisor:
        """Start a runner."""
        supervisor = Supervisor(grace=2)
        command = [sys.executable, str(self.rasa)]
        trainings = Trainings(
            supervisor, self.storage, self.root, KEY, machine, base_environment(), command, compare or []
        )
        self.supervisors.append((supervisor, asyncio.create_task(trainings.run())))
        return supervisor

    async def close(self) -> None:
        """End all runners."""
        for supervisor, task in self.supervisors:
            supervisor.stop()
            await task
            await supervisor._dismiss_guard()
        await self.storage.close()

    async def ask(self, cause: TrainingCause = TrainingCause.ASKED, go_online: bool = False) -> int:
        """Ask for a training."""
        async with self.storage.write() as session:
            return (await wishes.request_training(session, ACCOUNT, cause, go_online)).id

    async def get(self, training_id: int) -> Training:
        """A training as it is now."""
        async with self.storage.read() as session:
            return await session.get_one(Training, training_id)

    async def over(self, training_id: int) -> Training:
        """A training once it has ended."""

        async def ended() -> bool:
            return (await self.get(training_id)).status in OVER

        await eventually(ended)
        return await self.get(training_id)

    async def online(self) -> str | None:
        """What is in service."""
        async with self.storage.read() as session:
            found = await registry.online(session, code_hash(self.root))
        return found.id if found else None

    def hold(self, stage: str = "") -> None:
        """Keep trainings at a stage."""
        (self.beside / "hold").write_text(stage)

    def go_on(self) -> None:
        """Let them go on."""
        (self.beside / "hold").unlink()

    def edit(self, content: str) -> None:
        """Change an example file."""
        (self.root / "data/nlu/aides.yml").write_text(content)

    async def at(self, training_id: int, stage: str) -> Training:
        """A training once it has told that it is at a stage."""

        async def there() -> bool:
            return (await self.get(training_id)).stage == stage

        await eventually(there)
        return await self.get(training_id)

    def pid(self) -> int:
        """Of the stand-in for Rasa that was started last."""
        return int((self.beside / "pids").read_text().split()[-1])

    def files(self) -> list[str]:
        """What stands in the folder of models."""
        return sorted(path.name for path in (self.root / "models").iterdir() if path.name != model.LOCK)


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition comes true."""
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():
            await asyncio.sleep(0.05)
