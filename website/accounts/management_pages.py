"""Administrators manage accounts: `/console/comptes`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from directory.data import DirectoryData
from directory.french import typeset
from website import audit, handoff
from website.accounts import management
from website.accounts.access import Access, Role
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.accounts.mails import send_link
from website.accounts.management import LastAdministratorError, StillEnabledError, Wanted
from website.accounts.models import Account, Purpose
from website.accounts.own import BAD_DATE, read_absence
from website.accounts.records import EmailTakenError, UnknownAccountError, absence, by_id
from website.accounts.words import DUTIES, ROLES, state
from website.keys import SETTINGS, STORAGE
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import render, see_other

PATH = "/console/comptes"
TAKEN = "Cette adresse a déjà un compte."
LAST = "C’est le dernier administrateur qui peut se connecter : nommez-en un autre d’abord."
NO_MAIL = "Aucun serveur de courriel n’est réglé : transmettez vous-même le lien ci-dessous."


async def list_accounts(request: web.Request) -> web.StreamResponse:
    """All accounts."""
    async with request.app[STORAGE].read() as session:
        accounts = await management.all_accounts(session)
        names = _antenna_names(await handoff.directory(session))
        rows = [(one, ROLES[one.role], _antennas(one, names), *state(one)) for one in accounts]
        return render(request, "accounts/list.html", rows=rows)


async def invitation_page(request: web.Request) -> web.StreamResponse:
    """The form to invite somebody."""
    async with request.app[STORAGE].read() as session:
        return await _form(request, session, None, Wanted("", "", Role.OFFICER, ()), {})


async def invite_account(request: web.Request) -> web.StreamResponse:
    """Make an account and send the link to set its password."""
    somebody = signed_in(request)
    wanted, found = await _read(request)
    async with request.app[STORAGE].write() as session:
        found |= management.faults(wanted, await handoff.directory(session))
        if not found:
            try:
                account = await management.invite(session, somebody.id, wanted)
            except EmailTakenError:
                found["email"] = TAKEN
            else:
                address = await send_link(session, request.app[SETTINGS], account, Purpose.INVITATION)
        if found:
            return await _form(request, session, None, wanted, found)
    return _sent(request, account, address)


async def account_page(request: web.Request) -> web.StreamResponse:
    """The form to change an account."""
    async with request.app[STORAGE].read() as session:
        account = await _found(request, session)
        return await _form(request, session, account, _wanted(account), {})


async def change_account(request: web.Request) -> web.StreamResponse:
    """Change an account."""
    somebody = signed_in(request)
    wanted, found = await _read(request)
    async with request.app[STORAGE].write() as session:
        account = await _found(request, session)
        found |= management.faults(wanted, await handoff.directory(session))
        if not found:
            try:
                account = await management.change(session, somebody.id, account.id, wanted)
            except EmailTakenError:
                found["email"] = TAKEN
            except LastAdministratorError:
                found["role"] = LAST
        if found:
            return await _form(request, session, account, wanted, found)
    return see_other(request, PATH, f"Le compte de {account.name} est enregistré.")


async def send_new_link(request: web.Request) -> web.StreamResponse:
    """Send somebody a link to set the password."""
    somebody = signed_in(request)
    async with request.app[STORAGE].write() as session:
        account = await _found(request, session)
        if account.disabled:
            return see_other(request, _path(account.id), "Ce compte est désactivé : réactivez-le d’abord.", "bad")
        purpose = Purpose.RESET if account.password_hash else Purpose.INVITATION
        address = await send_link(session, request.app[SETTINGS], account, purpose)
        await audit.record(session, somebody.id, "account.link", subject=account.id)
    return _sent(request, account, address)


async def end_their_sessions(request: web.Request) -> web.StreamResponse:
    """End somebody's sessions."""
    return await _do(request, management.sign_out, "Ses sessions sont fermées.")


async def forget_their_codes(request: web.Request) -> web.StreamResponse:
    """Turn somebody's one-time codes off."""
    forget = partial(management.forget_codes, settings=request.app[SETTINGS])
    return await _do(request, forget, "Sa double authentification est désactivée.")


async def remove_account(request: web.Request) -> web.StreamResponse:
    """Remove an account that was disabled."""
    try:
        await _do(request, management.remove, "")
    except StillEnabledError:
        return see_other(request, _path(request.match_info["id"]), "Désactivez d’abord ce compte.", "bad")
    return see_other(request, PATH, "Le compte est supprimé. Ses réponses restent dans les conversations.")


async def _do(
    request: web.Request, step: Callable[[AsyncSession, str, str], Awaitable[object]], message: str
) -> web.Response:
    async with request.app[STORAGE].write() as session:
        account = await _found(request, session)
        await step(session, signed_in(request).id, account.id)
    return see_other(request, _path(account.id), message)


