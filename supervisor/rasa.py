"""How Rasa is started, and asked whether it answers."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from settings import SECRET_HEADER, Settings
from supervisor import model
from supervisor.loopback import LOOPBACK
from supervisor.processes import Process
from supervisor.surroundings import rasa_environment

PROBE_TIMEOUT_S = 2.0
WARM_TIMEOUT_S = 60.0

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class RasaServer:
    """Rasa as the help desk serves it: our channels on a port of the loopback interface, behind the secret.

    Args:
        settings: Give the secret and what else its environment needs.
        root: The checkout.
        archive: Gives the archive of a model; raises `NotStartedError` where there is none.
        environment: What it is started with beside its own.
    """

    def __init__(
        self,
        settings: Settings,
        root: Path,
        archive: Callable[[str], Awaitable[Path]],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._settings = settings
        self._root = root
        self._archive = archive
        self._environment = environment or {}

    async def process(self, model_id: str, port: int) -> Process:
        """The command that serves a model.

        Raises:
            NotStartedError: There is no such model here.
        """
        archive = await self._archive(model_id)
        files = ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--model", str(archive)]
        command = [*model.rasa_command(self._root), "run", "-i", LOOPBACK, "-p", str(port), *files]
        scratch = unpacked(self._root, self._settings) / str(port)
        environment = {**rasa_environment(self._settings), **self._environment}
        return Process("rasa", command, environment, self._root, scratch=scratch)

    async def ready(self, port: int) -> bool:
        """Whether it can answer."""
        return await asyncio.to_thread(answers, self._request(port, "/"), PROBE_TIMEOUT_S)

    async def warm(self, port: int) -> bool:
        """Have it read and answer a few sentences that nobody keeps; whether it did."""
        return await asyncio.to_thread(answers, self._request(port, "/warm", "POST"), WARM_TIMEOUT_S)

    def _request(self, port: int, path: str, method: str = "GET") -> urllib.request.Request:
        headers = {SECRET_HEADER: self._settings.shared_secret}
        return urllib.request.Request(f"http://{LOOPBACK}:{port}/webhooks/site{path}", headers=headers, method=method)


def unpacked(root: Path, settings: Settings) -> Path:
    """Where the models that this machine's Rasa serve lie unpacked, sentences and all: nothing may be left there."""
    return root / "var" / "unpacked" / str(settings.rasa_port)


def answers(request: urllib.request.Request, timeout: float, any_status: bool = False) -> bool:
    """Whether a request is answered, with a status of success unless any will do."""
    try:
        with _direct.open(request, timeout=timeout):
            return True
    except urllib.error.HTTPError:
        return any_status
    except (OSError, ValueError, http.client.HTTPException):
        return False
