"""Call every route in odd ways: `python -m scripts.fuzz_routes --examples 200 --seed 1`.

The calls are made by schemathesis from our own OpenAPI document, some as described, some not, by a member and by an
administrator, with ids that exist and ids that do not. The site runs as a process of its own, on throw-away copies of
database and data, a stand-in for Rasa behind it. Prints what was answered; exits with 1 where the site failed (a status
from 500 on), hung, or dropped a call.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from database.storage import Storage
from directory.files import read_directory
from directory.importer import import_directory
from settings import ROOT, Settings
from supervisor.loopback import free_port
from tests.support.fake_rasa import SECRET, FakeRasa
from tests.support.staff import make_account, make_session
from understanding.catalogue import load_catalogue
from understanding.places.table import CommuneTable
from website.accounts.access import Role
from website.main import ROUTES
from website.openapi import SESSION_COOKIE, document

HANG_SECONDS = 20.0
START_SECONDS = 60.0
SHOWN = 10
"""Failures that are printed."""
HTTP_ERROR = 500
READY = 503
"""The one status from 500 on that a route describes: that the site is not ready."""


@dataclass
class Outcome:
    """What came of the calls.

    Attributes:
        statuses: How often each came.
        slowest: Seconds of the slowest call, and which.
        failures: Calls on which the site failed.
        memory: Of the site, in MB, at the beginning and at the end.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    failures: list[str] = field(default_factory=list)
    memory: tuple[float, float] = (0.0, 0.0)


class Callers:
    """A member and an administrator; made anew where a call ended their conversation, session or account.

    Args:
        url: The site.
        database_url: Its database.
    """

    def __init__(self, url: str, database_url: str) -> None:
        self.url = url
        self._database_url = database_url
        self._number = 0
        self.renew()

    def renew(self) -> None:
        """Make both anew."""
        self._number += 1
        opened = requests.post(f"{self.url}/api/conversations", json={}, timeout=HANG_SECONDS).json()
        self.id, self.token = opened["id"], opened["token"]
        self.account, self.session, self.csrf = asyncio.run(self._administrator())

    async def _administrator(self) -> tuple[str, str, str]:
        storage = Storage.open(self._database_url)
        try:
            account = await make_account(storage, Role.ADMIN, email=f"a{self._number}@exemple.fr")
            return account.id, *await make_session(storage, account.id)
        finally:
            await storage.close()

    @property
    def headers(self) -> dict[str, str]:
        """What shows who calls."""
        return {
            "Authorization": f"Bearer {self.token}",
            "Cookie": f"{SESSION_COOKIE}={self.session}; form={self.csrf}",
            "X-CSRF-Token": self.csrf,
        }


@contextmanager
def site(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, str]]:
    """The site as a process: itself, its address, its database."""
    shutil.copytree(ROOT / "data", folder / "data")
    database_url, port = f"sqlite:///{folder / 'site.db'}", free_port()
    import_directory(Settings(database_url=database_url), read_directory(load_catalogue(), CommuneTable()))
    with FakeRasa() as rasa, (folder / "log").open("wb") as log:
        environment = os.environ | {
            "PORT": str(port),
            "RASA_PORT": str(rasa.port),
            "ACTIONS_PORT": str(rasa.port),
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder / "data"),
            "SHARED_SECRET": SECRET,
            "LIMIT_ADDRESS": "0",
            "LOG_LEVEL": "WARNING",
            "METRICS_TOKEN": "token-of-the-fuzzing-calls",
        }
        process = subprocess.Popen([sys.executable, "-m", "website"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(process, url)
            yield process, url, database_url
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            requests.get(f"{url}/health/live", timeout=2)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise RuntimeError("the site did not start")


def _memory(process: subprocess.Popen[bytes]) -> float:
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def fuzz(examples: int, seed: int) -> Outcome:
    """Call every route so often in each mode, and say what came of it."""
    outcome, chance = Outcome(), random.Random(seed)
    schema = schemathesis.openapi.from_dict(document(ROUTES))
    with tempfile.TemporaryDirectory() as name, site(Path(name)) as (process, url, database_url):
        callers = Callers(url, database_url)
        before = _memory(process)
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                _call_often(result.ok(), mode, examples, seed, lambda case: _call(case, callers, chance, outcome))
            if process.poll() is not None:
                outcome.failures.append(f"the site ended with code {process.returncode}")
                break
        outcome.memory = (before, _memory(process) if process.poll() is None else 0.0)
    return outcome


def _call_often(operation: Any, mode: GenerationMode, examples: int, seed: int, call: Any) -> None:
    @seeded(seed)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        call(case)

    try:
        run()
    except Exception as error:
        if type(error).__name__ not in ("Unsatisfiable", "SkipTest", "InvalidArgument"):  # nothing to be wrong about
            raise


def _call(case: Any, callers: Callers, chance: random.Random, outcome: Outcome) -> None:
    label = f"{case.method} {case.operation.path}"
    for name in case.path_parameters or {}:
        if name == "id" and chance.random() < 0.5:
            case.path_parameters[name] = chance.choice((callers.id, callers.account, "sandrine-aubron"))
        elif name == "slug" and chance.random() < 0.5:
            case.path_parameters[name] = "rochefort"
    if isinstance(case.body, dict) and "csrf" in case.body:
        case.body["csrf"] = callers.csrf
    began = time.monotonic()
    try:
        sent = case.as_transport_kwargs(base_url=callers.url)
        sent["headers"] = {**(sent.get("headers") or {}), **callers.headers}
        sent.pop("cookies", None)
        answer = requests.request(**sent, timeout=HANG_SECONDS, allow_redirects=False, stream=True)
        if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
            answer.close()
        else:
            _ = answer.content
    except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError, ValueError):
        return  # the client itself cannot send such a call
    except requests.RequestException as error:
        outcome.failures.append(f"{label}: {type(error).__name__} after {time.monotonic() - began:.1f} s")
        return
    outcome.statuses[answer.status_code] += 1
    outcome.slowest = max(outcome.slowest, (time.monotonic() - began, label))
    if answer.status_code >= HTTP_ERROR and (answer.status_code, case.operation.path) != (READY, "/health/ready"):
        outcome.failures.append(f"{label}: {answer.status_code} {case.as_curl_command()[:600]}")
    gone = answer.status_code == 404 and label.startswith("DELETE /api/conversations/{id}")
    if gone or answer.status_code in (204, 401) or answer.headers.get("Location", "").startswith("/connexion"):
        callers.renew()


def main(arguments: list[str]) -> int:
    """Fuzz and print.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description="Call every route in odd ways.")
    parser.add_argument("--examples", type=int, default=200, help="calls of each route, as described and not")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    outcome = fuzz(options.examples, options.seed)
    print(f"{sum(outcome.statuses.values())} calls of {len(ROUTES)} routes, seed {options.seed}")
    print("answers: " + ", ".join(f"{status}: {number}" for status, number in sorted(outcome.statuses.items())))
    print(f"slowest: {outcome.slowest[0]:.2f} s, {outcome.slowest[1]}")
    print(f"memory of the site: {outcome.memory[0]:.0f} MB before, {outcome.memory[1]:.0f} MB after")
    by_route = Counter(failure.partition(": ")[0] for failure in outcome.failures)
    print(f"failures: {len(outcome.failures)}", *by_route.items(), *outcome.failures[:SHOWN], sep="\n  ")
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
