"""Answer times while models are trained and exchanged: `python -m bench.switch`.

It runs the whole help desk over a database of its own, has members write through the website API, and prints how long
their answers take idle, during a training, and while one model gives way to another and back; then whether a message
was lost, doubled or answered out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from bench.calls import Client, is_healthy
from bench.load.ledger import Faults, Sent
from bench.load.steady import Load
from bench.machine import describe as machine
from bench.plan import Plan
from bench.servers import Server, leave_nothing_behind, wait_until
from bench.serving import bench_settings, desk_environment, located_questions, python
from bench.statistics import spread
from database.storage import Storage
from releases import registry, wishes
from releases.archives import archive_path
from releases.models import RasaInstance, Training, TrainingStatus
from releases.signing import model_key
from settings import ROOT, Settings
from supervisor import model

PATIENCE_S = 1_800.0
IDLE, TRAINING, SWITCHING, BETWEEN = "idle", "training", "switching", "between"
AFTER_S = 3.0
"""After a switch, while the process that went is drained: counts as part of it."""
COPY = "modele-du-banc"


@dataclass
class Phase:
    """What goes on; the load asks."""

    now: str = BETWEEN


class Play:
    """What is done to the help desk while members write.

    Args:
        storage: Its database.
        settings: Its settings.
        phase: Is told what goes on.
        data: Its data files, a copy.
    """

    def __init__(self, storage: Storage, settings: Settings, phase: Phase, data: Path) -> None:
        self._storage = storage
        self._data = data
        self._key = model_key(settings)
        self._phase = phase

    async def idle(self, seconds: float) -> None:
        """Nothing happens."""
        self._phase.now = IDLE
        await asyncio.sleep(seconds)
        self._phase.now = BETWEEN

    async def training(self) -> str:
        """A training runs from start to end, of data that have changed; how it ended."""
        self._phase.now = TRAINING
        with (self._data / "categories.yml").open("a", encoding="utf-8") as file:
            file.write("# so that no model fits\n")
        async with self._storage.write() as session:
            asked = await wishes.request_training(session, None)
        while True:
            await asyncio.sleep(1)
            async with self._storage.read() as session:
                training = await session.get_one(Training, asked.id)
            if training.status not in (TrainingStatus.QUEUED, TrainingStatus.RUNNING):
                break
        self._phase.now = BETWEEN
        return training.status.value

    async def second_model(self) -> tuple[str, str]:
        """The model in service, and a copy of it under another name."""
        served = await self._serves()
        record = served and model.read_record(ROOT / model.MODELS / f"{served}.json")
        if not record:
            raise RuntimeError(f"what is served, {served}, has no record")
        made = registry.MadeModel(
            record.id, record.path, record.data_hash, record.code_hash, datetime.fromisoformat(record.made)
        )
        for model_id in (made.id, COPY):
            async with self._storage.write() as session:
                await registry.register_model(session, replace(made, id=model_id), self._key)
        return made.id, COPY

    async def switching(self, times: int, pause: float) -> list[float]:
        """One model gives way to another, and back.

        Returns:
            Seconds from each decision until the other model answered.
        """
        models = await self.second_model()
        taken = []
        for turn in range(times):
            wanted = models[(turn + 1) % 2]
            self._phase.now = SWITCHING
            began = time.monotonic()
            async with self._storage.write() as session:
                await registry.put_online(session, wanted, None)
            while await self._serves() != wanted:
                await asyncio.sleep(0.2)
            taken.append(time.monotonic() - began)
            await asyncio.sleep(AFTER_S)
            self._phase.now = BETWEEN
            await asyncio.sleep(pause)
        return taken

    async def _serves(self) -> str | None:
        async with self._storage.read() as session:
            row = await session.scalar(select(RasaInstance))
        if row is not None and row.trouble:
            raise RuntimeError(row.trouble)
        return row.model_id if row else None


def summary(sent: Sequence[Sent], faults: Faults) -> str:
    """The table, and what went wrong."""
    lines = ["| while | messages | p50 ms | p95 ms | longest ms |", "|---|---|---|---|---|"]
    for phase in (IDLE, TRAINING, SWITCHING):
        seconds = [row.answered - row.at for row in sent if row.phase == phase and row.answered is not None]
        if seconds:
            found = spread(seconds)
            lines.append(f"| {phase} | {found['n']} | {found['p50']} | {found['p95']} | {1000 * max(seconds):.0f} |")
    lines.append("")
    lines.append(
        f"{len(sent)} messages: {faults.refused} refused, {faults.lost} lost, {faults.doubled} doubled, "
        f"{faults.out_of_order} out of order"
    )
    return "\n".join(lines)


async def _measure(settings: Settings, options: argparse.Namespace) -> bool:
    storage = Storage.open(settings.database_url)
    phase = Phase()
    play = Play(storage, settings, phase, options.folder / "data")
    texts = located_questions(Plan())
    load = Load(f"http://127.0.0.1:{settings.port}", texts, options.rate, options.members, lambda: phase.now)
    stop = asyncio.Event()
    writing = asyncio.create_task(load.run(stop))
    await asyncio.sleep(5)
    await play.idle(options.idle)
    if options.training:
        print(f"training: {await play.training()}", flush=True)
    taken = await play.switching(options.switches, options.pause)
    print("switches, seconds each: " + ", ".join(f"{seconds:.1f}" for seconds in taken), flush=True)
    await play.idle(options.idle)
    stop.set()
    sent = await writing
    faults = await load.check()
    print(summary(sent, faults), flush=True)
    await storage.close()
    return not faults


def main() -> int:
    """Run it.

    Returns:
        0 where no message was lost, doubled or answered out of order.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.switch", description=__doc__)
    parser.add_argument("--rate", type=float, default=5.0, help="messages a second")
    parser.add_argument("--members", type=int, default=15, help="so many write in turn")
    parser.add_argument("--idle", type=float, default=20.0, help="seconds of rest before and after")
    parser.add_argument("--switches", type=int, default=6)
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between two of them")
    parser.add_argument("--training", action="store_true", help="have a training run too")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench" / "switch")
    options = parser.parse_args()
    leave_nothing_behind()
    shutil.rmtree(options.folder, ignore_errors=True)
    settings = bench_settings(options.folder)
    shutil.copytree(ROOT / "data", options.folder / "data")
    environment = desk_environment(settings) | {"DATA_DIR": str(options.folder / "data")}
    settings = Settings.from_environment(environment)
    print(machine(), flush=True)
    try:
        with Server(python("supervisor"), options.folder / "desk.log", ROOT, environment) as desk:
            client = Client(settings.port)
            wait_until(lambda: is_healthy(client), [desk], PATIENCE_S)
            client.close()
            well = asyncio.run(_measure(settings, options))
    finally:
        archive_path(ROOT / "models", COPY).unlink(missing_ok=True)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
