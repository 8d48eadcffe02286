"""Runs all units, and restarts them one after the other."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from cluster.layout import Layout
from cluster.unit import Unit
from settings import ROOT
from supervisor.descent import descendants
from supervisor.loopback import LOOPBACK
from supervisor.processes import OWN_NAME, Backoff, Control, Process, Supervisor
from supervisor.rasa import answers

STATE = "processes.json"
PROBE_S = 0.2
PROBE_TIMEOUT_S = 2.0
START_S = 180.0
"""A model is loaded in far less, unless it has to be trained first: then it is waited for without an end."""
GRACE_S = 40.0
"""A part that is told to end tells those behind it first."""
PREPARE = ("database.migrate", "directory.importer")


class RestartError(RuntimeError):
    """A part did not come back; the others were left alone. The message is a French sentence."""


class _Kept:
    """A unit that is started again whenever it ends, and can be told to."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.control = Control()

    async def keep(self, supervisor: Supervisor, backoff: Backoff) -> None:
        delay = backoff.first
        while not supervisor.is_stopping():
            began = time.monotonic()
            await supervisor.run_once(self.unit.process, self.control)
            asked, self.control = self.control.ended.is_set(), Control()
            if asked or time.monotonic() - began >= backoff.steady:
                delay = backoff.first
            if not asked:
                await supervisor.sleep(delay)
                delay = min(delay * 2, backoff.most)

    async def is_ready(self) -> bool:
        if self.control.pid is None:
            return False
        if self.unit.probe is not None:
            return await asyncio.to_thread(answers, self.unit.probe, PROBE_TIMEOUT_S)
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, self.unit.port)
        except OSError:
            return False
        writer.close()
        return True


class Cluster:
    """All processes of a layout.

    Args:
        layout: What to run.
        folder: Takes `processes.json`: the id of each process, for whoever measures or restarts.
    """

    def __init__(self, layout: Layout, folder: Path) -> None:
        self.supervisor = Supervisor(grace=GRACE_S)
        self._layout = layout
        self._state = folder / STATE
        self._kept = {unit.name: _Kept(unit) for unit in (*layout.stores, *layout.parts, layout.front)}
        self._restarts = 0
        self._trouble = ""
        self._restarting = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self.ready = asyncio.Event()
        self.failed = False

    async def run(self) -> None:
        """Start everything, and run it until it is told to stop; then nothing of it is left."""
        starting = asyncio.create_task(self._start())
        try:
            await self.supervisor.run()
        finally:
            await asyncio.wait([starting, *self._tasks])
            self._state.unlink(missing_ok=True)
        starting.result()

    def say(self, text: str) -> None:
        """Print a line of our own."""
        self.supervisor.journal.line(OWN_NAME, text)

    def process_ids(self) -> dict[str, list[int]]:
        """Of each unit: its process, then all that it started."""
        return {
            name: [kept.control.pid, *descendants(kept.control.pid)]
            for name, kept in self._kept.items()
            if kept.control.pid is not None
        }

    async def restart(self) -> None:
        """Restart each part once the one before it is ready again; the stores and nginx stay.

        Raises:
            RestartError: One does not come back.
        """
        async with self._restarting:
            for unit in self._layout.parts:
                await self._restart(self._kept[unit.name])
            self._restarts += 1

    async def restart_told(self) -> None:
        """Restart all parts and print how that went."""
        began = time.monotonic()
        if not self.ready.is_set():
            return
        self._trouble = ""
        try:
            await self.restart()
            self.say(f"Chaque processus a redémarré ({time.monotonic() - began:.0f}\u00a0s).")
        except RestartError as error:
            self._trouble = str(error)
            self.say(self._trouble)
        self._write_state()

    async def _restart(self, kept: _Kept) -> None:
        self.say(f"{kept.unit.name} redémarre…")
        before = kept.control
        before.end()
        while kept.control is before:
            if not await self.supervisor.sleep(PROBE_S):
                return
        if not await self._until_ready(kept, START_S):
            raise RestartError(f"{kept.unit.name} ne répond plus\u00a0; les autres processus n’ont pas été arrêtés.")
        self._write_state()

    async def _start(self) -> None:
        try:
            await self._start_units(self._layout.stores)
            for module in PREPARE:
                command = [*self._layout.parts[0].process.command[:1], "-m", module]
                if await self.supervisor.run_once(Process("données", command, self._layout.environment, ROOT)):
                    self._give_up("La base de données n’a pas pu être préparée (l’erreur est ci-dessus).")
                    return
            await self._start_units([*self._layout.parts, self._layout.front])
        except BaseException:
            self.supervisor.stop()
            raise
        if not self.supervisor.is_stopping():
            self.ready.set()
            self._write_state()
            self._say_all()

    def _give_up(self, why: str) -> None:
        if not self.supervisor.is_stopping():
            self.say(why)
            self.failed = True
            self.supervisor.stop()

    async def _start_units(self, units: Sequence[Unit]) -> None:
        for unit in units:
            task = asyncio.create_task(self._kept[unit.name].keep(self.supervisor, Backoff()))
            self._tasks.append(task)
        self._write_state()
        for unit in units:
            await self._until_ready(self._kept[unit.name])

    async def _until_ready(self, kept: _Kept, patience: float = float("inf")) -> bool:
        end = time.monotonic() + patience
        while time.monotonic() < end and await self.supervisor.sleep(PROBE_S):
            if await kept.is_ready():
                return True
        return False

    def _write_state(self) -> None:
        state = {
            "pid": os.getpid(),
            "address": f"http://{LOOPBACK}:{self._layout.front.port}",
            "ready": self.ready.is_set(),
            "restarts": self._restarts,
            "trouble": self._trouble,
            "processes": {
                name: {"port": self._kept[name].unit.port, "pids": pids} for name, pids in self.process_ids().items()
            },
        }
        draft = self._state.with_suffix(".new")
        draft.write_text(json.dumps(state, indent=1), "utf-8")
        draft.replace(self._state)

    def _say_all(self) -> None:
        self.say(f"Le guichet répond sur http://{LOOPBACK}:{self._layout.front.port}")
        for name, (first, *others) in self.process_ids().items():
            port = self._kept[name].unit.port
            self.say(f"  {name:<10} port {port:<6} processus {first} {' '.join(map(str, others))}".rstrip())
