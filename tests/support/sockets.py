"""Which connections a process holds, from /proc (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

_LOOPBACK = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")
_UNCONNECTED = {"0" * 8, "0" * 32}


def _sockets() -> dict[str, tuple[int, str]]:
    """Local port and remote address (hexadecimal) of each TCP socket, by inode."""
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text("ascii").splitlines()[1:]:
            fields = line.split()
            found[fields[9]] = (int(fields[1].split(":")[1], 16), fields[2].split(":")[0])
    return found


def _inodes(pid: str) -> set[str]:
    try:
        links = [os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        return set()
    return {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}


def connections_beyond_loopback(port: int) -> list[str]:
    """Remote addresses, other than loopback ones, of the sockets of the process that listens on a port.

    Raises:
        LookupError: No process does.
    """
    sockets = _sockets()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        mine = [sockets[inode] for inode in _inodes(pid) if inode in sockets]
        if any(local == port and remote in _UNCONNECTED for local, remote in mine):
            return [remote for _, remote in mine if remote not in _UNCONNECTED and remote not in _LOOPBACK]
    raise LookupError(f"no process listens on {port}")
