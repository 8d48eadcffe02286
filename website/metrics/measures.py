"""Every figure, with its name. Adding to one costs about a microsecond; nothing of what was written stands in any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 120.0)
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(f"guichet_{name}", meaning, labels, registry=REGISTRY)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(f"guichet_{name}", meaning, labels, registry=REGISTRY)


def _histogram(name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = _SECONDS) -> Histogram:
    return Histogram(f"guichet_{name}", meaning, labels, buckets=buckets, registry=REGISTRY)


CALLS = _counter("http_requests_total", "Calls, by method, pattern and status", "method", "route", "status")
CALL_SECONDS = _histogram("http_seconds", "Seconds that a call took, streams left out", "area")
STREAMS = _gauge("streams_open", "Streams of members that are open")
OPENED = _counter("conversations_total", "Conversations that were opened")
MESSAGES = _counter("messages_total", "Messages of members that were stored", "kind")
SETTLED = _counter("settled_total", "Messages of members that were settled, and how", "how")
ANSWER_SECONDS = _histogram("answer_seconds", "Seconds from a message's storing to its answer's")
STAGE_SECONDS = _histogram("stage_seconds", "Seconds of one stage of an answer", "stage")
FAILURES = _counter("rasa_failures_total", "Calls to Rasa without an answer", "kind")
DECISIONS = _counter("decisions_total", "What was decided on messages that were read", "decision")
CERTAINTY = _histogram("certainty", "Probability of the likeliest subject or talk", buckets=_SHARES)
QUEUE = _gauge("queue_conversations", "Conversations with a message that is not answered yet")
QUEUE_AGE = _gauge("queue_oldest_seconds", "Seconds since the oldest of these messages was stored")
WAITING = _gauge("waiting_conversations", "Conversations that wait for an officer")
WAITING_AGE = _gauge("waiting_oldest_seconds", "Seconds since the longest waiting member asked for an officer")
MAILS_DUE = _gauge("mails_due", "Mails that are to be sent now")
MAILS_LOST = _gauge("mails_given_up", "Mails that will never be delivered")
TRAININGS = _gauge("trainings", "Trainings, by what became of them", "status")
PARTS = _gauge("part_up", "Whether a part answers", "part")

_HOWS = ("answered", "handed_off", "failed", "erased", "button", "with_officer")
_DECISIONS = ("answer", "choose", "rephrase", "human", "conversation")


def prepare() -> None:
    """Let every series begin at 0, so that the first of a kind is seen as a rise."""
    for kind in ("text", "button"):
        MESSAGES.labels(kind)
    for how in _HOWS:
        SETTLED.labels(how)
    for kind in ("away", "failed", "refused"):
        FAILURES.labels(kind)
    for decision in _DECISIONS:
        DECISIONS.labels(decision)
    for stage in ("rasa", "store"):
        STAGE_SECONDS.labels(stage)


def note_understanding(understanding: Mapping[str, Any] | None) -> None:
    """Count what was decided on a message, and how surely; nothing where it was not read."""
    if not understanding:
        return
    decision, ranking = understanding.get("decision"), understanding.get("ranking")
    if decision in _DECISIONS:
        DECISIONS.labels(decision).inc()
    if ranking:
        CERTAINTY.observe(float(ranking[0][1]))


prepare()
