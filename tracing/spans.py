"""Spans as the processes write them: told to a collector once `begin` was given one; else nothing, and nothing loaded.

A trace begins where the site stores a member's message or answers it, and nowhere else: what is called without the
header of one (a script, a health check, a warm-up) leaves no span. What a span can say is fixed by `Span.note`, and
nothing that was written is part of it.

Python 3.10 syntax and standard library only: Rasa's process uses it too.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from datetime import datetime
from enum import Enum
from typing import Protocol

HEADER = "traceparent"
"""Header of the W3C Trace Context: says to which span a call belongs."""
CALLER: ContextVar[str] = ContextVar("caller", default="")
"""The header of the call that is handled, where the code that writes a span does not see the call itself."""

_PARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Kind(Enum):
    """How a span stands to the process that it runs in."""

    SERVER = "server"
    """Another process or a client called it."""
    CLIENT = "client"
    """It waits for another process."""
    INTERNAL = "internal"


class Span(Protocol):
    """A step that is under way."""

    def note(self, *, conversation: str = "", message: int = 0, action: str = "") -> None:
        """Say what the step is about.

        Args:
            conversation: Its id; an id of another form than the site's own may be anything, and is left out.
            message: The message's number in it.
            action: The custom action's name.
        """


class _Nothing:
    """What is written where nothing is traced."""

    def note(self, *, conversation: str = "", message: int = 0, action: str = "") -> None:
        pass


Step = AbstractContextManager[Span]

_NOTHING: Step = nullcontext(_Nothing())


class Recorder(Protocol):
    """Makes spans and sends them."""

    def span(self, name: str, kind: Kind, parent: str | None, start: datetime | None) -> Step:
        """A span for as long as the context is open.

        Args:
            name: Of the step.
            kind: Of the step.
            parent: The span around it, as `HEADER` names it: empty for none, None for the current one.
            start: When it began, where that was before now.
        """

    def current(self) -> str:
        """The current span as `HEADER` names it; empty outside of any."""


_recorder: Recorder | None = None


def begin(process: str, collector: str) -> bool:
    """Trace from now on, where there is a collector; once in a process.

    Args:
        process: Who traces: site, rasa or actions.
        collector: Its base address (OTLP over HTTP); empty for none.

    Returns:
        Whether this process traces.
    """
    global _recorder
    if collector and _recorder is None:
        from tracing.otlp import OtlpRecorder

        _recorder = OtlpRecorder(process, collector)
    return _recorder is not None


def begun(name: str, kind: Kind = Kind.SERVER, start: datetime | None = None) -> Step:
    """The first step of a new trace.

    Args:
        name: Of the step.
        kind: Of the step.
        start: When it began, where that was before now.
    """
    return _NOTHING if _recorder is None else _recorder.span(name, kind, "", start)


def joined(name: str, parent: str, kind: Kind = Kind.SERVER, start: datetime | None = None) -> Step:
    """A step of a trace that began elsewhere; nothing where `parent` names no span.

    Args:
        name: Of the step.
        parent: The span around it, as `HEADER` names it.
        kind: Of the step.
        start: When it began, where that was before now.
    """
    if _recorder is None or not _PARENT.fullmatch(parent):
        return _NOTHING
    return _recorder.span(name, kind, parent, start)


def step(name: str, kind: Kind = Kind.INTERNAL) -> Step:
    """A step inside the current one; nothing outside of any.

    Args:
        name: Of the step.
        kind: Of the step.
    """
    if _recorder is None or not _recorder.current():
        return _NOTHING
    return _recorder.span(name, kind, None, None)


def past(name: str, start: datetime) -> None:
    """A step inside the current one that is over; nothing outside of any.

    Args:
        name: Of the step.
        start: When it began.
    """
    if _recorder is not None and _recorder.current():
        with _recorder.span(name, Kind.INTERNAL, None, start):
            pass


def current() -> str:
    """The current step as `HEADER` names it; empty where nothing is traced."""
    return "" if _recorder is None else _recorder.current()


def carried() -> dict[str, str]:
    """The header that lets the process that is called go on with the trace; empty where nothing is traced."""
    parent = current()
    return {HEADER: parent} if parent else {}
