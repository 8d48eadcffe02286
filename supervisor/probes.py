"""Where each part says that it can be sent calls. Loads nothing but the settings: checks of containers use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from settings import SECRET_HEADER, Settings
from supervisor.parts import Part

_PATHS = {Part.SITE: "/health/ready", Part.RASA: "/webhooks/site/", Part.ACTIONS: "/health"}
CALLED = tuple(_PATHS)
"""The parts that take calls; trainings take none."""


@dataclass(frozen=True)
class Probe:
    """A GET that is answered with 200 once a part can be sent calls.

    Attributes:
        port: Where the part listens.
        path: What is asked for.
        headers: What has to be sent along.
    """

    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


def probe(settings: Settings, part: Part) -> Probe:
    """How a part is asked.

    Args:
        settings: Give its port, and the secret that Rasa asks for.
        part: One of `CALLED`.
    """
    ports = {Part.SITE: settings.port, Part.RASA: settings.rasa_port, Part.ACTIONS: settings.actions_port}
    headers = {SECRET_HEADER: settings.shared_secret} if part is Part.RASA else {}
    return Probe(ports[part], _PATHS[part], headers)
