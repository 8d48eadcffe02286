"""nginx's configuration, from the template beside."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from supervisor.loopback import LOOPBACK

TEMPLATE = Path(__file__).with_name("nginx.conf")
NEVER_LEFT_OUT = "max_fails=0"
"""A port that nobody listens on refuses at once, which costs nothing. Else nginx would leave out both of two that
restart one after the other."""


def find_nginx() -> str | None:
    """The program, or None where it is not installed; it often stands where only the administrator's shell looks."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    return shutil.which("nginx", path=path)


def servers(ports: Sequence[int]) -> str:
    """The lines of an upstream whose servers are equal."""
    return "\n        ".join(f"server {LOOPBACK}:{port} {NEVER_LEFT_OUT};" for port in ports)


def first_then_others(ports: Sequence[int]) -> str:
    """The lines of an upstream whose others only stand in for the first."""
    first, *others = ports
    return "\n        ".join((f"server {LOOPBACK}:{first} {NEVER_LEFT_OUT};", *map(_standing_in, others)))


def _standing_in(port: int) -> str:
    return f"server {LOOPBACK}:{port} backup {NEVER_LEFT_OUT};"


def configuration(values: Mapping[str, str]) -> str:
    """The template with its places filled in.

    Raises:
        KeyError: The template has a place that nothing is given for.
    """
    return re.sub(r"\{\{([A-Z_]+)\}\}", lambda place: values[place[1]], TEMPLATE.read_text("utf-8"))


def user_line() -> str:
    """As whom the workers run, where that can be chosen."""
    return "user root;" if os.geteuid() == 0 else ""
