"""The second step of signing in: `/connexion/code`."""

from __future__ import annotations

from aiohttp import web

from directory.french import typeset
from website.accounts import attempts, links, totp
from website.accounts.access import Access
from website.accounts.browser import cookie, field, set_cookie
from website.accounts.models import Account, Purpose
from website.accounts.records import by_id
from website.accounts.sign_in import (
    CODE_PAGE,
    SECOND_STEP_COOKIE,
    check_open_form,
    client,
    let_in,
    note_refusal,
    onward,
    too_soon,
    wait_sentence,
)
from website.keys import STORAGE
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import render, see_other

WRONG = "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant, puis saisissez-le."
TOO_LATE = "Dix minutes sont passées depuis le mot de passe : recommencez, rien n’est perdu."


async def code_page(request: web.Request) -> web.StreamResponse:
    """The form for the code."""
    try:
        await _account(request)
    except links.LinkUsedError:
        return _start_again(request)
    return _form(request, request.query.get("suite", ""))


async def send_code(request: web.Request) -> web.StreamResponse:
    """Check the code and sign in."""
    await check_open_form(request)
    suite, code = await field(request, "suite"), await field(request, "code")
    try:
        account = await _account(request)
        counted = attempts.for_code(account.id), attempts.for_address(client(request))
        async with request.app[STORAGE].write() as session:
            wait = await attempts.admit(session, counted)
        if wait:
            return too_soon(_form(request, suite, wait_sentence(wait), status=429), wait)
        async with request.app[STORAGE].write() as session:
            right = await totp.use_code(session, account, code)
            if right:
                await links.use(session, cookie(request, SECOND_STEP_COOKIE), Purpose.SECOND_STEP)
                await attempts.succeeded(session, *counted)
    except links.LinkUsedError:
        return _start_again(request)
    if not right:
        await note_refusal(request, account, "code")
        return _form(request, suite, WRONG, status=422)
    response = await let_in(request, account, suite, "code")
    set_cookie(request, response, SECOND_STEP_COOKIE, "", None)
    return response


async def _account(request: web.Request) -> Account:
    async with request.app[STORAGE].read() as session:
        link = await links.look(session, cookie(request, SECOND_STEP_COOKIE), Purpose.SECOND_STEP)
        account = await by_id(session, link.account_id)
    if account.disabled:
        raise links.LinkUsedError
    return account


def _start_again(request: web.Request) -> web.Response:
    return see_other(request, "/connexion", TOO_LATE, "bad")


def _form(request: web.Request, suite: str, error: str = "", status: int = 200) -> web.Response:
    return render(request, "accounts/code.html", status=status, suite=onward(suite), error=typeset(error))


ROUTES = (
    Route(
        "GET",
        CODE_PAGE,
        code_page,
        Operation("Form for the code", answers={"200": page("The form"), "303": redirect("Password first")}),
        Access.PUBLIC,
    ),
    Route(
        "POST",
        CODE_PAGE,
        send_code,
        Operation(
            "Sign in with the code of an authenticator application, or a recovery code",
            body=form_body("code", "suite"),
            answers={
                "303": redirect("Signed in, or password first"),
                "403": page("Sent by another site"),
                "422": page("Wrong code"),
                "429": page("Too many attempts"),
            },
        ),
        Access.PUBLIC,
    ),
)
