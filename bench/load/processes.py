"""What the processes of a help desk take of the machine, as Linux tells it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from supervisor.descent import children

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
NAMES = {"website": "site", "actions": "actions", "supervisor": "supervisor", "scripts.quiet_rasa": "rasa"}
"""What a process is called, by the module that its Python runs; one that runs none has its parent's name."""
_SIZE = re.compile(r"^(Rss|Pss):\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Usage:
    """What processes take.

    Attributes:
        cpu: Seconds of processors since they were started.
        rss: Resident memory in MiB; what two of them share counts twice.
        pss: The same in MiB, where what is shared counts once.
    """

    cpu: float = 0.0
    rss: float = 0.0
    pss: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.cpu + other.cpu, self.rss + other.rss, self.pss + other.pss)


def usage(processes: Iterable[int]) -> Usage:
    """What processes take together; one that has ended takes nothing."""
    total = Usage()
    for process in processes:
        try:
            total += _usage(PROC / str(process))
        except OSError:
            continue
    return total


def _usage(folder: Path) -> Usage:
    fields = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
    sizes = dict(_SIZE.findall((folder / "smaps_rollup").read_text("utf-8")))
    cpu = (int(fields[11]) + int(fields[12])) / TICKS
    return Usage(cpu, int(sizes.get("Rss", 0)) / 1024, int(sizes.get("Pss", 0)) / 1024)


def family(root: int, name: str) -> dict[str, list[int]]:
    """A process and all that it started, by name.

    Args:
        root: Its id.
        name: What it is called unless its module says otherwise.
    """
    found: dict[str, list[int]] = {}
    _gather(root, name, found)
    return found


def _gather(process: int, parent: str, found: dict[str, list[int]]) -> None:
    try:
        words = (PROC / str(process) / "cmdline").read_text("utf-8").split("\0")
    except OSError:
        return
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    name = NAMES.get(module, parent)
    found.setdefault(name, []).append(process)
    for child in children(process):
        _gather(child, name, found)


def busy_seconds() -> float:
    """Seconds that all processors together worked since the machine started, for whatever it was."""
    fields = [int(field) for field in (PROC / "stat").read_text("ascii").splitlines()[0].split()[1:]]
    user, nice, system, _, _, irq, softirq = fields[:7]
    return (user + nice + system + irq + softirq) / TICKS
