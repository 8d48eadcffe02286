"""What a browser sends and keeps: where a call comes from, cookies, forms."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from website.errors import ApiError
from website.keys import SETTINGS
from website.openapi import SESSION_COOKIE

FORM_COOKIE = "form"
"""Holds the secret of forms that are shown to whoever is not signed in."""
SECURE_PREFIX = "__Host-"
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


def is_https(request: web.Request) -> bool:
    """Whether the browser speaks HTTPS, to us or to the proxy before us."""
    settings = request.app[SETTINGS]
    if request.scheme == "https" or settings.public_url.startswith("https://"):
        return True
    return settings.trusted_proxies > 0 and _last(request, "X-Forwarded-Proto").lower() == "https"


def own_hosts(request: web.Request) -> frozenset[str]:
    """Host and port under which browsers know this site: as the setting says, and as the call itself does."""
    settings = request.app[SETTINGS]
    hosts = {request.host.lower(), urlsplit(settings.public_url).netloc.lower()}
    if settings.trusted_proxies > 0:
        hosts.add(_last(request, "X-Forwarded-Host").lower())
    return frozenset(hosts - {""})


def _last(request: web.Request, header: str) -> str:
    return ",".join(request.headers.getall(header, [])).rpartition(",")[2].strip()


def comes_from_here(request: web.Request) -> bool:
    """Whether a call that changes something was sent by a page of this site, or by no page at all (a script)."""
    if request.headers.get("Sec-Fetch-Site", "none").lower() not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc.lower() in own_hosts(request)


def cookie(request: web.Request, name: str) -> str:
    """A cookie of ours; empty where there is none."""
    return request.cookies.get(_named(request, name), "")


def set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str, seconds: int | None) -> None:
    """Give the browser a cookie that no script reads and no other site sends.

    Args:
        request: The call that is answered.
        response: The answer.
        name: Of the cookie.
        value: Empty to take it away.
        seconds: How long it is kept; None until the browser is closed.
    """
    response.set_cookie(
        _named(request, name),
        value,
        max_age=seconds if value else 0,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_https(request),
    )


def _named(request: web.Request, name: str) -> str:
    return SECURE_PREFIX + name if is_https(request) else name


def session_token(request: web.Request) -> str:
    """The secret of the session; empty where there is none."""
    return cookie(request, SESSION_COOKIE)


def form_secret(request: web.Request) -> str:
    """What forms carry that are shown to whoever is not signed in: the browser's, or a new one."""
    return cookie(request, FORM_COOKIE) or secrets.token_urlsafe(32)


async def sent_secret(request: web.Request) -> str:
    """What the call carries to show that a page of ours sent it: a header, or a field of the form."""
    in_form = await field(request, "csrf") if request.content_type in _FORM_TYPES else ""
    return request.headers.get("X-CSRF-Token", in_form)


async def field(request: web.Request, name: str) -> str:
    """A field of the form that was sent; empty where it is missing.

    Raises:
        ApiError: What was sent is no form, though it says so.
    """
    try:
        value = (await request.post()).get(name, "")
    except (ValueError, LookupError, RuntimeError, HttpProcessingError) as error:  # what aiohttp says of each fault
        raise ApiError("bad_form") from error
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")  # what a database takes


def device(request: web.Request) -> str:
    """The browser in words: « Firefox, Windows »."""
    agent = request.headers.get("User-Agent", "")
    browser = next((word for mark, word in _BROWSERS if mark in agent), "Navigateur inconnu")
    system = next((word for mark, word in _SYSTEMS if mark in agent), "")
    return f"{browser}, {system}" if system else browser


_BROWSERS = (
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
