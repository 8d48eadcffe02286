"""Signing in and out: `/connexion`, `/deconnexion`."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote, urlsplit

from aiohttp import web

from directory.french import typeset
from website import audit
from website.accounts import attempts, links, passwords, sessions
from website.accounts.access import Access
from website.accounts.browser import comes_from_here, device, field, form_secret, session_token, set_cookie
from website.accounts.guard import refusal, same, signed_in, visitor
from website.accounts.models import Account, Purpose
from website.accounts.oidc import PROVIDER
from website.accounts.records import by_email, canonical_email, note_sign_in, set_hash
from website.keys import SETTINGS, STORAGE
from website.limits import client_address
from website.models import digest
from website.openapi import SESSION_COOKIE, Operation, Route, form_body, in_query, page, redirect
from website.staff.pages import home, render, see_other

CODE_PAGE = "/connexion/code"
SECOND_STEP_COOKIE = "second_step"
SECOND_STEP_LIFETIME = timedelta(minutes=10)
WRONG = "Adresse ou mot de passe incorrect. Vérifiez les deux, puis réessayez."


async def sign_in_page(request: web.Request) -> web.StreamResponse:
    """The form to sign in."""
    account = await visitor(request)
    if account is not None:
        return see_other(request, onward(request.query.get("suite", "")) or home(request, account))
    notice = "Votre session est terminée. Connectez-vous, puis recommencez." if "fin" in request.query else ""
    return _form(request, suite=request.query.get("suite", ""), notice=notice)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Sign in with address and password."""
    await check_open_form(request)
    email, suite = canonical_email(await field(request, "email")), await field(request, "suite")
    counted = attempts.for_account(email), attempts.for_address(client(request))
    storage = request.app[STORAGE]
    async with storage.write() as session:
        wait = await attempts.admit(session, counted)
    if wait:
        return too_soon(_form(request, email=email, suite=suite, error=wait_sentence(wait), status=429), wait)
    async with storage.read() as session:
        account = await by_email(session, email)
    password = await field(request, "password")
    right = await passwords.matches(password, account.password_hash if account else None)
    if account is None or not right or account.disabled:
        await note_refusal(request, account, "password")
        return _form(request, email=email, suite=suite, error=WRONG, status=422)
    renewed = await passwords.hashed(password) if passwords.is_outdated(account.password_hash or "") else None
    async with storage.write() as session:
        await attempts.succeeded(session, *counted)
        if renewed:
            await set_hash(session, account.id, renewed)
    return await continue_sign_in(request, account, suite, "password")


async def continue_sign_in(request: web.Request, account: Account, suite: str, way: str) -> web.Response:
    """Ask for the second step where the account has one, else let in. Arguments as for `let_in`."""
    if account.totp_secret is None:
        return await let_in(request, account, suite, way)
    async with request.app[STORAGE].write() as session:
        token = await links.make(session, account.id, Purpose.SECOND_STEP, SECOND_STEP_LIFETIME)
    query = f"?suite={quote(onward(suite), safe='')}" if onward(suite) else ""
    response = see_other(request, CODE_PAGE + query)
    set_cookie(request, response, SECOND_STEP_COOKIE, token, int(SECOND_STEP_LIFETIME.total_seconds()))
    return response


async def let_in(request: web.Request, account: Account, suite: str, way: str) -> web.Response:
    """Begin a session for somebody who showed who it is; one that the browser had before ends.

    Args:
        request: The call.
        account: Whose.
        suite: Where to go on, as the browser said; only a page of this site.
        way: How it was shown, for the log.
    """
    lifetime = sessions.Lifetime.of(request.app[SETTINGS])
    before = session_token(request)
    async with request.app[STORAGE].write() as session:
        if before:
            await sessions.end(session, digest(before))
        token = await sessions.begin(session, account.id, device(request), lifetime)
        await note_sign_in(session, account.id)
        await audit.record(session, account.id, "session.begun", way=way)
    somebody = sessions.SignedIn(account.id, account.name, account.email, account.role, (), "", "")
    response = see_other(request, onward(suite) or home(request, somebody))
    set_cookie(request, response, SESSION_COOKIE, token, int(lifetime.longest.total_seconds()))
    return response


async def note_refusal(request: web.Request, account: Account | None, way: str) -> None:
    """Note in the log that somebody was not let in.

    Args:
        request: The call.
        account: Whose account it would have been; None where there is none.
        way: As for `let_in`.
    """
    async with request.app[STORAGE].write() as session:
        await audit.record(session, None, "session.refused", subject=account.id if account else None, way=way)


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End this session."""
    account = signed_in(request)
    async with request.app[STORAGE].write() as session:
        await sessions.end(session, account.session)
        await audit.record(session, account.id, "session.ended")
    response = see_other(request, "/connexion", "Vous êtes déconnecté.")
    set_cookie(request, response, SESSION_COOKIE, "", None)
    return response


async def check_open_form(request: web.Request) -> None:
    """Check that a page of ours, in this browser, sent a form for which nobody has to be signed in.

    Raises:
        RefusedError: It was not.
    """
    if not comes_from_here(request) or not same(await field(request, "csrf"), form_secret(request)):
        raise refusal(request, "csrf")


def onward(suite: str) -> str:
    """The page of this site that an address names; empty where it names another site or none.

    Args:
        suite: What somebody put into a link, perhaps somebody else than us.
    """
    if not suite.startswith("/") or not suite.isprintable() or "\\" in suite or len(suite) > 500:
        return ""
    try:
        parts = urlsplit(suite)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc or suite.startswith("//") else suite


def too_soon(response: web.Response, seconds: float) -> web.Response:
    """An answer that says after how long to try again."""
    response.headers["Retry-After"] = str(int(seconds) + 1)
    return response


def wait_sentence(seconds: float) -> str:
    """What somebody is told who tries again too soon."""
    minutes = int(-(-seconds // 60))
    when = f"{int(seconds) + 1} secondes" if seconds < 60 else "une minute" if minutes == 1 else f"{minutes} minutes"
    return f"Trop d’essais se sont suivis. Réessayez dans {when}."


def client(request: web.Request) -> str:
    """The network that a call comes from."""
    return client_address(request, request.app[SETTINGS].trusted_proxies)


def _form(
    request: web.Request, *, email: str = "", suite: str = "", error: str = "", notice: str = "", status: int = 200
) -> web.Response:
    return render(
        request,
        "accounts/sign_in.html",
        status=status,
        email=email,
        suite=onward(suite),
        error=typeset(error),
        notice=notice,
        provider=request.app[PROVIDER],
    )


ROUTES = (
    Route(
        "GET",
        "/connexion",
        sign_in_page,
        Operation(
            "Form to sign in",
            parameters=in_query("suite"),
            answers={"200": page("The form"), "303": redirect("Signed in already")},
        ),
        Access.PUBLIC,
    ),
    Route(
        "POST",
        "/connexion",
        sign_in,
        Operation(
            "Sign in",
            body=form_body("email", "password", "suite"),
            answers={
                "303": redirect("Signed in"),
                "403": page("Sent by another site"),
                "422": page("Wrong address or password"),
                "429": page("Too many attempts"),
            },
        ),
        Access.PUBLIC,
    ),
    Route(
        "POST",
        "/deconnexion",
        sign_out,
        Operation("Sign out", body=form_body(), answers={"303": redirect("Signed out"), "403": page("Refused")}),
        Access.ANYONE_SIGNED_IN,
    ),
)
