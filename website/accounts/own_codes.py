"""Turning one-time codes on and off for one's own account: `/compte/code`."""

from __future__ import annotations

from aiohttp import web

from directory.french import typeset
from website import audit
from website.accounts import attempts, totp
from website.accounts.access import Access
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.accounts.mails import tell_of_change
from website.accounts.records import by_id
from website.accounts.second_step import WRONG
from website.accounts.sign_in import client, wait_sentence
from website.keys import SETTINGS, STORAGE
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import ACCOUNT_PAGE, render, see_other

PATH = f"{ACCOUNT_PAGE}/code"


async def codes_page(request: web.Request) -> web.StreamResponse:
    """How to turn codes on, or off where they are on."""
    return await _page(request)


async def change_codes(request: web.Request) -> web.StreamResponse:
    """Turn codes on or off; both need a code."""
    somebody = signed_in(request)
    secret, code = await field(request, "secret"), await field(request, "code")
    counted = attempts.for_code(somebody.id), attempts.for_address(client(request))
    async with request.app[STORAGE].write() as session:
        wait = await attempts.admit(session, counted)
    if wait:
        return await _page(request, wait_sentence(wait), secret)
    async with request.app[STORAGE].write() as session:
        account = await by_id(session, somebody.id)
        if account.totp_secret is not None:
            done = await totp.use_code(session, account, code)
            if done:
                await totp.turn_off(session, account)
                await audit.record(session, somebody.id, "code.off", subject=somebody.id)
                await tell_of_change(
                    session, request.app[SETTINGS], account, "La double authentification vient d’être désactivée."
                )
                await attempts.succeeded(session, *counted)
                return see_other(request, ACCOUNT_PAGE, "La double authentification est désactivée.")
        else:
            step = totp.step_of(secret, code) if totp.is_secret(secret) else None
            if step is not None:
                codes = await totp.turn_on(session, account, secret, step)
                await audit.record(session, somebody.id, "code.on", subject=somebody.id)
                await attempts.succeeded(session, *counted)
                return render(request, "accounts/recovery_codes.html", codes=codes)
    return await _page(request, WRONG, secret)


async def _page(request: web.Request, error: str = "", secret: str = "") -> web.Response:
    somebody = signed_in(request)
    async with request.app[STORAGE].read() as session:
        account = await by_id(session, somebody.id)
    status, error = 422 if error else 200, typeset(error)
    if account.totp_secret is not None:
        return render(request, "accounts/code_off.html", status=status, error=error)
    if not totp.is_secret(secret):
        secret = totp.new_secret()
    return render(
        request,
        "accounts/code_on.html",
        status=status,
        error=error,
        secret=secret,
        grouped=totp.grouped(secret),
        drawing=totp.qr_code(totp.address_of(secret, account.email, request.app[SETTINGS].site_name)),
    )


ROUTES = (
    Route(
        "GET",
        PATH,
        codes_page,
        Operation("How to turn one-time codes on or off", answers={"200": page("The page")}),
        Access.ANYONE_SIGNED_IN,
    ),
    Route(
        "POST",
        PATH,
        change_codes,
        Operation(
            "Turn one-time codes on (answers the recovery codes) or off",
            body=form_body("secret", "code"),
            answers={
                "200": page("On: the recovery codes, shown this once"),
                "303": redirect("Off"),
                "403": page("Refused"),
                "422": page("Wrong code"),
            },
        ),
        Access.ANYONE_SIGNED_IN,
    ),
)
