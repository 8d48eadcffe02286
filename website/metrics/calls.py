"""Every call counted, by the pattern of its address."""

from __future__ import annotations

import time

from aiohttp import web

from website.headers import Handler, is_api, pattern
from website.metrics.measures import CALL_SECONDS, CALLS

_STREAM = "text/event-stream"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


@web.middleware
async def count_calls(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count a call and measure it; goes around all other middleware."""
    began = time.perf_counter()
    status, kind = 500, ""
    try:
        response = await handler(request)
        status, kind = response.status, response.content_type
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        method = request.method if request.method in _METHODS else "other"
        CALLS.labels(method, pattern(request), status).inc()
        if kind != _STREAM:
            CALL_SECONDS.labels(_area(request)).observe(time.perf_counter() - began)


def _area(request: web.Request) -> str:
    if is_api(request):
        return "api"
    return "static" if request.path.startswith("/static/") else "page"
