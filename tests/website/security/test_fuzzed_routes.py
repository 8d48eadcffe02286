"""A short run of the odd calls; the long one is `python -m scripts.fuzz_routes`."""

from __future__ import annotations

from scripts.fuzz_routes import fuzz
from website.main import ROUTES


def test_no_route_fails_or_hangs() -> None:
    outcome = fuzz(examples=1, seed=20)
    assert outcome.failures == []
    assert sum(outcome.statuses.values()) >= len(ROUTES)
    assert {200, 404} <= set(outcome.statuses), "calls get through, and some name what is not there"