async def _found(request: web.Request, session: AsyncSession) -> Account:
    try:
        return await by_id(session, request.match_info["id"])
    except UnknownAccountError as error:
        raise web.HTTPNotFound from error


async def _read(request: web.Request) -> tuple[Wanted, dict[str, str]]:
    """What the form says, and what of it cannot be read."""
    found: dict[str, str] = {}
    role_word = await field(request, "role")
    role = Role(role_word) if role_word in set(Role) else None
    if role is None:
        found["role"] = "Choisissez un rôle."
    try:
        away_until = read_absence(await field(request, "away_until"))
    except ValueError:
        away_until = None
        found["away_until"] = BAD_DATE
    sent = await request.post()
    wanted = Wanted(
        email=(await field(request, "email")).strip(),
        name=(await field(request, "name")).strip(),
        role=role or Role.OFFICER,
        antennas=tuple(str(slug)[:64] for slug in sent.getall("antenna", [])),
        contact=await field(request, "contact") or None,
        away_until=away_until,
        disabled=await field(request, "disabled") == "on",
    )
    return wanted, found


def _wanted(account: Account) -> Wanted:
    return Wanted(
        email=account.email,
        name=account.name,
        role=account.role,
        antennas=tuple(one.antenna for one in account.antennas),
        contact=account.contact,
        away_until=absence(account),
        disabled=account.disabled,
    )


async def _form(
    request: web.Request, session: AsyncSession, account: Account | None, wanted: Wanted, found: Mapping[str, str]
) -> web.Response:
    directory = await handoff.directory(session)
    names = _antenna_names(directory)
    gone = [slug for slug in wanted.antennas if slug not in names]
    context: dict[str, Any] = {
        "who": account,
        "wanted": wanted,
        "found": {name: typeset(text) for name, text in found.items()},
        "roles": [(role.value, ROLES[role], DUTIES[role]) for role in Role],
        "antennas": [*names.items(), *((slug, f"{slug} (n’est plus dans l’annuaire)") for slug in gone)],
        "contacts": [(one.id, f"{one.name}, {names.get(one.antenna, one.antenna)}") for one in directory.contacts]
        if directory
        else [],
    }
    return render(request, "accounts/edit.html", status=422 if found else 200, **context)


def _sent(request: web.Request, account: Account, address: str) -> web.Response:
    """Say that a mail is on its way; show the link where no mail is sent."""
    if request.app[SETTINGS].smtp_url:
        return see_other(request, PATH, f"Un courriel avec un lien est parti à {account.email}.")
    return render(request, "accounts/link_to_hand_over.html", who=account, address=address, reason=typeset(NO_MAIL))


def _antenna_names(directory: DirectoryData | None) -> dict[str, str]:
    return {one.slug: one.name for one in directory.antennas} if directory else {}


def _antennas(account: Account, names: Mapping[str, str]) -> str:
    return ", ".join(names.get(one.antenna, one.antenna) for one in account.antennas)


def _path(account_id: str) -> str:
    return f"{PATH}/{account_id}"


_ID = ({"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},)
_FIELDS = form_body("email", "name", "role", "antenna", "contact", "away_until", "disabled")
_ANSWERS = {"303": redirect("Done"), "403": page("Refused"), "404": page("No such account")}


def _action(path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]], summary: str) -> Route:
    operation = Operation(
        summary, parameters=_ID, body=form_body(), answers={"200": page("The link to hand over"), **_ANSWERS}
    )
    return Route("POST", f"{PATH}/{{id}}/{path}", handler, operation, Access.ADMIN)


ROUTES = (
    Route("GET", PATH, list_accounts, Operation("All accounts", answers={"200": page("The list")}), Access.ADMIN),
    Route(
        "POST",
        PATH,
        invite_account,
        Operation(
            "Invite somebody",
            body=_FIELDS,
            answers={"200": page("The link to hand over"), **_ANSWERS, "422": page("Something to correct")},
        ),
        Access.ADMIN,
    ),
    Route(
        "GET",
        f"{PATH}/nouveau",
        invitation_page,
        Operation("Form to invite somebody", answers={"200": page("The form")}),
        Access.ADMIN,
    ),
    Route(
        "GET",
        f"{PATH}/{{id}}",
        account_page,
        Operation("An account", parameters=_ID, answers={"200": page("The form"), "404": page("No such account")}),
        Access.ADMIN,
    ),
    Route(
        "POST",
        f"{PATH}/{{id}}",
        change_account,
        Operation(
            "Change an account",
            parameters=_ID,
            body=_FIELDS,
            answers={**_ANSWERS, "422": page("Something to correct")},
        ),
        Access.ADMIN,
    ),
    _action("lien", send_new_link, "Send a link to set the password"),
    _action("sessions", end_their_sessions, "End somebody's sessions"),
    _action("code", forget_their_codes, "Turn somebody's one-time codes off"),
    _action("supprimer", remove_account, "Remove an account that was disabled"),
)
