"""What came of the calls: answers, failures, memory, and what the site wrote into its log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

ERRORS = ("ERROR", "CRITICAL")
HTTP_ERROR = 500


@dataclass
class Outcome:
    """What came of the calls.

    Attributes:
        statuses: How often each status came.
        calls: How often each route was called and answered.
        errors: Calls that were answered with a status from 500 on.
        hangs: Calls that took too long.
        dropped: Calls whose connection broke, or after which the site was gone.
        unsent: Calls that the client itself could not send.
        exceptions: What the site's log holds of errors that nobody handled.
        slowest: Seconds of the slowest call, and which.
        memory: Of the site, in MB, after each round.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    unsent: int = 0
    exceptions: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    memory: list[float] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """All that may not be."""
        return [*self.errors, *self.hangs, *self.dropped, *self.exceptions]

    def answered(self, route: str, status: int, seconds: float, how: str) -> None:
        """Count a call that was answered.

        Args:
            route: Method and pattern of the address.
            status: Of the answer.
            seconds: That it took.
            how: The call, to make it again.
        """
        self.calls[route] += 1
        self.statuses[status] += 1
        self.slowest = max(self.slowest, (seconds, route))
        if status >= HTTP_ERROR:
            self.errors.append(f"{route}: {status} {how}")


def exceptions(log: str) -> Iterator[str]:
    """What a log in JSON tells of errors: the site's lines, and what is no JSON, written by the interpreter."""
    for line in log.split("\n"):
        try:
            row = json.loads(line)
        except ValueError:
            row = {"message": line, "level": ERRORS[0]} if line.strip() else {}
        if row.get("level") in ERRORS or "error" in row:
            yield f"{row.get('message')} {row.get('error', '')}".strip()
