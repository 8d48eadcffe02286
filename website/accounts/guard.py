"""The one place where rights are enforced: a route is called only by those whom its rule lets in."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import web

from website.accounts.access import Access, allows
from website.accounts.browser import comes_from_here, sent_secret, session_token
from website.accounts.sessions import Lifetime, SignedIn, find
from website.errors import ApiError
from website.headers import Handler, is_api
from website.keys import SETTINGS, STORAGE

Rules = Mapping[tuple[str, str], Access]

RULES: web.AppKey[Rules] = web.AppKey("rules", Mapping)
"""The rule of each method and address."""
MOST_BYTES: web.AppKey[Mapping[tuple[str, str], int]] = web.AppKey("most_bytes", Mapping)
"""The largest body of methods and addresses that take more than the usual one."""
MOST_FIELDS = 10_000
"""Fields of a form in such a body."""
ACCOUNT = web.RequestKey("account", SignedIn)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class NobodySignedInError(LookupError):
    """A view asks who is signed in, although its rule lets others in too."""


class RefusedError(Exception):
    """A page call that is refused; the pages of the staff side show why.

    Args:
        code: A key of `website.errors.MESSAGES`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def signed_in(request: web.Request) -> SignedIn:
    """Who calls.

    Raises:
        NobodySignedInError: The route's rule lets in whoever is not signed in.
    """
    if ACCOUNT not in request:
        raise NobodySignedInError(request.path)
    return request[ACCOUNT]


async def visitor(request: web.Request) -> SignedIn | None:
    """Who calls a public page, or None where nobody is signed in."""
    if ACCOUNT not in request:
        token = session_token(request)
        account = await find(request.app[STORAGE], token, Lifetime.of(request.app[SETTINGS])) if token else None
        if account is None:
            return None
        request[ACCOUNT] = account
    return request[ACCOUNT]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Call the view only where its rule allows it."""
    resource = request.match_info.route.resource
    if resource is None:  # no such address or method; aiohttp's own handler says so
        return await handler(request)
    method = "GET" if request.method == "HEAD" else request.method
    access = request.app[RULES].get((method, resource.canonical), Access.ADMIN)  # unknown: as few as possible
    if access.needs_account:
        account = await visitor(request)
        if account is None:
            return _ask_to_sign_in(request)
        if not allows(access, account.role):
            raise refusal(request, "forbidden")
        most = request.app[MOST_BYTES].get((method, resource.canonical))
        if most is not None:
            request = request.clone(client_max_size=most, client_max_fields=MOST_FIELDS)
        if request.method not in SAFE and not await _is_meant(request, account.csrf):
            raise refusal(request, "csrf")
        if "%00" in request.raw_path:  # no database takes that character in a text: nothing can be called so
            raise web.HTTPNotFound
    return await handler(request)


def _ask_to_sign_in(request: web.Request) -> web.StreamResponse:
    if is_api(request):
        raise ApiError("not_signed_in")
    if request.method in SAFE:
        raise web.HTTPSeeOther(f"/connexion?suite={quote(request.path_qs, safe='')}")
    raise web.HTTPSeeOther("/connexion?fin=1")


def refusal(request: web.Request, code: str) -> Exception:
    """The error to raise: JSON for the API, a page else."""
    return ApiError(code) if is_api(request) else RefusedError(code)


async def _is_meant(request: web.Request, secret: str) -> bool:
    return comes_from_here(request) and same(await sent_secret(request), secret)


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
