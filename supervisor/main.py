"""What `make serve` starts, and in which order; `python -m supervisor site` and the like start a part of it."""

from __future__ import annotations

import asyncio
import sys
import time
import urllib.request
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from database.storage import Storage
from releases.signing import model_key
from settings import ROOT, SettingError, Settings
from supervisor.choice import FirstModel
from supervisor.front import Front, machine_name
from supervisor.keeper import Keeper
from supervisor.lists import Lists
from supervisor.model import data_folder
from supervisor.parts import ALL, Part, UnknownPartError, read_parts
from supervisor.ports import PortError, check_ports
from supervisor.processes import OWN_NAME, Process, Supervisor
from supervisor.rasa import PROBE_TIMEOUT_S, answers
from supervisor.surroundings import base_environment, current_environment, with_secret
from supervisor.trainings import COMPARE, POLITE, Trainings

PROBE_EVERY_S = 0.3
RETRY_FIRST_S = 10.0
RETRY_MOST_S = 300.0


class Desk:
    """The help desk: database, site, action server, Rasa, trainings.

    Args:
        settings: All of them.
        root: The checkout.
        parts: What runs here; the others run elsewhere over the same database.
    """

    def __init__(self, settings: Settings, root: Path = ROOT, parts: frozenset[Part] = ALL) -> None:
        """Prepare; nothing is started yet."""
        self.parts = parts
        self.settings = with_secret(settings)
        self.root = root
        self.supervisor = Supervisor()
        self._lists = None if self.settings.data_owner else Lists(self.supervisor, data_folder(root))
        shared = self._lists.environment if self._lists is not None else {}
        self.environment = {**current_environment(self.settings), **shared}
        self.front = Front(self.supervisor, self.settings, root, shared)
        self.failed = False
        self._key = model_key(self.settings)
        self._prepared = asyncio.Event()
        if Part.SITE not in parts:  # the site prepares the database; who needs it waits for it
            self._prepared.set()

    async def run(self) -> int:
        """Run until told to stop.

        Returns:
            The exit code.
        """
        if Part.RASA in self.parts:
            await self.front.open()
        chains = [asyncio.create_task(chain) for chain in self._chains()]
        await self.supervisor.run()
        await asyncio.gather(*chains)
        await self.front.close()
        if self._lists is not None:
            self._lists.close()
        self._say("Tout est arrêté.")
        return 1 if self.failed else 0

    def _chains(self) -> list[Coroutine[Any, Any, None]]:
        """What is started one after the other, each beside the others."""
        chains = [self._serve_site() if Part.SITE in self.parts else self._serve_actions()]
        if self.parts & {Part.RASA, Part.TRAININGS}:
            chains.append(self._serve_assistant())
        if self._lists is not None:
            chains.append(self._follow_lists(self._lists))
        return chains

    def _say(self, text: str) -> None:
        self.supervisor.journal.line(OWN_NAME, text)

    def _python(self, name: str, *arguments: str) -> Process:
        return Process(name, [sys.executable, *arguments], self.environment, self.root)

    async def _follow_lists(self, lists: Lists) -> None:
        if await self._prepared_database():
            storage = Storage.open(self.settings.database_url)
            await lists.run(storage)
            await storage.close()

    async def _serve_site(self) -> None:
        if await self.supervisor.run_once(self._python("données", "-m", "database.migrate")):
            if not self.supervisor.is_stopping():
                self._say("La base de données n’a pas pu être préparée (l’erreur est ci-dessus).")
                self.failed = True
                self.supervisor.stop()
            return
        self._prepared.set()
        importing = self._python("données", "-m", "directory.importer")
        if self.settings.data_owner and await self.supervisor.run_once(importing):
            self._say("L’annuaire n’a pas été mis à jour (les fautes sont ci-dessus)\u00a0; l’ancien reste en service.")
        if self.supervisor.is_stopping():
            return
        self.supervisor.watch(self._python("site", "-m", "website"))
        await self._serve_actions()
        host = self.settings.host if self.settings.host not in ("0.0.0.0", "::", "") else "127.0.0.1"
        address = f"http://{f'[{host}]' if ':' in host else host}:{self.settings.port}"
        if await self._answered(urllib.request.Request(address + "/")):
            self._say(f"Le guichet répond sur {address}")

    async def _serve_actions(self) -> None:
        if Part.ACTIONS in self.parts:
            self.supervisor.watch(self._python("actions", "-m", "actions"))

    async def _serve_assistant(self) -> None:
        began = time.monotonic()
        setup = Process("install", [*POLITE, sys.executable, "scripts/setup.py", "rasa"], base_environment(), self.root)
        delay = RETRY_FIRST_S
        while await self.supervisor.run_once(setup):
            if not self.supervisor.is_stopping():
                self._say(f"Rasa n’a pas pu être installé\u00a0; nouvel essai dans {delay:g}\u00a0s.")
            if not await self.supervisor.sleep(delay):
                return
            delay = min(delay * 2, RETRY_MOST_S)
        if not await self._prepared_database():
            return
        storage = Storage.open(self.settings.database_url)
        await asyncio.gather(self._look_after_models(storage), self._serve_model(storage, began))
        await storage.close()

    async def _prepared_database(self) -> bool:
        """Wait until the tables are there.

        Returns:
            False where everything is being ended before.
        """
        while not self._prepared.is_set():
            if not await self.supervisor.sleep(PROBE_EVERY_S):
                return False
        return True

    async def _serve_model(self, storage: Storage, began: float) -> None:
        """Choose a model and serve it; who only trains sees to it that there is one."""
        if Part.RASA not in self.parts and not self._trains:
            return
        name = machine_name(self.settings)
        choice = FirstModel(self.supervisor, storage, self.root, self._key, self._trains, name)
        model_id = await choice.choose()
        if model_id is not None and Part.RASA in self.parts:
            await self.front.serve(model_id, began)

    @property
    def _trains(self) -> bool:
        return self.settings.data_owner and Part.TRAININGS in self.parts

    async def _look_after_models(self, storage: Storage) -> None:
        """Remove files of models that are retired, and run trainings where this instance owns the data."""
        tasks = [Keeper(storage, self.root, self._key).run(self.supervisor)]
        if self._trains:
            name = machine_name(self.settings)
            trainings = Trainings(
                self.supervisor, storage, self.root, self._key, name, self.environment, compare=COMPARE
            )
            tasks.append(trainings.run())
        await asyncio.gather(*tasks)

    async def _answered(self, probe: urllib.request.Request) -> bool:
        """Wait until a request is answered, whatever the status.

        Returns:
            False where everything is being ended before it does.
        """
        while not self.supervisor.is_stopping():
            if await asyncio.to_thread(answers, probe, PROBE_TIMEOUT_S, any_status=True):
                return True
            await self.supervisor.sleep(PROBE_EVERY_S)
        return False


def main(arguments: Sequence[str] = ()) -> int:
    """Check settings and ports, then run everything, or the parts that are named.

    Returns:
        The exit code.
    """
    try:
        parts = read_parts(arguments)
        settings = Settings.from_environment()
        settings.check_secrets()
        check_ports(settings, parts)
    except UnknownPartError as error:
        print(error, file=sys.stderr)
        return 2
    except SettingError as error:
        print(f"Un réglage n’est pas valable\u00a0: {error}", file=sys.stderr)
        return 1
    except PortError as error:
        print(error, file=sys.stderr)
        return 1

    async def run() -> int:
        return await Desk(settings, parts=parts).run()

    try:
        return asyncio.run(run())
    except PortError as error:
        print(error, file=sys.stderr)
        return 1
