"""What the benchmark runs on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

PACKAGES = ("rasa", "tensorflow", "spacy", "fr_core_news_md", "scikit_learn")


def describe() -> dict[str, str | int | float]:
    """Processor, memory (GiB), system, and how busy the machine was (load average over 5 minutes)."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "load": round(os.getloadavg()[1], 2),
    }


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def versions(environment: Path) -> dict[str, str]:
    """Versions of the peers' packages in an environment."""
    found = {}
    for folder in sorted(environment.glob("lib/python*/site-packages/*.dist-info")):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        if name.lower() in PACKAGES:
            found[name.lower()] = version
    return found
