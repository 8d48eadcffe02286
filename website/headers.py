"""Headers of every answer, calls from other origins, errors as JSON, calls of one address counted."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from settings import Settings
from website.errors import ApiError, too_many
from website.limits import Buckets, client_address

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
STATIC_CACHE = "public, max-age=300, must-revalidate"
PREFLIGHT_SECONDS = 7200
"""How long a browser keeps an answer to a preflight; Chromium takes no longer one."""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def is_api(request: web.BaseRequest) -> bool:
    """Whether a call is to the API, where errors are JSON and other origins may call."""
    return request.path == "/api" or request.path.startswith("/api/")


class Outside:
    """What stands between the network and the views.

    Args:
        settings: Give allowed origins, trusted proxies, calls a minute.
    """

    def __init__(self, settings: Settings) -> None:
        self._origins = frozenset(origin.rstrip("/") for origin in settings.allowed_origins)
        self._proxies = settings.trusted_proxies
        limit = settings.limit_address
        self._calls = Buckets(limit, limit / 60) if limit > 0 else None

    def install(self, app: web.Application) -> None:
        """Put it around an application."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        app.middlewares.append(guard)
        app.on_response_prepare.append(self.add_headers)

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_api(request):
            return await handler(request)
        try:
            return await self._call(request, handler)
        except ApiError as error:
            return error.response()

    async def _call(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=204)
        if self._calls is not None:
            wait = self._calls.take(client_address(request, self._proxies))
            if wait:
                raise too_many("too_many_calls", wait)
        try:
            return await handler(request)
        except web.HTTPNotFound as error:
            raise ApiError("not_found") from error
        except web.HTTPMethodNotAllowed as error:
            raise ApiError("method_not_allowed", {"Allow": error.headers["Allow"]}) from error
        except web.HTTPRequestEntityTooLarge as error:
            raise ApiError("body_too_large") from error
        except (ApiError, web.HTTPException, ConnectionError):
            raise
        except Exception as error:
            logger.exception("a call failed: %s %s", request.method, pattern(request))
            raise ApiError("internal") from error

    async def add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Add what every answer carries."""
        headers = response.headers
        headers.popall("Server", None)
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        page = response.content_type == "text/html"
        headers.setdefault("Content-Security-Policy", PAGE_POLICY if page else DATA_POLICY)
        if request.path.startswith("/static/"):
            headers.setdefault("Cache-Control", STATIC_CACHE)
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        elif is_api(request):
            headers.setdefault("Cache-Control", "no-store")
            self._allow_origin(request, response)
        else:
            headers.setdefault("Cache-Control", "no-cache")

    def _allow_origin(self, request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get("Origin")
        if "*" in self._origins:
            response.headers["Access-Control-Allow-Origin"] = "*"
        elif self._origins:
            response.headers["Vary"] = "Origin"
            if origin not in self._origins:
                return
            response.headers["Access-Control-Allow-Origin"] = origin
        else:
            return
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Last-Event-ID"
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)


def pattern(request: web.Request) -> str:
    """The pattern that an address fits, for logs: it holds nothing that came from outside."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
