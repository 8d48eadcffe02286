"""`python -m cluster` (`make cluster`): everything twice behind nginx; `… restart` restarts it bit by bit."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cluster.layout import lay_out
from cluster.nginx import find_nginx
from cluster.running import STATE, Cluster
from cluster.stores import StoreError, find_stores
from settings import ROOT, SettingError, Settings
from supervisor.ports import PortError, check_ports
from supervisor.surroundings import with_secret

FOLDER = ROOT / "var" / "cluster"
USAGE = "Usage\u00a0: python -m cluster [restart]"
NO_NGINX = "nginx n’est pas installé ici\u00a0: installez-le (apt-get install nginx), il répartit les appels."
NOT_RUNNING = "Aucun guichet à plusieurs processus ne tourne ici\u00a0: lancez d’abord «\u00a0make cluster\u00a0»."
LOOK_EVERY_S = 0.5


async def serve(settings: Settings, folder: Path, program: str) -> int:
    """Run the cluster until it is told to stop; SIGUSR1 restarts its parts one after the other.

    Returns:
        The exit code.

    Raises:
        StoreError: There is no PostgreSQL or no Redis to be had.
    """
    cluster = Cluster(lay_out(settings, find_stores(settings, folder), folder, program), folder)
    restarts: set[asyncio.Task[None]] = set()

    def restart() -> None:
        task = asyncio.get_running_loop().create_task(cluster.restart_told())
        restarts.add(task)
        task.add_done_callback(restarts.discard)

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, restart)
    await cluster.run()
    if restarts:
        await asyncio.wait(restarts)
    return 1 if cluster.failed else 0


def restart(folder: Path) -> int:
    """Have the running cluster restart, and wait until it has.

    Returns:
        The exit code: 1 where there is none, or a part did not come back.
    """
    state = _read(folder)
    if not state or not state["ready"]:
        print(NOT_RUNNING, file=sys.stderr)
        return 1
    before = state["restarts"]
    try:
        os.kill(state["pid"], signal.SIGUSR1)
    except OSError:
        print(NOT_RUNNING, file=sys.stderr)
        return 1
    while state and state["restarts"] == before and not state["trouble"]:
        time.sleep(LOOK_EVERY_S)
        state = _read(folder)
    if not state or state["trouble"]:
        print(state["trouble"] if state else NOT_RUNNING, file=sys.stderr)
        return 1
    return 0


def _read(folder: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((folder / STATE).read_text("utf-8"))
    except OSError:
        return {}
    return state


def main(arguments: Sequence[str]) -> int:
    """Run the cluster, or restart the one that runs.

    Returns:
        The exit code.
    """
    if list(arguments) == ["restart"]:
        return restart(FOLDER)
    if arguments:
        print(USAGE, file=sys.stderr)
        return 2
    program = find_nginx()
    if program is None:
        print(NO_NGINX, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        settings = with_secret(Settings.from_environment())
        settings.check_secrets()
        check_ports(settings)
        return asyncio.run(serve(settings, FOLDER, program))
    except SettingError as error:
        print(f"Un réglage n’est pas valable\u00a0: {error}", file=sys.stderr)
    except (PortError, StoreError) as error:
        print(error, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
