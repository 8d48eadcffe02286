"""Headers of every answer, calls from other origins, errors as JSON, limits by address and for slow calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from settings import Settings
from website.errors import STATUS, ApiError, too_many
from website.limits import Buckets, client_address

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
EMBEDDED = "/"
"""The only page that other sites may show in a frame, those that may embed the chat."""
STATIC_CACHE = "public, max-age=300, must-revalidate"
PREFLIGHT_SECONDS = 7200
"""How long a browser keeps an answer to a preflight; Chromium takes no longer one."""

HSTS_SECONDS = 365 * 24 * 3600
OPENING = ("POST", "/api/conversations")
PAGES_FOR_ONE_CALL = 2
"""Pages may be asked for so many times as often as the API, since one person opens several things at once."""
UNCOUNTED = ("/static/", "/health", "/metrics")
"""Where addresses begin that may be called as often as somebody likes: cheap, and called by machines."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""Headers of every answer, even of one to what is no HTTP."""


def is_api(request: web.BaseRequest) -> bool:
    """Whether a call is to the API, where errors are JSON and other origins may call."""
    return request.path == "/api" or request.path.startswith("/api/")


class Outside:
    """What stands between the network and the views.

    Args:
        settings: Give allowed origins, trusted proxies, limits.
    """

    def __init__(self, settings: Settings) -> None:
        self._origins = frozenset(origin.rstrip("/") for origin in settings.allowed_origins)
        self._proxies = settings.trusted_proxies
        self._body_seconds = settings.body_seconds
        limit = settings.limit_address
        self._calls = _a_minute(limit)
        self._pages = _a_minute(limit * PAGES_FOR_ONE_CALL)
        self._openings = _a_minute(settings.limit_openings if limit > 0 else 0)
        self._always = dict(ALWAYS)
        if settings.public_url.startswith("https://"):
            self._always["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
        embedding = " ".join(("'self'", *sorted(self._origins)))
        self._embedded_policy = f"{PAGE_POLICY}; frame-ancestors {embedding}"
        self._page_policy = f"{PAGE_POLICY}; frame-ancestors 'none'"

    def install(self, app: web.Application) -> None:
        """Put it around an application."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        app.middlewares.append(guard)
        app.on_response_prepare.append(self.add_headers)

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._count(request)
            view = self._call if is_api(request) else _show
            return await self._in_time(request, view(request, handler))
        except ApiError as error:
            return error.response() if is_api(request) else _plain(error)

    def _count(self, request: web.Request) -> None:
        if request.path.startswith(UNCOUNTED) or request.method == "OPTIONS":
            return
        counted = [(self._calls, "too_many_calls") if is_api(request) else (self._pages, "too_many_calls")]
        if (request.method, request.path) == OPENING:
            counted.append((self._openings, "too_many_openings"))
        for buckets, code in counted:
            wait = 0.0 if buckets is None else buckets.take(client_address(request, self._proxies))
            if wait:
                raise too_many(code, wait)

    async def _in_time(self, request: web.Request, answer: Awaitable[web.StreamResponse]) -> web.StreamResponse:
        """End a call whose body does not arrive in time; once it is there, the view takes as long as it needs."""
        if not request.can_read_body:
            return await answer
        inside = True

        def arrived() -> None:
            if inside and not limit.expired():
                limit.reschedule(None)

        try:
            async with asyncio.timeout(self._body_seconds) as limit:
                request.content.on_eof(arrived)
                return await answer
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise ApiError("too_slow", {"Connection": "close"}) from error
        finally:
            inside = False

    async def _call(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(status=204)
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
        for name, value in self._always.items():
            headers.setdefault(name, value)
        if response.content_type == "text/html":
            embedded = request.path == EMBEDDED
            headers.setdefault("Content-Security-Policy", self._embedded_policy if embedded else self._page_policy)
            headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        else:
            headers.setdefault("Content-Security-Policy", DATA_POLICY)
        if request.path.startswith("/static/"):
            headers.setdefault("Cache-Control", STATIC_CACHE)
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            return
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if is_api(request):
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
        response.headers["Access-Control-Expose-Headers"] = "Retry-After, X-Receipt"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Last-Event-ID"
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)


async def _show(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request)


def _a_minute(calls: int) -> Buckets | None:
    return Buckets(calls, calls / 60) if calls > 0 else None


def _plain(error: ApiError) -> web.Response:
    """A refusal in words, where a page was asked for."""
    status = STATUS.get(error.code, 400)
    return web.Response(text=error.message, status=status, headers=error.headers, content_type="text/plain")


def pattern(request: web.Request) -> str:
    """The pattern that an address fits, for logs: it holds nothing that came from outside."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
