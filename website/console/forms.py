"""The same actions as in the API, sent by the forms of the conversation's page: they work without scripts too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from understanding.catalogue import current_catalogue
from website.accounts.access import Access
from website.accounts.browser import field
from website.body import read_number
from website.console import api, operations
from website.console.acts import officer_of, perform
from website.console.filters import Filters
from website.console.officer import Officer
from website.errors import ApiError
from website.events import News
from website.openapi import Operation, Route, form_body, redirect
from website.staff.pages import see_other
from website.studio.proposed import propose_question

Act = Callable[[AsyncSession, Officer, str], Awaitable[News]]


async def _words(request: web.Request) -> tuple[str, str]:
    text = (await field(request, "texte")).replace("\r\n", "\n")
    return api.read_words({"text": text, "client_id": await field(request, "numero")})


async def _claim(request: web.Request) -> Act:
    return operations.claim


async def _reply(request: web.Request) -> Act:
    client_id, text = await _words(request)

    async def act(session: AsyncSession, officer: Officer, conversation_id: str) -> News:
        return (await operations.reply(session, officer, conversation_id, client_id, text))[1]

    return act


async def _note(request: web.Request) -> Act:
    client_id, text = await _words(request)

    async def act(session: AsyncSession, officer: Officer, conversation_id: str) -> News:
        await operations.add_note(session, officer, conversation_id, client_id, text)
        return News()

    return act


async def _transfer(request: web.Request) -> Act:
    kind, _, name = (await field(request, "a")).partition(":")
    return lambda session, officer, conversation_id: api.move(session, officer, conversation_id, {kind: name})


async def _release(request: web.Request) -> Act:
    return operations.release


async def _close(request: web.Request) -> Act:
    seq, category = read_number(await field(request, "phrase")), await field(request, "sujet")
    lesson = {"seq": seq, "category": category} if category and seq is not None else None
    outcome, proposal = api.read_closing({"outcome": await field(request, "issue"), "proposal": lesson})
    return lambda session, officer, id_: api.close_with(session, officer, id_, outcome, proposal)


async def _keep_right(request: web.Request) -> Act:
    seq, category = read_number(await field(request, "phrase")), await field(request, "sujet")

    async def act(session: AsyncSession, officer: Officer, conversation_id: str) -> News:
        await propose_question(session, officer, conversation_id, seq or 0, category, current_catalogue())
        return News()

    return act


ACTIONS: dict[str, tuple[Callable[[web.Request], Awaitable[Act]], str]] = {
    "prendre": (_claim, ""),
    "repondre": (_reply, ""),
    "note": (_note, ""),
    "transferer": (_transfer, "La conversation est transmise."),
    "rendre": (_release, "L’assistant automatique reprend la conversation."),
    "clore": (_close, "La conversation est close."),
    "temoin": (_keep_right, "La question est proposée aux formateurs comme question témoin."),
}
"""What each form does, and what is said then."""


async def act_by_form(request: web.Request) -> web.Response:
    """Do what a form of the conversation's page asks for, and lead back to it."""
    name = request.match_info["action"]
    if name not in ACTIONS:
        raise web.HTTPNotFound
    read, message = ACTIONS[name]
    query = Filters.read(dict(parse_qsl(await field(request, "vue")))).query
    back = f"/console/c/{request.match_info['id']}?{query}"
    officer = officer_of(request)
    try:
        act = await read(request)
        await perform(request, lambda session: _with_nothing(act(session, officer, request.match_info["id"])))
    except ApiError as error:
        if error.code == "unknown_conversation":
            raise web.HTTPNotFound from error
        return see_other(request, back, error.message, "bad")
    if name == "clore":
        back = f"/console?{query}"
    return see_other(request, back, message)


async def _with_nothing(news: Awaitable[News]) -> tuple[Any, News]:
    return None, await news


ROUTES = (
    Route(
        "POST",
        "/console/c/{id}/{action}",
        act_by_form,
        Operation(
            "prendre, repondre, note, transferer, rendre, clore or temoin, from a form",
            parameters=tuple(
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in ("id", "action")
            ),
            body=form_body("vue", "texte", "numero", "a", "issue", "phrase", "sujet"),
            answers={"303": redirect("Back to the page")},
        ),
        Access.OFFICER,
    ),
)
