"""Makes the calls: by schemathesis from our own OpenAPI document, some as described, some not, and odder than that."""

from __future__ import annotations

import os
import random
import re
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from scripts.fuzz_routes import odd
from scripts.fuzz_routes.callers import PATIENCE_SECONDS, Callers
from scripts.fuzz_routes.outcome import Outcome, exceptions
from scripts.fuzz_routes.site import Site, site, waits
from website.main import ROUTES
from website.openapi import document

HANG_SECONDS = 10.0
"""A call hangs that takes longer, without the seconds for which the caller and a thread of the site waited for a
processor: the machine may be busy with something else."""
SHOWN_CHARACTERS = 600
KNOWN = {"slug": "rochefort"}
"""What some parameters of addresses may be, so that something is found."""

Call = Callable[[Any], None]


def fuzz(
    calls: int, seed: int, rounds: int = 5, database_url: str = "", tell: Callable[[str], None] = lambda line: None
) -> Outcome:
    """Call every route, each about as often, and say what came of it.

    Args:
        calls: How many at least, of all routes.
        seed: Of what is sent.
        rounds: The calls are made in so many rounds over all routes; memory is looked at after each.
        database_url: An empty database; a file of SQLite where nothing is said.
        tell: Called with a line after each round.
    """
    warnings.filterwarnings("ignore", message="http.cookiejar bug")  # the client's own trouble with an odd Host
    outcome, chance = Outcome(), random.Random(seed)
    operations = list(_operations())
    with tempfile.TemporaryDirectory() as name:
        with site(Path(name), database_url) as running:
            caller = _Caller(running, Callers(running, chance), chance, outcome)
            for number in range(1, rounds + 1):
                wanted = -(-calls * number // (rounds * len(operations)))
                for operation in operations:
                    _call_until(operation, wanted, seed * 1_000 + number, caller)
                outcome.memory.append(running.memory())
                tell(f"round {number} of {rounds}: {outcome.calls.total()} calls, {outcome.memory[-1]:.0f} MB")
        outcome.exceptions += exceptions(running.log.read_text("utf-8", "replace"))
    return outcome


def _operations() -> Iterator[Any]:
    for result in schemathesis.openapi.from_dict(document(ROUTES)).get_all_operations():
        assert isinstance(result, Ok), result
        yield result.ok()


def _call_until(operation: Any, wanted: int, seed: int, caller: _Caller) -> None:
    """Call a route until it was called so often in all: as described, not as described, and then with odd additions."""
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        missing = wanted - caller.sent[operation.label]
        _generate(operation, mode, missing if mode is GenerationMode.NEGATIVE else -(-missing // 2), seed, caller)
    while caller.sent[operation.label] < wanted:  # schemathesis makes nothing twice, and has little to vary here
        names = re.findall(r"\{(\w+)\}", operation.path)
        caller(operation.Case(path_parameters={name: odd.text(caller.chance) for name in names}))


def _generate(operation: Any, mode: GenerationMode, examples: int, seed: int, call: Call) -> None:
    if examples <= 0:
        return

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


class _Caller:
    """Makes a call and notes what came of it.

    Args:
        running: The site.
        callers: Who calls.
        chance: Decides what is odd about it.
        outcome: Where it is noted.

    Attributes:
        sent: How often each route was called, whatever came of it.
    """

    def __init__(self, running: Site, callers: Callers, chance: random.Random, outcome: Outcome) -> None:
        self._site = running
        self._callers = callers
        self.chance = chance
        self._outcome = outcome
        self.sent: dict[str, int] = {f"{route.method} {route.path}": 0 for route in ROUTES}

    def __call__(self, case: Any) -> None:
        label = case.operation.label
        self.sent[label] += 1
        self._aim(case)
        self._twist(case)
        shown, let_in = self._callers.headers()
        try:
            request = case.as_transport_kwargs(base_url=self._site.url)
            request["headers"] = {**(request.get("headers") or {}), **shown}
            request.pop("cookies", None)
            answer, seconds = self._timed(request, label)
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError, ValueError, TypeError):
            self._outcome.unsent += 1
            return
        if answer is None:
            return
        self._outcome.answered(label, answer.status_code, seconds, ascii(request)[:SHOWN_CHARACTERS])
        self._come_again(answer, let_in)

    def _aim(self, case: Any) -> None:
        """Have some calls name what there is."""
        for name in case.path_parameters or {}:
            if name == "id" and self.chance.random() < 0.5:
                known = (self._callers.id, self._callers.account, "sandrine-aubron", "1")
                case.path_parameters[name] = self.chance.choice(known)
            elif name in KNOWN and self.chance.random() < 0.5:
                case.path_parameters[name] = KNOWN[name]
        if isinstance(case.body, dict) and "csrf" in case.body:
            case.body["csrf"] = self._callers.csrf

    def _twist(self, case: Any) -> None:
        if self.chance.random() < 0.3:
            case.query = {**(case.query or {}), **odd.query(self.chance)}
        if self.chance.random() < 0.2:
            case.headers = {**(case.headers or {}), **odd.headers(self.chance)}
        if isinstance(case.body, dict) and self.chance.random() < 0.4:
            case.body = {"csrf": self._callers.csrf, **odd.twisted(case.body, self.chance)}

    def _timed(self, request: dict[str, Any], label: str) -> tuple[requests.Response | None, float]:
        """The answer, None where there is none, and the seconds that it took; notes what may not be."""
        began, before = time.monotonic(), (self._site.waits(), waits(os.getpid()))
        failure = ""
        answer = None
        try:
            answer = requests.request(**request, timeout=PATIENCE_SECONDS, allow_redirects=False, stream=True)
            _read(answer)
        except requests.Timeout:
            failure = "no answer"
        except requests.ConnectionError as error:
            failure = type(error).__name__
        except requests.exceptions.ChunkedEncodingError as error:
            failure = type(error).__name__
        after = self._site.waits(), waits(os.getpid())
        seconds = max(0.0, time.monotonic() - began - sum(map(_longest, before, after)))
        if failure == "no answer" or seconds > HANG_SECONDS:
            self._outcome.hangs.append(f"{label}: {seconds:.1f} s {failure}")
        elif failure:
            self._outcome.dropped.append(f"{label}: {failure} after {seconds:.1f} s")
        return (None if failure else answer), seconds

    def _come_again(self, answer: requests.Response, let_in: bool) -> None:
        """Make those anew whom the call shut out."""
        if not let_in:
            return
        if answer.headers.get("Location", "").startswith("/connexion"):
            self._callers.new_administrator()
        elif answer.status_code in (204, 401, 429):
            self._callers.new_member()
            if answer.status_code == 401:
                self._callers.new_administrator()


def _longest(before: dict[str, float], after: dict[str, float]) -> float:
    """How long the thread waited meanwhile that waited most."""
    return max((seconds - before.get(thread, 0.0) for thread, seconds in after.items()), default=0.0)


def _read(answer: requests.Response) -> None:
    """Read all of an answer; of a stream of events the first piece."""
    if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        _ = answer.content
        return
    next(answer.iter_content(None), b"")
    answer.close()
