"""Spans sent to a collector by OTLP over HTTP, in batches, by a thread of their own: a message never waits for it.

Imported only where a collector is set. The SDK reads OpenTelemetry's own environment variables for all else
(OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, OTEL_BSP_…). Its provider is not made the global one: libraries that
write spans of their own (rasa-sdk) would say what we do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tracing.spans import HEADER, Kind, Span

PATH = "/v1/traces"
_CONVERSATION = re.compile(r"[0-9a-f]{32}")
_KINDS = {
    Kind.SERVER: trace.SpanKind.SERVER,
    Kind.CLIENT: trace.SpanKind.CLIENT,
    Kind.INTERNAL: trace.SpanKind.INTERNAL,
}


class _OtlpSpan:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, *, conversation: str = "", message: int = 0, action: str = "") -> None:
        if _CONVERSATION.fullmatch(conversation):
            self._span.set_attribute("guichet.conversation", conversation)
        if message:
            self._span.set_attribute("guichet.message", message)
        if action:
            self._span.set_attribute("guichet.action", action)


class OtlpRecorder:
    """A process's own tracer.

    Args:
        process: Who traces: site, rasa or actions.
        collector: The collector's base address.
    """

    def __init__(self, process: str, collector: str) -> None:
        provider = TracerProvider(resource=Resource.create({SERVICE_NAME: f"guichet-{process}"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=collector.rstrip("/") + PATH)))
        self._tracer = provider.get_tracer("guichet")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, kind: Kind, parent: str | None, start: datetime | None) -> Iterator[Span]:
        """A span for as long as the context is open; see `tracing.spans.Recorder`.

        Of an exception only the class is told: its message may quote what was written.
        """
        context = None if parent is None else self._propagator.extract({HEADER: parent}, Context())
        span = self._tracer.start_span(
            name,
            context,
            _KINDS[kind],
            start_time=None if start is None else int(start.timestamp() * 1e6) * 1000,
            record_exception=False,
            set_status_on_exception=False,
        )
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield _OtlpSpan(span)
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(trace.StatusCode.ERROR)
                raise

    def current(self) -> str:
        """The current span as `HEADER` names it; empty outside of any."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get(HEADER, "")
