"""The one address of Rasa on this machine, and all that stands behind it."""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from database.storage import Storage
from releases.signing import model_key
from settings import Settings
from supervisor.following import Archives, Following
from supervisor.model import MODELS
from supervisor.ports import PortError, taken
from supervisor.processes import OWN_NAME, Supervisor
from supervisor.rasa import RasaServer, unpacked
from supervisor.relay import Relay
from supervisor.serving import Serving, Wanted

LOOK_EVERY_S = 0.1
HOST_CHARACTERS = 60
"""Of the host's name, in the name of this machine."""


class Front:
    """Serves the model that was chosen first, then whatever is put online.

    Args:
        supervisor: Runs the processes.
        settings: Give the address, the database and the secrets.
        root: The checkout.
        environment: What Rasa is started with beside its own.
    """

    def __init__(
        self, supervisor: Supervisor, settings: Settings, root: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._supervisor = supervisor
        self._settings = settings
        self._root = root
        self._environment = environment or {}
        self._relay = Relay()

    async def open(self) -> None:
        """Take the address; who calls is hung up on until a model answers.

        Raises:
            PortError: It was taken meanwhile.
        """
        port = self._settings.rasa_port
        try:
            await self._relay.start(port, self._settings.rasa_host)
        except OSError as error:
            raise PortError(taken("RASA_PORT", "Rasa", port)) from error

    async def close(self) -> None:
        """Give the address back."""
        await self._relay.close()

    async def serve(self, model_id: str, began: float) -> None:
        """Serve until the supervisor stops.

        Args:
            model_id: The first model.
            began: When everything was started, on the monotonic clock.
        """
        # What a supervisor that was killed itself left.
        await asyncio.to_thread(shutil.rmtree, unpacked(self._root, self._settings), ignore_errors=True)
        storage = Storage.open(self._settings.database_url)
        archives = Archives(storage, self._root / MODELS, model_key(self._settings))
        rasa = RasaServer(self._settings, self._root, archives.fetch, self._environment)
        serving = Serving(self._supervisor, self._relay, rasa)
        serving.want(Wanted(model_id))
        following = Following(self._supervisor, storage, serving, machine_name(self._settings))
        await asyncio.gather(serving.run(), following.run(), self._say_when_ready(serving, began))
        await storage.close()

    async def _say_when_ready(self, serving: Serving, began: float) -> None:
        while serving.present is None:
            if not await self._supervisor.sleep(LOOK_EVERY_S):
                return
        text = f"L’assistant est prêt ({time.monotonic() - began:.0f}\u00a0s après le départ)."
        self._supervisor.journal.line(OWN_NAME, text)


def machine_name(settings: Settings) -> str:
    """How the database names this machine: its host, and the port that no other help desk has there."""
    return f"{socket.gethostname()[:HOST_CHARACTERS]}:{settings.rasa_port}"
