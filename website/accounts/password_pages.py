"""Choosing a password by a one-time link, and asking for such a link."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from directory.french import typeset
from website import audit
from website.accounts import attempts, links, passwords, sessions
from website.accounts.access import Access
from website.accounts.browser import field
from website.accounts.mails import send_link, tell_of_change
from website.accounts.models import Account, Purpose
from website.accounts.records import by_email, by_id, canonical_email
from website.accounts.sign_in import (
    check_open_form,
    client,
    continue_sign_in,
    too_soon,
    wait_sentence,
)
from website.keys import SETTINGS, STORAGE
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import message, render

SENT = (
    "Si un compte existe à cette adresse, un courriel vient de partir avec un lien pour choisir un nouveau mot de "
    "passe. Rien reçu dans dix minutes ? Regardez dans les indésirables, ou demandez à votre administrateur."
)
USED = (
    "Ce lien a déjà servi, ou son délai est passé. Demandez-en un autre avec « Mot de passe oublié », "
    "ou à votre administrateur."
)
DIFFERENT = "Les deux mots de passe ne sont pas les mêmes."


async def link_page(request: web.Request) -> web.StreamResponse:
    """The form behind a one-time link. Opening it uses nothing up: mail scanners open links too."""
    try:
        async with request.app[STORAGE].read() as session:
            account = await _account_of(session, request)
    except links.LinkUsedError:
        return _used(request)
    return _form(request, account)


async def use_link(request: web.Request) -> web.StreamResponse:
    """Set the password, use the link up, and sign in."""
    await check_open_form(request)
    password, again = await field(request, "password"), await field(request, "again")
    try:
        async with request.app[STORAGE].read() as session:
            account = await _account_of(session, request)
        error = refused(password, again, account)
        if error:
            return _form(request, account, error)
        kept = await passwords.hashed(password)
        async with request.app[STORAGE].write() as session:
            await links.use(session, request.match_info["token"], *links.PASSWORD_PURPOSES)
            account = await by_id(session, account.id)
            first = account.password_hash is None
            account.password_hash = kept
            await sessions.end_all(session, account.id)
            await links.revoke(session, account.id)
            await audit.record(session, account.id, "password.set", by="link")
            if not first:
                what = "Le mot de passe de votre compte vient d’être changé."
                await tell_of_change(session, request.app[SETTINGS], account, what)
    except links.LinkUsedError:
        return _used(request)
    return await continue_sign_in(request, account, "", "link")


async def forgotten_page(request: web.Request) -> web.StreamResponse:
    """The form to ask for a link."""
    return render(request, "accounts/forgotten.html", error="")


async def ask_link(request: web.Request) -> web.StreamResponse:
    """Send a link where the address has an account; say the same in any case."""
    await check_open_form(request)
    email = canonical_email(await field(request, "email"))
    storage, settings = request.app[STORAGE], request.app[SETTINGS]
    async with storage.write() as session:
        wait = await attempts.admit(session, attempts.for_link(email, client(request)))
        account = None if wait else await by_email(session, email)
        if account is not None and not account.disabled:
            purpose = Purpose.RESET if account.password_hash else Purpose.INVITATION
            await send_link(session, settings, account, purpose)
            await audit.record(session, None, "password.link_asked", subject=account.id)
    if wait:
        error = typeset(wait_sentence(wait))
        return too_soon(render(request, "accounts/forgotten.html", error=error, status=429), wait)
    return message(request, typeset(SENT), title="Regardez votre courrier")


def refused(password: str, again: str, account: Account) -> str:
    """Why a new password is refused; empty where it is not.

    Args:
        password: The new one.
        again: Typed once more.
        account: Whose.
    """
    if password != again:
        return DIFFERENT
    return passwords.weakness(password, account.email, account.name) or ""


async def _account_of(session: AsyncSession, request: web.Request) -> Account:
    link = await links.look(session, request.match_info["token"], *links.PASSWORD_PURPOSES)
    account = await by_id(session, link.account_id)
    if account.disabled:
        raise links.LinkUsedError
    return account


def _form(request: web.Request, account: Account, error: str = "") -> web.Response:
    status = 422 if error else 200
    return render(request, "accounts/link.html", status=status, who=account, error=typeset(error))


def _used(request: web.Request) -> web.Response:
    return message(request, typeset(USED), status=410, title="Ce lien ne fonctionne plus")


_TOKEN = ({"name": "token", "in": "path", "required": True, "schema": {"type": "string"}},)

ROUTES = (
    Route(
        "GET",
        links.PATH,
        link_page,
        Operation(
            "Form to choose a password by a one-time link",
            parameters=_TOKEN,
            answers={"200": page("The form"), "410": page("The link was used or has expired")},
        ),
        Access.PUBLIC,
    ),
    Route(
        "POST",
        links.PATH,
        use_link,
        Operation(
            "Choose a password; uses the link up",
            parameters=_TOKEN,
            body=form_body("password", "again"),
            answers={
                "303": redirect("Set, and signed in"),
                "403": page("Sent by another site"),
                "410": page("The link was used or has expired"),
                "422": page("Too weak, or not the same twice"),
            },
        ),
        Access.PUBLIC,
    ),
    Route(
        "GET",
        "/mot-de-passe-oublie",
        forgotten_page,
        Operation("Form to ask for a link to another password", answers={"200": page("The form")}),
        Access.PUBLIC,
    ),
    Route(
        "POST",
        "/mot-de-passe-oublie",
        ask_link,
        Operation(
            "Ask for a link to another password; the answer never tells whether there is an account",
            body=form_body("email"),
            answers={
                "200": page("The same in any case"),
                "403": page("Sent by another site"),
                "429": page("Too many"),
            },
        ),
        Access.PUBLIC,
    ),
)
