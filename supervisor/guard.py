"""Ends what the supervisor leaves behind when it is killed itself.

Runs as a process of its own, out of reach of the terminal's Ctrl-C. It reads `+<group>` lines from what the supervisor
starts and `-<group>` lines from itself. When that pipe closes, the supervisor is gone in whatever way, and every group
still listed is ended.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence

GRACE_S = 10.0
NOT_STARTED = (126, 127)
"""Exit codes of an announced command that cannot be run."""
_ANNOUNCE = '(echo "+$$" >&0) 2>/dev/null; exec "$@" </dev/null'


def announced(command: Sequence[str]) -> list[str]:
    """A command that tells the guard of itself before it begins; its standard input has to be the pipe to the guard.

    Where the supervisor told of it once it has started, it would be left behind by one that is killed in between.
    """
    return ["/bin/sh", "-c", _ANNOUNCE, "sh", *command]


def signal_group(group: int, number: int) -> bool:
    """Send a signal to all processes of a group (0: only look).

    Returns:
        Whether there was one.
    """
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says this of a group of which only zombies are left
        return False
    return True


def end_groups(groups: Iterable[int], grace: float) -> None:
    """End process groups: SIGTERM, then SIGKILL to what is left after `grace` seconds."""
    left = {group for group in groups if signal_group(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {group for group in left if signal_group(group, 0)}
    for group in left:
        signal_group(group, signal.SIGKILL)


def main() -> None:
    """Listen until the supervisor is gone, then end what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    end_groups(groups, GRACE_S)


if __name__ == "__main__":
    main()
