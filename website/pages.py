"""Pages of the site."""

from __future__ import annotations

from aiohttp import web

from website import handoff
from website.accounts.access import Access
from website.keys import HEALTH, STORAGE
from website.openapi import Operation, Route, json_answer, page
from website.public_pages import render_public


async def demonstration_page(request: web.Request) -> web.Response:
    """The demonstration page of a cluster's website, with the chat on it."""
    async with request.app[STORAGE].read() as session:
        data = await handoff.directory(session)
    return render_public(request, "demo.html", antennas=data.antennas if data else ())


async def health(request: web.Request) -> web.Response:
    """Whether all parts answer."""
    return web.json_response(await request.app[HEALTH].check())


ROUTES = (
    Route(
        "GET",
        "/",
        demonstration_page,
        Operation("Demonstration page", answers={"200": page("A page")}),
        Access.PUBLIC,
    ),
    Route(
        "GET",
        "/health",
        health,
        Operation(
            "Whether all parts answer",
            answers={"200": json_answer({"$ref": "#/components/schemas/Health"}, "One word for each part")},
        ),
        Access.PUBLIC,
    ),
)
