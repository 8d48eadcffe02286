"""The address that stays on this machine, and its free ports.

Standard library only, and written for Python 3.10: the tests of both environments use it.
"""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port of the loopback interface on which nobody listens now.

    It is given back before it is returned, so another process may take it until the caller listens there. The system
    hands the ports out in random order: for whoever starts a server in the next moment this is rare, and the server
    says so by ending. Who can should bind port 0 instead and ask for the number.
    """
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
