"""What the cluster consists of: each process with its environment, and how it is asked whether it is ready."""

from __future__ import annotations

import dataclasses
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cluster import nginx
from cluster.stores import Stores
from cluster.unit import Unit
from faults.standin import STORE
from settings import ROOT, Settings
from supervisor.loopback import LOOPBACK, free_port
from supervisor.parts import Part
from supervisor.probes import probe
from supervisor.processes import Process
from supervisor.surroundings import current_environment

NUMBER = 2
"""How many there are of each part."""


@dataclass(frozen=True)
class Layout:
    """All units.

    Attributes:
        stores: What is started first; nothing where the stores are given.
        parts: Action servers, Rasa and sites, in the order in which they are started, and started again.
        front: nginx.
        environment: For commands that prepare the database.
    """

    stores: Sequence[Unit]
    parts: Sequence[Unit]
    front: Unit
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Addresses:
    """The ports of all parts, and those at which nginx stands before them."""

    sites: Sequence[int] = field(default_factory=lambda: _ports())
    rasa: Sequence[int] = field(default_factory=lambda: _ports())
    actions: Sequence[int] = field(default_factory=lambda: _ports())


def _ports() -> tuple[int, ...]:
    return tuple(free_port() for _ in range(NUMBER))


def lay_out(settings: Settings, stores: Stores, folder: Path, program: str, played: Path | None = None) -> Layout:
    """Give every process its place.

    Args:
        settings: Say where members call, where nginx stands before Rasa and actions, and the secrets.
        stores: PostgreSQL and Redis.
        folder: Takes nginx's files.
        program: nginx.
        played: The file of a stand-in for Rasa, which then answers in Rasa's place; None with Rasa itself.
    """
    settings = dataclasses.replace(settings, database_url=stores.database_url, redis_url=stores.redis_url)
    addresses = Addresses()
    shared = {
        "RASA_URL": f"http://{LOOPBACK}:{settings.rasa_port}",
        "ACTIONS_URL": f"http://{LOOPBACK}:{settings.actions_port}",
        "PUBLIC_URL": settings.site_url,
        "TRUSTED_PROXIES": str(settings.trusted_proxies + 1),
        "HOST": LOOPBACK,
        **({STORE: str(played)} if played else {}),
    }
    owner = settings.data_owner and played is None
    parts = [
        *(_actions(settings, shared, number, port) for number, port in enumerate(addresses.actions, 1)),
        *(_rasa(settings, shared, number, port, played) for number, port in enumerate(addresses.rasa, 1)),
        *(_site(settings, shared, number, port, owner) for number, port in enumerate(addresses.sites, 1)),
    ]
    environment = current_environment(settings)
    return Layout(stores.units, parts, _front(settings, addresses, folder, program, environment), environment)


def _environment(settings: Settings, shared: Mapping[str, str], owner: bool = False) -> dict[str, str]:
    return {**current_environment(settings), **shared, "DATA_OWNER": "1" if owner else "0"}


def _site(settings: Settings, shared: Mapping[str, str], number: int, port: int, owner: bool) -> Unit:
    owns = owner and number == 1
    own = dataclasses.replace(settings, port=port)
    more = [Part.TRAININGS] if owns else []
    return _unit(Part.SITE, number, own, _environment(own, shared, owns), more)


def _rasa(settings: Settings, shared: Mapping[str, str], number: int, port: int, played: Path | None) -> Unit:
    own = dataclasses.replace(settings, rasa_port=port)
    unit = _unit(Part.RASA, number, own, _environment(own, shared))
    if played is None:
        return unit
    command = [sys.executable, "-m", "faults.standin"]
    return dataclasses.replace(unit, process=dataclasses.replace(unit.process, command=command))


def _actions(settings: Settings, shared: Mapping[str, str], number: int, port: int) -> Unit:
    own = dataclasses.replace(settings, actions_port=port)
    return _unit(Part.ACTIONS, number, own, _environment(own, shared))


def _unit(
    part: Part, number: int, settings: Settings, environment: Mapping[str, str], more: Sequence[Part] = ()
) -> Unit:
    """A part that takes calls, with what else runs in its process.

    Args:
        part: It.
        number: Which of them.
        settings: Its own: with its port.
        environment: Its own.
        more: Parts that run beside it.
    """
    name, asked = f"{part}-{number}", probe(settings, part)
    command = [sys.executable, "-m", "supervisor", part, *more]
    request = urllib.request.Request(f"http://{LOOPBACK}:{asked.port}{asked.path}", headers=dict(asked.headers))
    return Unit(name, asked.port, Process(name, command, environment, ROOT), request)


def _front(
    settings: Settings, addresses: Addresses, folder: Path, program: str, environment: Mapping[str, str]
) -> Unit:
    file = folder / "nginx.conf"
    values = {
        "USER": nginx.user_line(),
        "FOLDER": str(folder),
        "HOST": settings.host,
        "PORT": str(settings.port),
        "RASA_PORT": str(settings.rasa_port),
        "ACTIONS_PORT": str(settings.actions_port),
        "SITES": nginx.servers(addresses.sites),
        "OWNER": nginx.first_then_others(addresses.sites),
        "RASA": nginx.servers(addresses.rasa),
        "ACTIONS": nginx.servers(addresses.actions),
    }
    file.write_text(nginx.configuration(values), "utf-8")
    command = [program, "-c", str(file), "-p", str(folder), "-e", "stderr"]
    return Unit("nginx", settings.port, Process("nginx", command, environment, folder))
