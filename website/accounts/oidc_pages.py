"""Signing in by the OpenID provider: `/connexion/oidc` and back."""

from __future__ import annotations

import base64
import json

from aiohttp import web

from website.accounts.access import Access
from website.accounts.browser import cookie, is_https, set_cookie
from website.accounts.oidc import FAILED, PROVIDER, Provider, ProviderError, Started
from website.accounts.records import by_email
from website.accounts.sign_in import continue_sign_in, note_refusal, onward
from website.keys import SETTINGS, STORAGE
from website.openapi import Operation, Route, redirect
from website.staff.pages import see_other

START_PAGE = "/connexion/oidc"
BACK_PAGE = "/connexion/oidc/retour"
COOKIE = "oidc"
COOKIE_SECONDS = 600
NO_ACCOUNT = "Aucun compte n’est ouvert ici pour {email} : demandez-en un à votre administrateur."


async def start(request: web.Request) -> web.StreamResponse:
    """Send the browser to the provider."""
    provider = _provider(request)
    try:
        address, started = await provider.start(_back(request))
    except ProviderError as error:
        return see_other(request, "/connexion", str(error), "bad")
    response = see_other(request, address)
    kept = [started.state, started.nonce, started.verifier, onward(request.query.get("suite", ""))]
    value = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
    set_cookie(request, response, COOKIE, value, COOKIE_SECONDS)
    return response


async def come_back(request: web.Request) -> web.StreamResponse:
    """Let in whom the provider knows, where the address has an account."""
    provider = _provider(request)
    try:
        started, suite = _remembered(request)
        email = await provider.finish(started, request.query, _back(request))
        async with request.app[STORAGE].read() as session:
            account = await by_email(session, email)
        if account is None or account.disabled:
            await note_refusal(request, account, "oidc")
            raise ProviderError(NO_ACCOUNT.format(email=email))
        response = await continue_sign_in(request, account, suite, "oidc")
    except ProviderError as error:
        response = see_other(request, "/connexion", str(error), "bad")
    set_cookie(request, response, COOKIE, "", None)
    return response


def _provider(request: web.Request) -> Provider:
    provider = request.app[PROVIDER]
    if not provider.is_on:
        raise web.HTTPNotFound
    return provider


def _back(request: web.Request) -> str:
    """Where the provider sends the browser back; it takes only addresses that were registered with it."""
    own = request.app[SETTINGS].public_url.rstrip("/")
    return (own or f"{'https' if is_https(request) else 'http'}://{request.host}") + BACK_PAGE


def _remembered(request: web.Request) -> tuple[Started, str]:
    try:
        state, nonce, verifier, suite = json.loads(base64.urlsafe_b64decode(cookie(request, COOKIE)))
        return Started(str(state), str(nonce), str(verifier)), str(suite)
    except ValueError as error:
        raise ProviderError(FAILED) from error


_NONE = {"404": {"description": "No provider is set up"}}

ROUTES = (
    Route(
        "GET",
        START_PAGE,
        start,
        Operation("Sign in by the OpenID provider", answers={"303": redirect("To the provider"), **_NONE}),
        Access.PUBLIC,
    ),
    Route(
        "GET",
        BACK_PAGE,
        come_back,
        Operation("Where the OpenID provider sends the browser back", answers={"303": redirect("Done"), **_NONE}),
        Access.PUBLIC,
    ),
)
