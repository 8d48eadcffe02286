"""A short run of the odd calls; the long one is `python -m scripts.fuzz_routes`."""

from __future__ import annotations

import json

from scripts.fuzz_routes.calling import fuzz
from scripts.fuzz_routes.outcome import exceptions
from website.main import ROUTES


def test_no_route_fails_or_hangs() -> None:
    outcome = fuzz(calls=2 * len(ROUTES), seed=20, rounds=1)
    assert outcome.failures == []
    assert {f"{route.method} {route.path}" for route in ROUTES} == set(outcome.calls)
    assert {200, 303, 404} <= set(outcome.statuses), "calls get through, and some name what is not there"


def test_errors_are_found_in_a_log() -> None:
    told = {"level": "WARNING", "message": "a conversation cannot be claimed"}
    failed = {"level": "ERROR", "message": "Error handling request", "error": "Traceback"}
    shown = {"level": "WARNING", "message": "it is tried again", "error": "Traceback"}
    log = [json.dumps(told), json.dumps(failed), "", "Task was destroyed but it is pending!", json.dumps(shown)]
    found = ["Error handling request Traceback", "Task was destroyed but it is pending!", "it is tried again Traceback"]
    assert list(exceptions("\n".join(log))) == found
