"""One process of the cluster."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass

from supervisor.processes import Process


@dataclass(frozen=True)
class Unit:
    """One process that is kept running, with all that it starts.

    Attributes:
        name: Of the process, such as `rasa-2`.
        port: Where it listens.
        process: Its command.
        probe: Answered with a status of success once it is ready; None where taking connections is enough.
    """

    name: str
    port: int
    process: Process
    probe: urllib.request.Request | None = None
