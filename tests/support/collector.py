"""A collector of traces: a real HTTP server that takes OTLP, for tests in both environments."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PATIENCE_SECONDS = 30.0
QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "100"}
"""Environment in which spans are sent after a tenth of a second."""


@dataclass(frozen=True)
class Exported:
    """A span as it came.

    Attributes:
        service: The process that it comes from.
        name: Of the step.
        trace: Id of its trace.
        id: Its own.
        parent: Id of the span around it; empty for the first of a trace.
        begun: Nanoseconds since 1970.
        ended: The same.
        attributes: What it says.
        failed: Whether it ended with an error.
    """

    service: str
    name: str
    trace: str
    id: str
    parent: str
    begun: int
    ended: int
    attributes: dict[str, Any]
    failed: bool


def _attributes(rows: Any) -> dict[str, Any]:
    return {row.key: getattr(row.value, row.value.WhichOneof("value")) for row in rows}


class Collector:
    """The server, in a thread of its own. `with Collector() as collector:` starts and ends it.

    Attributes:
        spans: What came, in the order in which it came.
        raw: The bodies of all calls.
    """

    def __init__(self) -> None:
        self.spans: list[Exported] = []
        self.raw: list[bytes] = []
        self._port = 0
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self._port}"

    def until(self, wanted: Callable[[list[Exported]], object]) -> list[Exported]:
        """Wait until the spans are as wanted.

        Raises:
            AssertionError: They never are.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not wanted(list(self.spans)):
            assert time.monotonic() < deadline, [(span.service, span.name, span.attributes) for span in self.spans]
            time.sleep(0.05)
        return list(self.spans)

    def __enter__(self) -> Collector:
        self._thread.start()
        assert self._started.wait(PATIENCE_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.raw.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _attributes(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [
                    Exported(
                        service,
                        span.name,
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                        span.start_time_unix_nano,
                        span.end_time_unix_nano,
                        _attributes(span.attributes),
                        span.status.code == span.status.STATUS_CODE_ERROR,
                    )
                    for span in scope.spans
                ]
        return web.Response(content_type="application/x-protobuf")

    async def _start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/v1/traces", self._take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port = runner.addresses[0][1]
        return runner

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = self._loop.run_until_complete(self._start())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
