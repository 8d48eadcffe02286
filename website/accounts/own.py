"""One's own account: `/compte`."""

from __future__ import annotations

from datetime import date, timedelta

from aiohttp import web
from sqlalchemy import select

from directory.french import typeset
from directory.hours import today
from website import audit, handoff
from website.accounts import attempts, passwords, sessions
from website.accounts.access import Access
from website.accounts.browser import field, set_cookie
from website.accounts.guard import signed_in
from website.accounts.mails import tell_of_change
from website.accounts.models import Account, AccountSession
from website.accounts.password_pages import refused
from website.accounts.records import absence, bad_name, by_id
from website.accounts.sign_in import client, wait_sentence
from website.accounts.words import ROLES
from website.keys import SETTINGS, STORAGE
from website.openapi import SESSION_COOKIE, Operation, Route, form_body, page, redirect
from website.staff.pages import ACCOUNT_PAGE, render, see_other

_LONGEST_ABSENCE = timedelta(days=730)
WRONG_PASSWORD = "Le mot de passe actuel n’est pas le bon."
BAD_DATE = "La date de retour n’est pas lisible, ou elle est passée."


async def own_page(request: web.Request) -> web.StreamResponse:
    """The account of whoever is signed in."""
    return await _page(request)


async def change_own(request: web.Request) -> web.StreamResponse:
    """Change name and absence."""
    somebody = signed_in(request)
    name = (await field(request, "name")).strip()
    try:
        away_until = read_absence(await field(request, "away_until"))
    except ValueError:
        return await _page(request, BAD_DATE)
    error = bad_name(name)
    if error:
        return await _page(request, error)
    async with request.app[STORAGE].write() as session:
        account = await by_id(session, somebody.id)
        account.name, account.away_until = name, away_until
        await audit.record(session, somebody.id, "account.changed", subject=somebody.id, fields=["name", "away_until"])
    return see_other(request, ACCOUNT_PAGE, "C’est enregistré.")


async def change_password(request: web.Request) -> web.StreamResponse:
    """Change the password; other sessions end."""
    somebody = signed_in(request)
    current, password, again = [await field(request, name) for name in ("current", "password", "again")]
    counted = attempts.for_account(somebody.email), attempts.for_address(client(request))
    async with request.app[STORAGE].write() as session:
        wait = await attempts.admit(session, counted)
        account = await by_id(session, somebody.id)
    if wait:
        return await _page(request, wait_sentence(wait))
    if not await passwords.matches(current, account.password_hash):
        return await _page(request, WRONG_PASSWORD)
    error = refused(password, again, account)
    kept = "" if error else await passwords.hashed(password)
    async with request.app[STORAGE].write() as session:
        await attempts.succeeded(session, *counted)
        if kept:
            account = await by_id(session, somebody.id)
            account.password_hash = kept
            await sessions.end_all(session, somebody.id, but=somebody.session)
            await audit.record(session, somebody.id, "password.set", by="owner")
            what = "Le mot de passe de votre compte vient d’être changé."
            await tell_of_change(session, request.app[SETTINGS], account, what)
    if error:
        return await _page(request, error)
    return see_other(request, ACCOUNT_PAGE, "Le mot de passe est changé ; vos autres sessions sont fermées.")


async def end_sessions(request: web.Request) -> web.StreamResponse:
    """End the other sessions, or all."""
    somebody = signed_in(request)
    everywhere = await field(request, "which") == "all"
    async with request.app[STORAGE].write() as session:
        await sessions.end_all(session, somebody.id, but=None if everywhere else somebody.session)
        await audit.record(session, somebody.id, "session.ended_everywhere" if everywhere else "session.ended_others")
    if not everywhere:
        return see_other(request, ACCOUNT_PAGE, "Vos autres sessions sont fermées.")
    response = see_other(request, "/connexion", "Vous êtes déconnecté partout.")
    set_cookie(request, response, SESSION_COOKIE, "", None)
    return response


def read_absence(text: str) -> date | None:
    """The last day of an absence, as a date field sends it; None where it is empty.

    Raises:
        ValueError: It is no date, or past, or too far away.
    """
    if not text:
        return None
    day = date.fromisoformat(text)
    if not today() <= day <= today() + _LONGEST_ABSENCE:
        raise ValueError(text)
    return day


async def _page(request: web.Request, error: str = "") -> web.Response:
    somebody = signed_in(request)
    async with request.app[STORAGE].read() as session:
        account: Account = await by_id(session, somebody.id)
        rows = await session.scalars(
            select(AccountSession)
            .where(AccountSession.account_id == somebody.id)
            .order_by(AccountSession.seen_at.desc())
        )
        directory = await handoff.directory(session)
        names = {one.slug: one.name for one in directory.antennas} if directory else {}
        return render(
            request,
            "accounts/own.html",
            status=422 if error else 200,
            error=typeset(error),
            own=account,
            away_until=absence(account),
            role=ROLES[account.role],
            antennas=[names.get(slug, slug) for slug in somebody.antennas],
            sessions=[(row, row.token_sha256 == somebody.session) for row in rows],
        )


_ANSWERS = {"303": redirect("Done"), "403": page("Refused"), "422": page("Something to correct")}

ROUTES = (
    Route(
        "GET",
        ACCOUNT_PAGE,
        own_page,
        Operation("One's own account", answers={"200": page("The account")}),
        Access.ANYONE_SIGNED_IN,
    ),
    Route(
        "POST",
        ACCOUNT_PAGE,
        change_own,
        Operation("Change name and absence", body=form_body("name", "away_until"), answers=_ANSWERS),
        Access.ANYONE_SIGNED_IN,
    ),
    Route(
        "POST",
        f"{ACCOUNT_PAGE}/mot-de-passe",
        change_password,
        Operation("Change the password", body=form_body("current", "password", "again"), answers=_ANSWERS),
        Access.ANYONE_SIGNED_IN,
    ),
    Route(
        "POST",
        f"{ACCOUNT_PAGE}/sessions",
        end_sessions,
        Operation("End the other sessions, or all of them", body=form_body("which"), answers=_ANSWERS),
        Access.ANYONE_SIGNED_IN,
    ),
)
