"""Whether the ports can be had, said in one sentence where not."""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection

from settings import Settings
from supervisor.loopback import LOOPBACK
from supervisor.parts import ALL, Part

HOST_SETTINGS = {"PORT": "HOST", "RASA_PORT": "RASA_HOST", "ACTIONS_PORT": "ACTIONS_HOST"}
"""The setting that says where to listen, by the one that says on which port."""


class PortError(Exception):
    """A port cannot be used; the message is one French sentence."""


def check_ports(settings: Settings, parts: Collection[Part] = ALL) -> None:
    """Check that the ports of the site, of Rasa and of the action server are free.

    Args:
        settings: Say which.
        parts: What is started here; the ports of the others do not matter.

    Raises:
        PortError: One is taken, out of range, forbidden, or given twice.
    """
    wanted = (
        (Part.SITE, "PORT", "le site", settings.host, settings.port),
        (Part.RASA, "RASA_PORT", "Rasa", settings.rasa_host, settings.rasa_port),
        (Part.ACTIONS, "ACTIONS_PORT", "le serveur d’actions", settings.actions_host, settings.actions_port),
    )
    seen: dict[int, str] = {}
    for part, name, owner, host, port in wanted:
        if part not in parts:
            continue
        if not 1 <= port <= 65_535:
            raise PortError(f"{name}={port} n’est pas un numéro de port\u00a0: donnez-en un de 1 à 65535.")
        if port in seen:
            raise PortError(f"{seen[port]} et {name} désignent le même port {port}\u00a0: donnez-en deux différents.")
        seen[port] = name
        check_port(name, owner, host, port)


def check_port(name: str, owner: str, host: str, port: int) -> None:
    """Check that one port is free.

    Args:
        name: The setting that chooses it.
        owner: Who wants it, in French with its article.
        host: The address to listen on.
        port: The port.

    Raises:
        PortError: It is not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if _answers(port):
        raise PortError(taken(name, owner, port))
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortError(_why(name, owner, host, port, error)) from error


def _why(name: str, owner: str, host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return taken(name, owner, port)
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{HOST_SETTINGS[name]}={host} n’est pas une adresse de cette machine\u00a0: corrigez ce réglage."
    wanted = f"le port {port} ({name}, pour {owner})"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Le système n’accorde pas {wanted}\u00a0: choisissez-en un au-dessus de 1023."
    return f"Impossible d’ouvrir {wanted}\u00a0: {error}."


def _answers(port: int) -> bool:
    """Whether something answers on the loopback address, as a bind alone does not always tell on macOS."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def taken(name: str, owner: str, port: int) -> str:
    """The sentence for a port that something else uses."""
    other = port + 1 if port < 65_535 else port - 1
    return (
        f"Le port {port} ({name}, pour {owner}) est déjà pris\u00a0: arrêtez le programme qui l’occupe, "
        f"ou choisissez un autre port, par exemple «\u00a0make serve {name}={other}\u00a0»."
    )
