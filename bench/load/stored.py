"""What a message costs when many conversations are stored already: it must not cost more."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.calls import Client
from bench.load.desks import Desk, help_desk, postgres
from bench.load.dialogues import dialogues
from bench.load.filling import fill_site, fill_trackers
from bench.load.processes import usage
from bench.plan import Plan
from bench.results import Results, digest
from bench.serving import PLACE, WARM_UP
from bench.statistics import spread
from bench.website import ask
from settings import Settings
from supervisor.surroundings import tracker_store_url

SIZES = (1_000, 10_000, 100_000, 1_000_000)
MOST_TRACKERS = 100_000
CALLS = 150
IDLE_S = 10.0
"""How long nobody writes, so that one sees what the programs do by themselves."""
SEED = 11
KEEP_ALL = {"RETENTION_DAYS_CONVERSATIONS": "4000"}
"""The made-up conversations go back three years; nothing of them is deleted meanwhile."""


def measure(plan: Plan, results: Results, sizes: Sequence[int]) -> None:
    """Measure on SQLite, then on PostgreSQL.

    Args:
        plan: Where things are kept.
        results: Takes the figures under `load-stored` and the kind of the database.
        sizes: Stored conversations, ascending.

    Raises:
        CommandError: Something does not come up.
    """
    folder = plan.folder / "load-stored"
    shutil.rmtree(folder, ignore_errors=True)
    _measure(folder, f"sqlite:///{folder / 'site.db'}", results, sizes)
    with postgres(folder) as database:
        _measure(folder, database.address, results, sizes)


def _measure(folder: Path, address: str, results: Results, sizes: Sequence[int]) -> None:
    kind = urlsplit(address).scheme
    rows: list[dict[str, Any]] = []
    _serve(folder, address, 0)  # makes the tables, and the conversation that the tracker store is filled with
    for size in sizes:
        began = time.monotonic()
        fill_site(address, size)
        trackers = min(size, MOST_TRACKERS)
        fill_trackers(tracker_store_url(Settings(database_url=address)), trackers)
        filled = {"stored": size, "trackers": trackers, "filled_s": round(time.monotonic() - began, 1)}
        rows.append(filled | _serve(folder, address, CALLS))
        print(kind, rows[-1], flush=True)
    results.keep(f"load-stored-{kind}", digest(kind, sizes, CALLS), {"sizes": rows, "calls": CALLS})


def _serve(folder: Path, address: str, calls: int) -> dict[str, Any]:
    """Start the help desk over a database, let it rest for a while, then ask it one question after the other."""
    with help_desk(folder, address, fresh=False, more=KEEP_ALL) as desk:
        port = urlsplit(desk.base).port
        assert port is not None
        questions = [dialogue.question + PLACE for dialogue in islice(dialogues(SEED), WARM_UP + calls)]
        with contextlib.closing(Client(port)) as client:
            asked = [ask(client, port, question) for question in questions[:WARM_UP]]
            resting = _resting(desk) if calls else {}
            asked = [ask(client, port, question) for question in questions[WARM_UP:]]
    if not calls:
        return {}
    return {
        "accepted": spread([question.accepted for question in asked]),
        "answered": spread([question.seconds for question in asked]),
        "resting": resting,
    }


def _resting(desk: Desk) -> dict[str, float]:
    """Share of a processor that each process takes while nobody writes."""
    before = {name: usage(ids).cpu for name, ids in desk.processes().items()}
    time.sleep(IDLE_S)
    return {name: round((usage(ids).cpu - before.get(name, 0.0)) / IDLE_S, 3) for name, ids in desk.processes().items()}
